// SPDX-License-Identifier: MIT
// Which lock guards what, for the compiler to check: clang's capability attributes, nothing for other compilers. The
// kernels are compiled with -Wthread-safety as an error (cmake/flags.cmake). [Clang "Thread Safety Analysis"]
#pragma once

#if defined(__clang__)
#define THREAD_SAFETY(attribute) __attribute__((attribute))
#else
#define THREAD_SAFETY(attribute)
#endif

/// A class that is a lock; `kind` is its name in the compiler's messages.
#define CAPABILITY(kind) THREAD_SAFETY(capability(kind))
/// A class that holds a lock from its constructor to its destructor.
#define SCOPED_CAPABILITY THREAD_SAFETY(scoped_lockable)
/// A member that is read with the lock held, and written with the lock held alone.
#define GUARDED_BY(lock) THREAD_SAFETY(guarded_by(lock))
/// The same for what a pointer points to.
#define PT_GUARDED_BY(lock) THREAD_SAFETY(pt_guarded_by(lock))
/// The caller holds the locks, alone or (shared) with others.
#define REQUIRES(...) THREAD_SAFETY(requires_capability(__VA_ARGS__))
#define REQUIRES_SHARED(...) THREAD_SAFETY(requires_shared_capability(__VA_ARGS__))
/// The caller does not hold them: the function takes them itself.
#define EXCLUDES(...) THREAD_SAFETY(locks_excluded(__VA_ARGS__))
/// Held when the function returns, and not before.
#define ACQUIRE(...) THREAD_SAFETY(acquire_capability(__VA_ARGS__))
#define ACQUIRE_SHARED(...) THREAD_SAFETY(acquire_shared_capability(__VA_ARGS__))
#define TRY_ACQUIRE(...) THREAD_SAFETY(try_acquire_capability(__VA_ARGS__))
/// Held before, and not when the function returns.
#define RELEASE(...) THREAD_SAFETY(release_capability(__VA_ARGS__))
#define RELEASE_SHARED(...) THREAD_SAFETY(release_shared_capability(__VA_ARGS__))
/// The destructor of a guard, however it holds its lock.
#define RELEASE_GENERIC(...) THREAD_SAFETY(release_generic_capability(__VA_ARGS__))
/// The function returns a reference to that lock.
#define RETURN_CAPABILITY(lock) THREAD_SAFETY(lock_returned(lock))
/// From here on the compiler takes the lock for held, although it cannot see why: an exception as well.
#define ASSERT_CAPABILITY(lock) THREAD_SAFETY(assert_capability(lock))
#define ASSERT_SHARED_CAPABILITY(lock) THREAD_SAFETY(assert_shared_capability(lock))
/// An exception, for one function. Exceptions of all kinds are at most eight in both kernels together, and
/// each has its reason beside it.
#define NO_THREAD_SAFETY_ANALYSIS THREAD_SAFETY(no_thread_safety_analysis)

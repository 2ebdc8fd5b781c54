// SPDX-License-Identifier: MIT
// A lock for programs without an operating system.
#pragma once
#include <atomic>

#include "base/thread_safety.hpp"

class CAPABILITY("spinlock") Spinlock {
public:
    void lock() ACQUIRE() {
        // PAUSE is necessary: under QEMU's -icount a CPU that spins without it may keep all others from
        // running for 100 ms.
        while (locked_.exchange(true, std::memory_order_acquire))
            while (locked_.load(std::memory_order_relaxed)) __builtin_ia32_pause();
    }
    void unlock() RELEASE() { locked_.store(false, std::memory_order_release); }

private:
    std::atomic<bool> locked_{false};
};

/// Owns the lock for one scope.
class SCOPED_CAPABILITY [[nodiscard]] LockGuard {
public:
    explicit LockGuard(Spinlock& lock) ACQUIRE(lock) : lock_{lock} { lock_.lock(); }
    ~LockGuard() RELEASE() { lock_.unlock(); }
    LockGuard(const LockGuard&) = delete;
    LockGuard& operator=(const LockGuard&) = delete;

private:
    Spinlock& lock_;
};

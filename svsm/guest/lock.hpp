// SPDX-License-Identifier: MIT
// Admits many PVALIDATEs at once, or one call that changes the owner of pages. Without it a page could become
// a VMSA while another CPU grants it to the guest. Lock order: SharedLock, then one region.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <span>

#include "base/address.hpp"
#include "base/thread_safety.hpp"
#include "machine/machine.hpp"

namespace svsm {

/// The unit in which CPUs exchange memory.
inline constexpr std::size_t cache_line_bytes = 64;

/// Each reader sets a flag of its own, in a cache line of its own: without a writer, no CPU writes a line
/// that another CPU reads. Neither side starves the other. A writer announces itself before it waits, and
/// passes the lock to every waiting reader when it leaves; writers are served in the order of their arrival.
class CAPABILITY("guest lock") SharedLock {
public:
    enum class State : std::uint32_t { Outside, Inside, Waiting };
    /// A CPU's flag. The constructor leaves the rest of the line alone.
    struct alignas(cache_line_bytes) Reader {
        constexpr Reader() {}
        std::atomic<State> state{State::Outside};
    };
    /// `readers` has one for each CPU, by its number. Called before the first use.
    void start(std::span<Reader> readers) { readers_ = readers; }

    /// `self` is the caller's own, one of those of `start`.
    void lock_shared(Reader& self) ACQUIRE_SHARED() {
        auto& state = self.state;
        for (;;) {
            // Each side stores, then loads, in one order that all CPUs see: at least one of the two
            // sees the other.
            state.exchange(State::Inside, std::memory_order_seq_cst);
            if (!has_writer_.load(std::memory_order_seq_cst)) return;
            if (wait_for_writer(state)) return;
        }
    }
    void unlock_shared(Reader& self) RELEASE_SHARED() {
        self.state.store(State::Outside, std::memory_order_release);
    }
    void lock() ACQUIRE() {
        const auto turn = next_turn_.fetch_add(1, std::memory_order_relaxed);
        while (turn_.load(std::memory_order_acquire) != turn) machine::pause();
        has_writer_.store(true, std::memory_order_seq_cst);
        wait_for_readers();
    }
    /// Tells the compiler that the lock is held, where it knows the lock by another name.
    void assume_shared() const ASSERT_SHARED_CAPABILITY(this) {}
    void unlock() RELEASE() {
        if (waiting_.load(std::memory_order_seq_cst) != 0) let_readers_in();
        has_writer_.store(false, std::memory_order_release);
        turn_.store(turn_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
    }

private:
    /// The check for a wrapping address is off: the loop stays within `readers_`.
    [[clang::no_sanitize("pointer-overflow")]] void wait_for_readers() {
        const auto* const end = readers_.data() + readers_.size();
        for (const auto* reader = readers_.data(); reader != end; ++reader)
            while (reader->state.load(std::memory_order_seq_cst) == State::Inside)
                [[unlikely]] machine::pause();
    }

    /// Waits for the writer. True when it passed the lock to this reader; false when it left before it
    /// saw this reader.
    [[gnu::cold, gnu::noinline]] bool wait_for_writer(std::atomic<State>& state) {
        waiting_.fetch_add(1, std::memory_order_seq_cst);
        state.store(State::Waiting, std::memory_order_seq_cst);
        while (has_writer_.load(std::memory_order_acquire) &&
               state.load(std::memory_order_acquire) == State::Waiting)
            machine::pause();
        auto waiting = State::Waiting;
        const bool came_too_late =
            state.compare_exchange_strong(waiting, State::Outside, std::memory_order_acquire);
        waiting_.fetch_sub(1, std::memory_order_relaxed);
        return !came_too_late;
    }
    [[gnu::cold, gnu::noinline]] void let_readers_in() {
        for (auto& reader : readers_) {
            auto waiting = State::Waiting;
            reader.state.compare_exchange_strong(waiting, State::Inside, std::memory_order_release,
                                                 std::memory_order_relaxed);
        }
    }

    std::span<Reader> readers_{};
    alignas(cache_line_bytes) std::atomic<bool> has_writer_{false};
    std::atomic<std::uint32_t> waiting_{0};  ///< readers that saw the writer
    alignas(cache_line_bytes) std::atomic<std::uint32_t> next_turn_{0};
    std::atomic<std::uint32_t> turn_{0};
};

/// Holds the lock for one scope, with others. `self` is the caller's own flag.
class SCOPED_CAPABILITY [[nodiscard]] SharedGuard {
public:
    SharedGuard(SharedLock& lock, SharedLock::Reader& self) ACQUIRE_SHARED(lock) : lock_{lock}, self_{self} {
        lock_.lock_shared(self_);
    }
    ~SharedGuard() RELEASE_GENERIC() { lock_.unlock_shared(self_); }
    SharedGuard(SharedGuard&&) = delete;

private:
    SharedLock& lock_;
    SharedLock::Reader& self_;
};

/// Holds the lock for one scope, alone.
class SCOPED_CAPABILITY [[nodiscard]] ExclusiveGuard {
public:
    explicit ExclusiveGuard(SharedLock& lock) ACQUIRE(lock) : lock_{lock} { lock_.lock(); }
    ~ExclusiveGuard() RELEASE() { lock_.unlock(); }
    ExclusiveGuard(ExclusiveGuard&&) = delete;

private:
    SharedLock& lock_;
};

/// Stands for the lock during the boot, while a single CPU and no guest runs. It does nothing at run time:
/// with one CPU a lock costs instructions and excludes nothing. This is the boot's exception to
/// the compiler's check.
class SCOPED_CAPABILITY [[nodiscard]] BootGuard {
public:
    explicit BootGuard(SharedLock& lock) ACQUIRE(lock) { (void)lock; }
    ~BootGuard() RELEASE() {}
    BootGuard(BootGuard&&) = delete;
};

/// Each CPU draws a number, and numbers are served in order. A vCPU that calls as often as it can waits behind
/// all earlier ones; under a spin lock it could starve them.
class CAPABILITY("turn") alignas(cache_line_bytes) TicketLock {
public:
    using Number = std::uint32_t;
    /// Draws a number, waits until it is served, and returns it.
    [[nodiscard]] Number take() ACQUIRE() {
        const auto number = next_.fetch_add(1, std::memory_order_relaxed);
        if (served_.load(std::memory_order_acquire) != number) [[unlikely]]
            wait(number);
        return number;
    }
    /// Numbers wrap; no two vCPUs hold the same one at a time.
    void give_back(Number number) RELEASE() { served_.store(number + 1, std::memory_order_release); }

private:
    [[gnu::cold, gnu::noinline]] void wait(Number number) {
        while (served_.load(std::memory_order_acquire) != number) machine::pause();
    }

    std::atomic<Number> next_{0}, served_{0};
};

/// A turn for each 2 MiB of guest memory; regions far apart may share one. PVALIDATEs of different CPUs
/// contend for nothing else.
class RegionLocks {
public:
    [[nodiscard]] TicketLock& of(Gpa page) { return turns_[page.value() / large_page_bytes % turns_.size()]; }

private:
    std::array<TicketLock, 64> turns_{};
};

/// Holds a turn for one scope.
class SCOPED_CAPABILITY [[nodiscard]] TicketGuard {
public:
    explicit TicketGuard(TicketLock& turn) ACQUIRE(turn) : turn_{turn}, number_{turn.take()} {}
    ~TicketGuard() RELEASE() { turn_.give_back(number_); }
    TicketGuard(TicketGuard&&) = delete;

private:
    TicketLock& turn_;
    TicketLock::Number number_;
};

}  // namespace svsm

// SPDX-License-Identifier: MIT
// Many PVALIDATEs at once, or one call that changes who owns what: without it a page could become a VMSA in
// the middle of being handed to the guest. Lock order: SharedLock, then one region.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <span>

#include "base/address.hpp"
#include "base/thread_safety.hpp"
#include "machine/machine.hpp"

namespace svsm {

inline constexpr std::uint32_t max_vcpus = 64;
/// What CPUs hand to each other as a whole.
inline constexpr std::size_t cache_line_bytes = 64;

/// Each CPU reads under a flag of its own, in a cache line of its own: readers never write what another CPU
/// reads, unless there is a writer. Neither side starves the other: a writer announces itself before it
/// waits, and hands the lock to every reader that waited for it when it leaves; writers take turns in the
/// order they came.
class CAPABILITY("guest lock") SharedLock {
public:
    /// Writers then look at the first `cpus` flags only. Before the first use.
    void set_cpus(std::uint32_t cpus) {
        if (cpus > max_vcpus) __builtin_trap();
        cpus_ = cpus;
    }

    void lock_shared(std::uint32_t cpu) ACQUIRE_SHARED() {
        auto& state = readers_[cpu].state;
        for (;;) {
            // Both sides store first and look then, in one order that all CPUs see: one of them sees the
            // other.
            state.exchange(State::Inside, std::memory_order_seq_cst);
            if (!has_writer_.load(std::memory_order_seq_cst)) return;
            if (wait_for_writer(state)) return;
        }
    }
    void unlock_shared(std::uint32_t cpu) RELEASE_SHARED() {
        readers_[cpu].state.store(State::Outside, std::memory_order_release);
    }
    void lock() ACQUIRE() {
        const auto turn = next_turn_.fetch_add(1, std::memory_order_relaxed);
        while (turn_.load(std::memory_order_acquire) != turn) machine::pause();
        has_writer_.store(true, std::memory_order_seq_cst);
        wait_for_readers();
    }
    /// For the compiler, where it cannot see that the lock is held: it knows it by another name there.
    void assume_shared() const ASSERT_SHARED_CAPABILITY(this) {}
    void unlock() RELEASE() {
        if (waiting_.load(std::memory_order_seq_cst) != 0) let_readers_in();
        has_writer_.store(false, std::memory_order_release);
        turn_.store(turn_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
    }

private:
    enum class State : std::uint32_t { Outside, Inside, Waiting };
    struct alignas(cache_line_bytes) Reader {
        std::atomic<State> state{State::Outside};
    };

    [[nodiscard]] std::span<Reader> all_readers() { return std::span{readers_}.first(cpus_); }

    /// Not checked for an address that wraps: set_cpus has seen that the readers looked at are in `readers_`.
    [[clang::no_sanitize("pointer-overflow")]] void wait_for_readers() {
        const auto* const end = readers_.data() + cpus_;
        for (const auto* reader = readers_.data(); reader != end; ++reader)
            while (reader->state.load(std::memory_order_seq_cst) == State::Inside)
                [[unlikely]] machine::pause();
    }

    /// Waits for the writer. True when it left the lock to this reader; false when it was gone too soon to
    /// see it.
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
        for (auto& reader : all_readers()) {
            auto waiting = State::Waiting;
            reader.state.compare_exchange_strong(waiting, State::Inside, std::memory_order_release,
                                                 std::memory_order_relaxed);
        }
    }

    std::array<Reader, max_vcpus> readers_{};
    alignas(cache_line_bytes) std::atomic<bool> has_writer_{false};
    std::atomic<std::uint32_t> waiting_{0};  ///< readers that saw the writer
    std::uint32_t cpus_ = max_vcpus;
    alignas(cache_line_bytes) std::atomic<std::uint32_t> next_turn_{0};
    std::atomic<std::uint32_t> turn_{0};
};

/// Holds the lock for one scope, with others. `cpu` is the caller's own index.
class SCOPED_CAPABILITY [[nodiscard]] SharedGuard {
public:
    SharedGuard(SharedLock& lock, std::uint32_t cpu) ACQUIRE_SHARED(lock) : lock_{lock}, cpu_{cpu} {
        lock_.lock_shared(cpu_);
    }
    ~SharedGuard() RELEASE_GENERIC() { lock_.unlock_shared(cpu_); }
    SharedGuard(SharedGuard&&) = delete;

private:
    SharedLock& lock_;
    std::uint32_t cpu_;
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

/// Stands for the lock while one CPU alone runs, and no guest: at the boot. Nothing is done at run time. This
/// is an exception to the compiler's check, the one for the boot: a lock that is taken when there is no other
/// CPU costs instructions and keeps nothing out.
class SCOPED_CAPABILITY [[nodiscard]] BootGuard {
public:
    explicit BootGuard(SharedLock& lock) ACQUIRE(lock) { (void)lock; }
    ~BootGuard() RELEASE() {}
    BootGuard(BootGuard&&) = delete;
};

/// Whose turn it is at a region. Everybody draws a number, and numbers are served in their order: a vCPU that
/// comes back as often as it can waits behind all that came before it. A spin lock would let it starve them.
class CAPABILITY("turn") alignas(cache_line_bytes) RegionTurn {
public:
    using Number = std::uint32_t;
    /// Waits for the turn of the number that it returns.
    [[nodiscard]] Number take() ACQUIRE() {
        const auto number = next_.fetch_add(1, std::memory_order_relaxed);
        if (served_.load(std::memory_order_acquire) != number) [[unlikely]]
            wait(number);
        return number;
    }
    /// Numbers come round; no two of 64 vCPUs ever hold the same.
    void give_back(Number number) RELEASE() { served_.store(number + 1, std::memory_order_release); }

private:
    [[gnu::cold, gnu::noinline]] void wait(Number number) {
        while (served_.load(std::memory_order_acquire) != number) machine::pause();
    }

    std::atomic<Number> next_{0}, served_{0};
};

/// A turn for each 2 MiB of guest memory; regions far apart may share one. This is the one thing that
/// PVALIDATEs of different CPUs share, if they work on the same 2 MiB.
class RegionLocks {
public:
    [[nodiscard]] RegionTurn& of(Gpa page) { return turns_[page.value() / large_page_bytes % turns_.size()]; }

private:
    std::array<RegionTurn, 64> turns_{};
};

/// Holds a region's turn for one scope.
class SCOPED_CAPABILITY [[nodiscard]] RegionGuard {
public:
    explicit RegionGuard(RegionTurn& turn) ACQUIRE(turn) : turn_{turn}, number_{turn.take()} {}
    ~RegionGuard() RELEASE() { turn_.give_back(number_); }
    RegionGuard(RegionGuard&&) = delete;

private:
    RegionTurn& turn_;
    RegionTurn::Number number_;
};

}  // namespace svsm

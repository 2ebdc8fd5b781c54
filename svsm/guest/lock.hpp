// SPDX-License-Identifier: MIT
// Many PVALIDATEs at once, or one call that changes who owns what: without it a page could become a VMSA in
// the middle of being handed to the guest. Lock order: SharedLock, then one region.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>

#include "base/address.hpp"
#include "machine/machine.hpp"

namespace svsm {

class SharedLock {
public:
    void lock_shared() {
        for (;;) {
            auto seen = state_.load(std::memory_order_relaxed);
            if ((seen & writer) == 0 &&
                state_.compare_exchange_weak(seen, seen + 1, std::memory_order_acquire,
                                             std::memory_order_relaxed))
                return;
            machine::pause();
        }
    }
    void unlock_shared() { state_.fetch_sub(1, std::memory_order_release); }
    /// The writer announces itself first, so that a stream of readers cannot keep it out.
    void lock() {
        while ((state_.fetch_or(writer, std::memory_order_acquire) & writer) != 0) machine::pause();
        while (state_.load(std::memory_order_acquire) != writer) machine::pause();
    }
    void unlock() { state_.fetch_and(~writer, std::memory_order_release); }

private:
    static constexpr std::uint32_t writer = 1u << 31;
    std::atomic<std::uint32_t> state_{0};
};

/// Holds the lock for one scope, with others.
class [[nodiscard]] SharedGuard {
public:
    explicit SharedGuard(SharedLock& lock) : lock_{lock} { lock_.lock_shared(); }
    ~SharedGuard() { lock_.unlock_shared(); }
    SharedGuard(SharedGuard&&) = delete;

private:
    SharedLock& lock_;
};

/// Holds the lock for one scope, alone.
class [[nodiscard]] ExclusiveGuard {
public:
    explicit ExclusiveGuard(SharedLock& lock) : lock_{lock} { lock_.lock(); }
    ~ExclusiveGuard() { lock_.unlock(); }
    ExclusiveGuard(ExclusiveGuard&&) = delete;

private:
    SharedLock& lock_;
};

/// A turn for each 2 MiB of guest memory; regions far apart may share one.
class RegionLocks {
public:
    [[nodiscard]] std::atomic<bool>& of(Gpa page) {
        return held_[page.value() / large_page_bytes % held_.size()];
    }

private:
    std::array<std::atomic<bool>, 64> held_{};
};

/// Holds a region for one scope.
class [[nodiscard]] RegionGuard {
public:
    RegionGuard(RegionLocks& regions, Gpa page) : held_{regions.of(page)} {
        while (held_.exchange(true, std::memory_order_acquire)) machine::pause();
    }
    ~RegionGuard() { held_.store(false, std::memory_order_release); }
    RegionGuard(RegionGuard&&) = delete;

private:
    std::atomic<bool>& held_;
};

}  // namespace svsm

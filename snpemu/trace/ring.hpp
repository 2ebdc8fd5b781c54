// SPDX-License-Identifier: MIT
// The recorder of one vCPU. Only the CPU that carries the vCPU writes here, so it needs no lock and no atomic
// read-modify-write. A reader reads when the machine has stopped.
#pragma once
#include <atomic>

#include "abi/adyton/trace.hpp"
#include "snpemu/cpu/cpu.hpp"

namespace snpemu::trace {

using abi::adyton::trace::Kind;

class Ring {
public:
    Ring() = default;
    Ring(abi::adyton::trace::RingHeader& header, std::uint64_t capacity)
        : header_{&header},
          records_{reinterpret_cast<abi::adyton::trace::Record*>(&header + 1)},
          capacity_{capacity} {}
    /// Off: the run has no trace.
    [[nodiscard]] bool is_on() const { return header_ != nullptr; }
    /// Overwrites the oldest record when the ring is full.
    void append(const abi::adyton::trace::Record& record) {
        records_[next_] = record;
        if (++next_ == capacity_) next_ = 0;
        // After the record: a reader that stops the machine here takes the old record for the newest, not
        // half of this one.
        std::atomic_signal_fence(std::memory_order_release);
        header_->written = ++written_;
    }

private:
    abi::adyton::trace::RingHeader* header_ = nullptr;
    abi::adyton::trace::Record* records_ = nullptr;
    std::uint64_t capacity_ = 0, next_ = 0, written_ = 0;
};

}  // namespace snpemu::trace

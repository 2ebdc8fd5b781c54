// SPDX-License-Identifier: MIT
// A vCPU that KVM lets try an access again: while nothing else happens on it, it will try without end.
#pragma once
#include <cstdint>

#include "base/address.hpp"
#include "model/rmp.hpp"

namespace model::host {

/// One try. `exits`: of the CPU so far, this one included.
struct Try {
    Gpa at;
    AccessKind kind{};
    std::uint64_t rip = 0, exits = 0;
};

/// Counts tries of one access, of which nothing comes in between: no interrupt, no other exit.
class Retries {
public:
    /// Some seconds under emulation. Another vCPU that is about to give the right needs far less.
    static constexpr std::uint64_t most = 1u << 18;

    /// This one included.
    [[nodiscard]] std::uint64_t note(const Try& next) {
        const bool is_same = next.at == last_.at && next.kind == last_.kind && next.rip == last_.rip;
        count_ = is_same && next.exits == last_.exits + 1 ? count_ + 1 : 1;
        last_ = next;
        return count_;
    }

private:
    Try last_{};
    std::uint64_t count_ = 0;
};

}  // namespace model::host

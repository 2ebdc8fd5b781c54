// SPDX-License-Identifier: MIT
// What it means when every vCPU rests and nothing is left that could wake one: software has halted its machine, or it
// waits for something that cannot come.
#pragma once
#include <algorithm>
#include <cstdint>
#include <span>

#include "abi/snp/rmp.hpp"

namespace model::host {

/// A vCPU that rests.
struct RestingVcpu {
    bool has_guest = false;  ///< a VMSA below VMPL0
    bool has_vmsa = false;   ///< any
    bool is_held = false;    ///< by AP reset hold, which is a wait for a start
    abi::Vmpl vmpl{};        ///< that rests
};

enum class AllRest : std::uint8_t {
    Halt,      ///< HLT with interrupts off, everywhere
    Deadlock,  ///< some vCPU waits to be started or called
};

/// Whether `vcpu` matters: where any vCPU has a guest, those with a guest do. On the others VMPL0 rests until the
/// guest starts them, as it should.
[[nodiscard]] constexpr bool counts(const RestingVcpu& vcpu, std::span<const RestingVcpu> all) {
    return std::ranges::any_of(all, &RestingVcpu::has_guest) ? vcpu.has_guest : vcpu.has_vmsa;
}

/// VMPL0 that rests while its vCPU has a guest has not come back to that guest, so that vCPU has not halted.
[[nodiscard]] constexpr AllRest judge_rest(std::span<const RestingVcpu> all) {
    const auto has_halted = [](const RestingVcpu& vcpu) {
        return !vcpu.is_held && !(vcpu.has_guest && vcpu.vmpl == abi::Vmpl::Vmpl0);
    };
    bool is_any = false;
    for (const RestingVcpu& vcpu : all) {
        if (!counts(vcpu, all)) continue;
        is_any = true;
        if (!has_halted(vcpu)) return AllRest::Deadlock;
    }
    return is_any ? AllRest::Halt : AllRest::Deadlock;
}

}  // namespace model::host

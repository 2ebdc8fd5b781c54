// SPDX-License-Identifier: MIT
// One CPU of the emulated silicon: the registers it has loaded, the VMSA it runs, and how others see where it is.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>

#include "abi/adyton/limits.hpp"
#include "abi/snp/vmsa.hpp"
#include "abi/x86/vmcb.hpp"
#include "base/cpu_set.hpp"
#include "model/rmp.hpp"
#include "snpemu/silicon/cpu_state.hpp"
#include "snpemu/silicon/exit_reason.hpp"
#include "snpemu/silicon/remembered_walks.hpp"
#include "snpemu/trace/recorded.hpp"
#include "snpemu/traps/local_cpu.hpp"

namespace snpemu::silicon {

/// The place of a VMSA. VMRUN takes a system page, whatever the host maps for its guest meanwhile. The launch VMSA lies
/// outside guest memory and has an RMP entry of its own.
struct VmsaPlace {
    Gpa gpa{};  ///< the address by which software named it
    Spa system{};
    abi::Vmsa* page = nullptr;
    model::RmpEntry* entry = nullptr;
};

/// The operands of VMRUN: a VMSA, and the GHCB MSR that goes with it (on silicon a field of the VMCB).
struct Binding {
    VmsaPlace vmsa;
    std::uint64_t ghcb_msr = 0;
    /// The TSC that this VMSA reads is its own. [APM2 "Secure TSC"]
    [[nodiscard]] bool has_secure_tsc() const {
        return abi::SevFeatures::SecureTsc::test(vmsa.page->sev_features);
    }
    /// The silicon takes no interrupt, NMI or exception for this VMSA from the host, #HV excepted.
    /// [APM2 "Restricted Injection"]
    [[nodiscard]] bool restricts_injection() const {
        return abi::SevFeatures::RestrictedInjection::test(vmsa.page->sev_features);
    }
};

/// `current` is the VMPL of the VMSA that runs. What the host knows of a vCPU is not here: host/vcpu.hpp adds it.
struct Cpu : LocalCpu, trace::Recorded {
    abi::Vmcb* vmcb = nullptr;
    std::array<std::uint64_t, 16> gpr{};
    LooseState loose;
    RememberedWalks walks;
    /// Writes to CR4 that were right, one after the other; the intercept is set until there are many.
    unsigned right_cr4_writes = 0;
    bool cr4_is_open = false;                   ///< they are not intercepted
    bool swaps_dr = false;                      ///< the loaded VMSA has DebugSwap
    std::array<std::uint64_t, 4> host_dr{};     ///< DR0 to DR3 of all others, while it is loaded
    Binding* bound = nullptr;                   ///< from `enter_vmsa` to `release_vmsa`
    ExitReason exit_reason = ExitReason::None;  ///< of the last exit that the host saw
    /// Odd from before VMRUN's checks until the registers are back in the VMSA's page: other CPUs look at it. A count,
    /// so that one that waits for the end of a use does not miss it for the next.
    std::atomic<std::uint64_t> uses{0};
    [[nodiscard]] static constexpr bool is_in_use(std::uint64_t uses) { return uses % 2 != 0; }
    void begin_use() { ++uses; }
    void end_use() { ++uses; }
    /// `bound` is set, and what its page holds is older than the registers.
    [[nodiscard]] bool is_loaded() const { return bound != nullptr; }
    // Fields that the host sets in its control block.
    bool leaves_for_interrupt = false;    ///< restricted injection: an interrupt is an exit
    bool has_invlpgb = true;              ///< else INVLPGB and TLBSYNC are #UD
    std::uint64_t host_tsc_offset = 0;    ///< set by `set_host_tsc_offset`
    std::uint64_t reported_features = 0;  ///< SEV_FEATURES that SEV_STATUS shows beside those of the VMSA

    /// Odd while the CPU is inside the guest, even outside: other CPUs read here whether it has left.
    std::atomic<std::uint64_t> sequence{0};
    CpuSet<abi::adyton::max_vcpus> waiters;  ///< CPUs, by id, that sleep until this one leaves its guest
    std::atomic<bool> mail{false};    ///< the host has something for this CPU: it enters no guest until told
    bool was_kicked_at_tick = false;  ///< CPU 0's: `kicked` was set when it looked last
    std::uint64_t sequence_at_tick = 0;  ///< CPU 0's: `sequence` when it looked last
    std::atomic<bool> turn_is_over{false};  ///< other CPUs come first: see `end_long_turns`

    std::uint64_t world_switches = 0, nested_faults = 0, native_exits = 0;
    std::uint64_t vmpl0_ticks = 0;  ///< spent inside VMPL0 since the host set it to zero

    [[nodiscard]] CpuState state() { return {vmcb->save, gpr, vmcb->control.interrupt_state}; }
};

}  // namespace snpemu::silicon

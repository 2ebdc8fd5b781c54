// SPDX-License-Identifier: MIT
// One vCPU, bound to one CPU of QEMU: up to four save areas, one per VMPL, of which one runs at a time.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <optional>

#include "abi/snp/ghcb.hpp"
#include "abi/snp/ghcb_msr.hpp"
#include "abi/snp/rmp.hpp"
#include "abi/x86/vmcb.hpp"
#include "kern/spinlock.hpp"
#include "model/rmp.hpp"
#include "snpemu/silicon/cpu_state.hpp"
#include "snpemu/silicon/nested_table.hpp"
#include "snpemu/trace/ring.hpp"

namespace snpemu {

/// Where a VMSA lives: VMRUN takes a system page, whatever the host shows its guest by now. The launch VMSA
/// lies outside guest memory and has an RMP entry of its own.
struct VmsaPlace {
    Gpa gpa{};  ///< where it was when somebody named it
    Spa system{};
    abi::Vmsa* page = nullptr;
    model::RmpEntry* entry = nullptr;
};

/// What the GHCB MSR says before the first request: the answer to SEV_INFO. [GHCB "GHCB MSR Protocol"]
constexpr std::uint64_t reset_ghcb_msr(unsigned c_bit) {
    return static_cast<std::uint64_t>(abi::GhcbInfo::SevInfoResponse) |
           abi::GhcbMsr::MaxVersion::put(abi::ghcb_version) | abi::GhcbMsr::MinVersion::put(1) |
           abi::GhcbMsr::CBit::put(c_bit);
}

/// Host state of one VMPL of one vCPU.
struct VmplSlot {
    bool present = false;
    VmsaPlace vmsa;
    std::uint64_t ghcb_msr = 0;
    Gpa registered_ghcb{};
    bool ghcb_registered = false;
    bool halted = false;
    bool held = false;              ///< halted by AP reset hold, not by HLT
    bool awaits_interrupt = false;  ///< behind a HLT with interrupts enabled
    bool is_plane = false;          ///< has had a VMSA
    bool stopped = false;           ///< planes host: another plane was run in its place
    bool nmi_blocked = false;       ///< from the delivery of an NMI until the guest says NMI complete
    /// The silicon takes no interrupt, NMI or exception for this VMPL from the host, #HV excepted.
    /// [APM2 "Restricted Injection"]
    [[nodiscard]] bool restricts_injection() const {
        return present && abi::SevFeatures::RestrictedInjection::test(vmsa.page->sev_features);
    }

    /// A VMSA that starts with a fresh protocol state: nothing of an old one may serve it.
    [[nodiscard]] static VmplSlot fresh(const VmsaPlace& place, unsigned c_bit) {
        return {.present = true, .vmsa = place, .ghcb_msr = reset_ghcb_msr(c_bit), .is_plane = true};
    }
};

/// What another vCPU (or this one) asked for by AP creation; taken at the next entry.
struct ApMailbox {
    bool full = false;
    bool run_now = false;
    abi::Vmpl vmpl{};
    VmsaPlace vmsa;
    bool destroy = false;
};

/// One line of the history that a failed run prints.
struct TraceEvent {
    std::uint64_t time = 0;
    const char* what = nullptr;
    unsigned vmpl = 0;
    std::uint64_t a = 0, b = 0;
};

/// Cost of the calls that an SVSM answered, by call number of the core protocol.
struct CallCost {
    std::uint64_t calls = 0, least = ~0ull, total = 0;
};

struct Vcpu {
    Vcpu* self = nullptr;  ///< first: found through GS by the NMI handler
    unsigned id = 0;       ///< number
    unsigned apic_id = 0;  ///< as the guest knows it and as its CPU of QEMU answers to
    abi::Vmcb* vmcb = nullptr;
    std::array<std::uint64_t, 16> gpr{};
    FpuImage fpu;
    abi::Ghcb ghcb{};  ///< the host's copy of the page that is being answered
    std::array<VmplSlot, abi::vmpl_count> slots{};
    abi::Vmpl current{};
    bool runnable = false;          ///< `current` names a slot that may be entered
    std::optional<abi::Vmpl> next;  ///< started by AP creation while a more privileged VMPL was at work
    std::atomic<bool> interrupt_for_vmpl0{
        false};                     ///< planes host: plane 0 is to run, though nobody called it
    std::uint64_t plane_exits = 0;  ///< planes host: of VMPL1 to 3

    /// Odd while the CPU is inside the guest, even outside: how others see that an exit has happened.
    std::atomic<std::uint64_t> sequence{0};
    std::atomic<bool> kicked{false};        ///< an NMI of ours is on its way to this CPU
    bool was_kicked_at_tick = false;        ///< CPU 0's: `kicked` was set when it looked last
    std::uint64_t sequence_at_tick = 0;     ///< CPU 0's: `sequence` when it looked last
    std::atomic<bool> awake{false};         ///< there is a reason not to sleep
    int taken_vector = -1;                  ///< interrupt that ended a sleep and is still to be delivered
    std::atomic<bool> nmi_pending{false};   ///< a guest's NMI waits for delivery
    std::uint32_t logical_apic_id = 0;      ///< last value of its LDR; guarded by nothing, a hint for NMIs
    std::atomic<std::uint64_t> waiters{0};  ///< CPUs (bit = id) that sleep until this one has left its guest
    std::atomic<bool> idle{false};
    Spinlock mailbox_lock;
    ApMailbox mailbox;
    std::atomic<bool> mail{false};
    std::atomic<bool> parked{false};  ///< the machine stops and this CPU has come to rest

    trace::Ring ring;  ///< off unless --trace
    std::array<TraceEvent, 32> history{};
    std::uint64_t history_next = 0;
    std::uint64_t world_switches = 0, svsm_calls = 0, nested_faults = 0, native_exits = 0;
    std::uint64_t event_stack = 0;  ///< adversary: where VMPL0 handles the last event that it was sent
    std::uint64_t injected = 0, refused_injections = 0;  ///< adversary: events that VMPL0 was sent, or spared
    std::uint64_t last_call = ~0ull;                     ///< RAX of the newest call, for people
    std::uint64_t call_ticks = 0, call_id = ~0ull;       ///< running cost of the call being answered
    std::array<CallCost, 8> costs{};

    [[nodiscard]] CpuState state() { return {vmcb->save, gpr, vmcb->control.interrupt_state}; }
    [[nodiscard]] VmplSlot& slot() { return slots[static_cast<unsigned>(current)]; }
};

/// A guest's NMI can be delivered to what runs on the vCPU. VMPL0 is spared, it never asked for interrupts; a
/// guest with restricted injection gets none.
[[nodiscard]] inline bool is_nmi_due(Vcpu& vcpu) {
    return vcpu.nmi_pending && vcpu.current != abi::Vmpl::Vmpl0 && !vcpu.slot().nmi_blocked &&
           !vcpu.slot().restricts_injection();
}

}  // namespace snpemu

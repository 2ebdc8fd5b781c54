// SPDX-License-Identifier: MIT
// One vCPU, bound to one CPU of QEMU: the host's additions to silicon's CPU. Up to four save areas, one per
// VMPL, of which one runs at a time.
#pragma once
#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <span>

#include "abi/snp/ghcb.hpp"
#include "abi/snp/ghcb_msr.hpp"
#include "abi/snp/rmp.hpp"
#include "abi/svsm/protocols.hpp"
#include "kern/spinlock.hpp"
#include "model/host/interrupts.hpp"
#include "model/host/msr_answers.hpp"
#include "model/host/platform_msr.hpp"
#include "model/host/retries.hpp"
#include "snpemu/silicon/cpu.hpp"

namespace snpemu {

using silicon::VmsaPlace;

/// Host state of one VMPL of one vCPU.
struct VmplSlot : silicon::Binding {
    bool present = false;
    Gpa registered_ghcb{};
    bool ghcb_registered = false;
    bool halted = false;
    bool held = false;                        ///< halted by AP reset hold, not by HLT
    bool awaits_interrupt = false;            ///< halted by HLT with interrupts enabled
    bool is_plane = false;                    ///< has had a VMSA
    bool stopped = false;                     ///< planes host: another plane was run in its place
    std::uint64_t dr7 = abi::VmsaReset::dr7;  ///< as the guest has told it, without DebugSwap
    bool nmi_blocked = false;     ///< from the delivery of an NMI until the guest says NMI complete
    bool waits_for_init = false;  ///< the VMSA came by CREATE_ON_INIT and has not run
    bool had_init = false;        ///< INIT came while it was held
    std::optional<Gpa> doorbell;  ///< page by which a level with restricted injection learns of events
    int waiting_vector = -1;  ///< the interrupt that ended its rest and is still to be delivered; -1: none
    /// See silicon::Binding; a level without a VMSA restricts nothing.
    [[nodiscard]] bool restricts_injection() const { return present && Binding::restricts_injection(); }

    /// The first VMSA of the level, with a fresh protocol state.
    [[nodiscard]] static VmplSlot fresh(const VmsaPlace& place, unsigned c_bit) {
        VmplSlot slot;
        slot.vmsa = place;
        slot.ghcb_msr = model::host::reset_msr(c_bit);
        slot.present = slot.is_plane = true;
        return slot;
    }
    /// A further VMSA. The vCPU is reset with it; what the level has agreed on with its host survives, for it is the
    /// vCPU's: firmware starts a CPU several times and registers one GHCB. [KVM "sev_snp_ap_creation"]
    [[nodiscard]] VmplSlot renewed(const VmsaPlace& place, unsigned c_bit) const {
        VmplSlot slot = fresh(place, c_bit);
        if (is_plane) slot.keep_agreement(*this);
        return slot;
    }
    /// Without a VMSA.
    [[nodiscard]] VmplSlot vacated() const {
        VmplSlot slot;
        slot.is_plane = is_plane;
        slot.keep_agreement(*this);
        return slot;
    }
    void keep_agreement(const VmplSlot& old) {
        ghcb_msr = old.ghcb_msr;
        registered_ghcb = old.registered_ghcb;
        ghcb_registered = old.ghcb_registered;
    }
};

/// The request of another vCPU (or this one) by AP creation; this vCPU takes it at its next entry.
struct ApMailbox {
    bool full = false;
    bool run_now = false;
    abi::Vmpl vmpl{};
    VmsaPlace vmsa;
    bool destroy = false;
};

/// Cost of the calls that an SVSM answered, by call number of the core protocol.
struct CallCost {
    std::uint64_t calls = 0, least = ~0ull, total = 0;
};

/// Of guests, one bit for each level: a message is for the level that sent it.
using Messages = std::atomic<std::uint8_t>;

struct Vcpu : silicon::Cpu {
    abi::Ghcb ghcb{};  ///< the host's copy of the page of the current request
    std::array<VmplSlot, abi::vmpl_count> slots{};
    model::host::PlatformMsrs msrs;
    model::host::Retries retries;   ///< KVM: of an access that the RMP denies
    bool runnable = false;          ///< `current` names a slot that may be entered
    std::optional<abi::Vmpl> next;  ///< started by AP creation while a more privileged VMPL ran
    std::atomic<bool> interrupt_for_vmpl0{
        false};                     ///< planes host: plane 0 must run, though no guest called it
    std::uint64_t plane_exits = 0;  ///< planes host: of VMPL1 to 3

    Messages nmi_for{0};                   ///< NMIs that wait for delivery
    Messages init_for{0}, startup_for{0};  ///< not looked at yet
    std::uint64_t x2apic_command = 0;      ///< as written last in x2APIC mode
    std::uint32_t logical_apic_id = 0;     ///< last value of its LDR; guarded by nothing, a hint for NMIs
    std::atomic<bool> idle{false};
    Spinlock mailbox_lock;
    ApMailbox mailbox GUARDED_BY(mailbox_lock);  ///< full while silicon's `mail` is set

    std::uint64_t svsm_calls = 0;
    std::uint64_t event_stack = 0;  ///< adversary: the stack on which VMPL0 handles the last event
    std::uint64_t injected = 0,
                  refused_injections = 0;  ///< adversary: events that VMPL0 got, or that its VMSA refused
    std::uint64_t last_call = ~0ull;       ///< RAX of the newest call, for the dump
    std::uint64_t call_id = ~0ull;         ///< of the call that VMPL0 answers now
    std::array<CallCost, abi::svsm_call_count> costs{};  ///< in the order of abi::svsm_calls

    [[nodiscard]] VmplSlot& slot() { return slots[static_cast<unsigned>(current)]; }
    [[nodiscard]] const VmplSlot& slot() const { return slots[static_cast<unsigned>(current)]; }
    /// A level below VMPL0 has a VMSA.
    [[nodiscard]] bool has_guest() const {
        return std::ranges::any_of(std::span{slots}.subspan(1), &VmplSlot::present);
    }
};

/// The bit of a level in the messages of a vCPU.
[[nodiscard]] constexpr std::uint8_t message_bit(abi::Vmpl level) {
    return static_cast<std::uint8_t>(1u << static_cast<unsigned>(level));
}
inline void forget(Messages& messages, abi::Vmpl level) {
    messages &= static_cast<std::uint8_t>(~message_bit(level));
}
/// What counts when an event waits for what runs on the vCPU.
[[nodiscard]] inline model::host::EventScene event_scene(const Vcpu& vcpu) {
    const VmplSlot& slot = vcpu.slot();
    return {.restricts_injection = slot.restricts_injection(),
            .has_doorbell = slot.doorbell.has_value(),
            .nmi_pending = (vcpu.nmi_for & message_bit(vcpu.current)) != 0,
            .nmi_blocked = slot.nmi_blocked};
}
/// An NMI can be delivered to what runs on the vCPU.
[[nodiscard]] inline bool is_nmi_due(const Vcpu& vcpu) { return model::host::takes_nmi(event_scene(vcpu)); }
/// An INIT or start-up message waits for the vCPU's look.
[[nodiscard]] inline bool has_reset_message(const Vcpu& vcpu) {
    return vcpu.init_for != 0 || vcpu.startup_for != 0;
}

}  // namespace snpemu

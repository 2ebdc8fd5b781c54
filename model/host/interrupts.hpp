// SPDX-License-Identifier: MIT
// When the host gives a level an interrupt or an NMI, and what INIT and start-up messages do to a vCPU.
#pragma once
#include <cstdint>

namespace model::host {

/// What counts of a level when an event waits for it.
struct EventScene {
    bool restricts_injection = false;  ///< the VMSA takes #HV alone [APM2 "Restricted Injection"]
    bool has_doorbell = false;         ///< a page that tells it of events; only with restricted injection
    bool nmi_pending = false;          ///< sent by software of the same level
    bool nmi_blocked = false;          ///< one was delivered, and the guest has not said that it is complete
};

/// The next NMI goes to the level now. The doorbell page itself says whether the last one was read.
/// [GHCB "NMI Complete", "#HV Doorbell Page"]
[[nodiscard]] constexpr bool takes_nmi(const EventScene& scene) {
    if (scene.restricts_injection) return scene.nmi_pending && scene.has_doorbell;
    return scene.nmi_pending && !scene.nmi_blocked;
}

/// HLT is a rest until the next interrupt. Otherwise an NMI or the host alone ends it. No level is an exception: software
/// that wants no interrupts keeps RFLAGS.IF clear, and has no doorbell, whose #HV no flag keeps out. [APM3 "HLT"]
[[nodiscard]] constexpr bool halt_awaits_interrupt(const EventScene& scene, bool interrupts_enabled) {
    return interrupts_enabled || (scene.restricts_injection && scene.has_doorbell);
}

/// The level goes on behind its HLT and never learns which interrupt ended it: there is no way to tell it. KVM leaves the
/// interrupt with its APIC and looks at RFLAGS.IF alone; SVSMs wake each other's vCPUs so.
[[nodiscard]] constexpr bool loses_interrupt(const EventScene& scene) {
    return scene.restricts_injection && !scene.has_doorbell;
}

/// A level of a vCPU as an INIT or a start-up message of the same level finds it.
struct ResetScene {
    bool waits_for_init = false;  ///< its VMSA came by CREATE_ON_INIT and has not run yet
    bool is_held = false;         ///< it asked for AP reset hold
    bool had_init = false;        ///< INIT came while it was held
};
enum class ResetAction : std::uint8_t {
    Ignore,    ///< a vCPU that runs is not stopped half-way, perhaps with a lock in its hand
    Start,     ///< the new VMSA runs
    NoteInit,  ///< the start-up message that follows will end the hold
    EndHold,   ///< the guest goes on behind its request
};
/// INIT runs what CREATE_ON_INIT brought, and prepares a held vCPU for the start-up message.
/// [GHCB "SNP AP Creation", "AP Reset Hold"]
[[nodiscard]] constexpr ResetAction plan_init(const ResetScene& scene) {
    if (scene.waits_for_init) return ResetAction::Start;
    return scene.is_held ? ResetAction::NoteInit : ResetAction::Ignore;
}
/// Without an INIT before it a start-up message means nothing. [APM2 "Startup Inter-Processor Interrupt"]
[[nodiscard]] constexpr ResetAction plan_startup(const ResetScene& scene) {
    return scene.is_held && scene.had_init ? ResetAction::EndHold : ResetAction::Ignore;
}

}  // namespace model::host

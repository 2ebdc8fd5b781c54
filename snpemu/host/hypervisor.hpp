// SPDX-License-Identifier: MIT
// The host's side: the loop around one vCPU, and its answer to each request of a guest.
#pragma once
#include "abi/snp/ghcb.hpp"
#include "base/bytes.hpp"
#include "model/host/events.hpp"
#include "model/host/ghcb_page.hpp"
#include "model/host/page_state.hpp"
#include "model/host/run_vmpl.hpp"
#include "snpemu/host/machine.hpp"

namespace snpemu {

namespace host = model::host;
using model::host::GhcbRequest, model::host::reply_general_protection, model::host::reply_invalid_opcode,
    model::host::reply_malformed, model::host::reply_ok, model::host::RunForm;

/// Runs the vCPU; the machine ends the run by `stop`.
[[noreturn]] void run_vcpu(Machine& machine, Vcpu& vcpu);

/// VMGEXIT with the request in the MSR itself, or, when its low bits are zero, in the GHCB page. The VMSA is loaded;
/// it is released before anything is done that could see its page (model/host/in_place.hpp).
void on_vmgexit(Machine& machine, Vcpu& vcpu);
/// The request in the GHCB page at `gpa`.
void on_ghcb_page(Machine& machine, Vcpu& vcpu, Gpa gpa);

/// Ends the run as the guest asked. `launch=1` in the verdict: the program that the launch started asked.
/// `info` is the additional code of an event, 0 for the MSR protocol.
[[noreturn]] void stop_for_termination(const Vcpu& vcpu, std::uint64_t set, std::uint64_t code,
                                       std::uint64_t info = 0);

/// The lies due at this moment of the vCPU. `address` and `bytes` as the moment defines them.
[[nodiscard]] inline host::Due lies_at(Machine& machine, const Vcpu& vcpu, host::Moment moment,
                                       std::uint64_t address = 0, std::uint64_t bytes = 1) {
    return machine.hooks.due({moment, vcpu.id, vcpu.current, address, bytes});
}
[[nodiscard]] inline host::Due lies_at(Machine& machine, const Vcpu& vcpu, host::Moment moment, Gpa page) {
    return lies_at(machine, vcpu, moment, page.value());
}

/// Switches the vCPU to another VMPL. After an error nothing has changed.
[[nodiscard]] std::expected<void, model::host::RunRefusal> run_vmpl(Machine& machine, Vcpu& vcpu,
                                                                    std::uint64_t vmpl, RunForm form);

/// Changes the owner of one page. False: refused (model::host::PageRefusal, or in use); nothing has changed.
[[nodiscard]] bool change_page_state(Machine& machine, Vcpu& vcpu, const host::PageChange& asked);
/// The list form; returns SW_EXITINFO2. `list` lies in the host's copy of the GHCB page.
[[nodiscard]] std::uint64_t change_page_states(Machine& machine, Vcpu& vcpu, abi::PscBuffer& list,
                                               host::PscRules rules);

/// The save area in a system page of the RMP; `named` is the address by which the guest named it.
[[nodiscard]] VmsaPlace vmsa_in(Machine& machine, Gpa named, Spa system) REQUIRES(machine.rmp_lock);
/// AP creation; the error is for SW_EXITINFO2.
[[nodiscard]] std::expected<void, abi::NaeError> create_ap(Machine& machine, Vcpu& vcpu,
                                                           const GhcbRequest& request);

/// A message to the AMD-SP, with certificates or without. `copy` gets the reply.
void on_guest_request(Machine& machine, Vcpu& vcpu, const GhcbRequest& request, abi::Ghcb& copy);

/// A GHCB page during one of its requests. The host works on a copy of the part in use, because the request
/// itself, or another vCPU's, may make the page private meanwhile.
struct HostGhcb {
    Gpa gpa;
    abi::Ghcb& copy;           ///< the host's: it holds the request, then the reply
    const abi::Ghcb& guests;   ///< the guest's page itself
    bool uses_buffer = false;  ///< the host has copied the shared buffer in and must copy it out
    /// The shared buffer; copied at the first use, since most requests have none.
    [[nodiscard]] std::span<std::byte> buffer();
};

/// Port I/O of one event; the copy gets the reply.
void on_ioio(Machine& machine, Vcpu& vcpu, const GhcbRequest& request, HostGhcb& ghcb);
/// After the launch: what the firmware configuration tells. `firmware_place` is not empty.
void make_firmware_config(Machine& machine);
/// Ports of the firmware configuration, which the machine has when it was asked for.
void on_firmware_port(Machine& machine, Vcpu& vcpu, const host::PortAsk& asked, HostGhcb& ghcb);
/// One access of device memory.
void on_mmio(Machine& machine, Vcpu& vcpu, const GhcbRequest& request, HostGhcb& ghcb);
/// An interrupt command by event, for levels with restricted injection; the copy gets the reply. [GHCB "#HV IPI"]
void on_hv_ipi(Machine& machine, Vcpu& vcpu, const GhcbRequest& request, abi::Ghcb& copy);
/// An MSR of x2APIC mode. Empty: #GP; the vCPU is in another mode, or there is nothing to read.
[[nodiscard]] std::optional<std::uint64_t> read_x2apic(const Vcpu& vcpu, std::uint32_t msr);
/// False: #GP; nothing has changed.
[[nodiscard]] bool write_x2apic(Machine& machine, Vcpu& vcpu, std::uint32_t msr, std::uint64_t value);
/// Puts the vCPU to rest at its current VMPL until Run VMPL or AP creation starts it again.
void block(Vcpu& vcpu);
/// The same for AP reset hold, which a guest uses instead of HLT. [GHCB "AP Reset Hold"]
void hold(Vcpu& vcpu);
/// Private memory where the host has none and gives none: KVM returns to QEMU with a memory fault, and QEMU
/// stops the VM.
[[noreturn]] void stop_in_hole(const Vcpu& vcpu, Gpa at);
/// KVM_RUN fails, and QEMU ends the VM.
[[noreturn]] void end_vm(const Vcpu& vcpu, std::string_view why);
/// Sends a message of software at `level` to the same level of `target`.
void post_message(Machine& machine, Vcpu& target, Messages Vcpu::*kind, abi::Vmpl level);

/// SNP launch of the image that QEMU loaded: fills memory, RMP and the boot vCPU's slot, or
/// stops with `bad-image`.
void launch(Machine& machine, Bytes image);
/// The region that such an image asks for; empty when it asks for none, or is no image, which the launch will say.
[[nodiscard]] GpaRange required_memory(Bytes image);

}  // namespace snpemu

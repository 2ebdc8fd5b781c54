// SPDX-License-Identifier: MIT
// The host's side: the loop around one vCPU, and what it does for each request of a guest.
#pragma once
#include "abi/snp/ghcb.hpp"
#include "base/bytes.hpp"
#include "model/host/ghcb_page.hpp"
#include "model/host/page_state.hpp"
#include "model/host/run_vmpl.hpp"
#include "snpemu/host/machine.hpp"

namespace snpemu {

namespace host = model::host;
using model::host::GhcbRequest, model::host::reply_general_protection, model::host::reply_invalid_opcode,
    model::host::reply_malformed, model::host::reply_ok, model::host::RunForm;

/// Runs the vCPU for ever.
[[noreturn]] void run_vcpu(Machine& machine, Vcpu& vcpu);

/// VMGEXIT with the request in the MSR itself, or, when its low bits are zero, in the GHCB page.
void on_vmgexit(Machine& machine, Vcpu& vcpu);
/// The request in the GHCB page at `gpa`.
void on_ghcb_page(Machine& machine, Vcpu& vcpu, Gpa gpa);

/// The guest asked to be ended. `launch=1` in the verdict: it was the program that the launch started. `info`
/// is what an event says besides, 0 for the MSR protocol.
[[noreturn]] void stop_for_termination(const Vcpu& vcpu, std::uint64_t set, std::uint64_t code,
                                       std::uint64_t info = 0);

/// What the machine is to do wrong at this moment, in which it acts for what runs on the vCPU. `address` and
/// `bytes` as the moment has them.
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
[[nodiscard]] std::uint64_t change_page_states(Machine& machine, Vcpu& vcpu, abi::PscBuffer& list);

/// The save area in a system page of the RMP, which software named `named`.
[[nodiscard]] VmsaPlace vmsa_in(Machine& machine, Gpa named, Spa system) REQUIRES(machine.rmp_lock);
/// AP creation; the error is for SW_EXITINFO2.
[[nodiscard]] std::expected<void, abi::NaeError> create_ap(Machine& machine, Vcpu& vcpu,
                                                           const GhcbRequest& request);

/// A message to the AMD-SP, which does not answer any: "unsupported". `copy` gets the reply.
void on_guest_request(Machine& machine, const GhcbRequest& request, abi::Ghcb& copy);

/// A GHCB page while one of its requests is being answered: the host works on a copy of what is in use,
/// because the request itself, or another vCPU's, may make the page private meanwhile.
struct HostGhcb {
    Gpa gpa;
    abi::Ghcb& copy;           ///< the host's, which the request is taken from and the reply goes into
    const abi::Ghcb& guests;   ///< the guest's page itself
    bool uses_buffer = false;  ///< the shared buffer was copied in and is to be copied out
    /// The shared buffer; copied at the first use, most requests have none.
    [[nodiscard]] std::span<std::byte> buffer();
};

/// Port I/O of one event; the copy gets the reply.
void on_ioio(Vcpu& vcpu, const GhcbRequest& request, HostGhcb& ghcb);
/// One access of device memory.
void on_mmio(Machine& machine, Vcpu& vcpu, const GhcbRequest& request, HostGhcb& ghcb);
/// Puts the vCPU to rest at its current VMPL until Run VMPL or AP creation gives it something to do.
void block(Vcpu& vcpu);
/// The same for AP reset hold, which the guest asks for instead of halting. [GHCB "AP Reset Hold"]
void hold(Vcpu& vcpu);
/// Private memory where the host has none and gives none: KVM returns to QEMU with a memory fault, and QEMU
/// stops.
[[noreturn]] void stop_in_hole(const Vcpu& vcpu, Gpa at);
/// Sends a guest's NMI.
void post_nmi(Machine& machine, Vcpu& target);

/// SNP launch of the image that QEMU loaded: fills memory, RMP and the boot vCPU's slot, or stops with
/// `bad-image`.
void launch(Machine& machine, Bytes image);

}  // namespace snpemu

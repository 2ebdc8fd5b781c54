// SPDX-License-Identifier: MIT
// Protocol 0: one function per call, one file per function. [SVSM "Core Protocol"]
#pragma once
#include "svsm/guest/guest.hpp"
#include "svsm/protocol/protocol.hpp"

// Those that do much are not inlined: their stack frames would be set up, and cleared, for every call.
namespace svsm::core {

/// SVSM_CORE_REMAP_CA: moves the calling area of the caller's level. InvalidRequest when its slot has another
/// VMSA by now (`generation`). On error nothing has changed.
[[nodiscard, gnu::noinline]] CallResult remap_ca(Guest& guest, Vcpu& caller, abi::Vmpl level,
                                                 std::uint64_t generation, Gpa target);

/// SVSM_CORE_PVALIDATE: works off the list at `list`. On error the list's `next` names the entry that failed
/// and those before it stay done; a malformed list is left alone entirely. Incomplete after as much work as
/// one call may do (work_budget.hpp); `next` tells where to go on. Validated pages go to VMPL 1 up to the
/// caller's `level`.
[[nodiscard, gnu::noinline]] CallResult pvalidate(Guest& guest, Vcpu& caller, abi::Vmpl level, Gpa list);

struct NewVcpu {
    Gpa vmsa, calling_area;
    std::uint32_t apic_id;
};
/// SVSM_CORE_CREATE_VCPU: makes the page a VMSA and hands it and the calling area to that vCPU, which may not
/// run above the caller's `level`. The result is what becomes of the caller: Replaced when it gave its own
/// vCPU a new VMSA and the calling area that it calls through itself. Busy when that vCPU is in a call whose
/// answer would go into the same calling area. On error the VMSA's page belongs to the guest as before, with
/// all rights.
[[nodiscard, gnu::noinline]] std::expected<Answer::Caller, SvsmError> create_vcpu(Guest& guest, Vcpu& caller,
                                                                                  abi::Vmpl level,
                                                                                  const NewVcpu& wanted);

/// SVSM_CORE_DELETE_VCPU: the VMSA becomes an ordinary page of VMPL 1 up to the caller's `level`. FailInUse
/// when it runs, or when its vCPU is in a call right now. On error nothing has changed. A page that the host
/// hides in the middle stays dirty; the vCPU is gone all the same.
[[nodiscard, gnu::noinline]] CallResult delete_vcpu(Guest& guest, Vcpu& caller, abi::Vmpl level, Gpa vmsa);

/// SVSM_CORE_DEPOSIT_MEM: takes the pages of the list at `list` from every VMPL below ours, to keep them
/// until they are withdrawn. Errors and `next` as for `pvalidate`; Busy when there is no room to remember
/// one.
[[nodiscard, gnu::noinline]] CallResult deposit_mem(Guest& guest, Vcpu& caller, Gpa list);

/// SVSM_CORE_WITHDRAW_MEM: gives deposited pages back, zeroed, to VMPL 1 up to the caller's `level`, as many
/// as fit into the area at `at`: at most 511, so one call's work is bounded. On error nothing has changed.
[[nodiscard, gnu::noinline]] CallResult withdraw_mem(Guest& guest, Vcpu& caller, abi::Vmpl level, Gpa at);

/// SVSM_CORE_CONFIGURE_VTOM: there is no vTOM here. `rcx` is the call's; the answer's RCX for a query,
/// InvalidRequest for an attempt to configure.
[[nodiscard]] std::expected<std::uint64_t, SvsmError> configure_vtom(std::uint64_t rcx);

/// All of them but QUERY_PROTOCOL, which the registry answers. UnsupportedCall for other numbers.
[[nodiscard]] Answer serve(Guest& guest, Vcpu& vcpu, const Call& call);

inline constexpr Protocol protocol{.specified = abi::svsm_core, .versions = {1, 1}, .serve = serve};

}  // namespace svsm::core

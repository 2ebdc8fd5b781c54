// SPDX-License-Identifier: MIT
// Protocol 0: one function per call, one file per function. [SVSM "Core Protocol"]
#pragma once
#include "svsm/guest/guest.hpp"
#include "svsm/protocol/protocol.hpp"

// Functions that do much are not inlined: otherwise every call would set up, and clear, their stack frames.
namespace svsm::core {

/// SVSM_CORE_REMAP_CA: moves the calling area of the caller's level. InvalidRequest when the slot holds
/// another VMSA than at the call (`generation`). On error nothing has changed.
[[nodiscard, gnu::noinline]] CallResult remap_ca(Guest& guest, Vcpu& caller, abi::Vmpl level,
                                                 std::uint64_t generation, Gpa target);

/// SVSM_CORE_PVALIDATE: carries out the entries of the list at `list`. On error the list's `next` names the
/// entry that failed, and those before it stay done; of a malformed list nothing is done or changed.
/// Incomplete after as much work as one call may do (work_budget.hpp); `next` names the first entry left.
/// Validated pages are granted to VMPL1 up to the caller's `level`.
[[nodiscard, gnu::noinline]] CallResult pvalidate(Guest& guest, Vcpu& caller, abi::Vmpl level, Gpa list);

struct NewVcpu {
    Gpa vmsa, calling_area;
    std::uint32_t apic_id;
};
/// SVSM_CORE_CREATE_VCPU: makes the page a VMSA and gives it and the calling area to that vCPU. The VMSA may
/// not be more privileged than the caller's `level`. Returns the caller's state: Replaced when it gave its
/// own vCPU a new VMSA and the calling area of this call. Busy when that vCPU is in a call whose answer would
/// go into the same calling area. On error the VMSA's page belongs to the guest as before, with all rights.
[[nodiscard, gnu::noinline]] std::expected<Answer::Caller, SvsmError> create_vcpu(Guest& guest, Vcpu& caller,
                                                                                  abi::Vmpl level,
                                                                                  const NewVcpu& wanted);

/// SVSM_CORE_DELETE_VCPU: makes the VMSA an ordinary page of VMPL1 up to the caller's `level`. FailInUse when
/// it runs, or when its vCPU is in a call right now. On error nothing has changed. A page that the host
/// unmaps during the call stays dirty; the VMSA is deleted all the same.
[[nodiscard, gnu::noinline]] CallResult delete_vcpu(Guest& guest, Vcpu& caller, abi::Vmpl level, Gpa vmsa);

/// SVSM_CORE_DEPOSIT_MEM: revokes the rights of VMPL1 to 3 on the pages of the list at `list`, and keeps the
/// pages until the guest withdraws them. Errors and `next` as for `pvalidate`; Busy when the table of objects
/// has no room for one.
[[nodiscard, gnu::noinline]] CallResult deposit_mem(Guest& guest, Vcpu& caller, Gpa list);

/// SVSM_CORE_WITHDRAW_MEM: returns deposited pages, zeroed, to VMPL1 up to the caller's `level`, as many as
/// fit into the area at `at`. One call returns at most 511, which bounds its work. On error
/// nothing has changed.
[[nodiscard, gnu::noinline]] CallResult withdraw_mem(Guest& guest, Vcpu& caller, abi::Vmpl level, Gpa at);

/// SVSM_CORE_CONFIGURE_VTOM: there is no vTOM here. Takes the call's RCX; returns the answer's RCX for a
/// query, InvalidRequest for an attempt to configure.
[[nodiscard]] std::expected<std::uint64_t, SvsmError> configure_vtom(std::uint64_t rcx);

/// Serves all calls but QUERY_PROTOCOL, which the registry answers. UnsupportedCall for other numbers.
[[nodiscard]] Answer serve(Guest& guest, Vcpu& vcpu, const Call& call);

inline constexpr Protocol protocol{.specified = abi::svsm_core, .versions = {1, 1}, .serve = serve};

}  // namespace svsm::core

// SPDX-License-Identifier: MIT
// Protocol 0: one function per call, one file per function. [SVSM "Core Protocol"]
#pragma once
#include "svsm/guest/guest.hpp"
#include "svsm/request/call.hpp"

namespace svsm::core {

/// SVSM_CORE_QUERY_PROTOCOL: `question` and result are RCX, see abi::QueryProtocol; 0 when we do not have it.
[[nodiscard]] std::uint64_t query_protocol(std::uint64_t question);

/// SVSM_CORE_REMAP_CA: moves the caller's calling area; InvalidRequest when it is of an older `generation`
/// than its vCPU. On error nothing has changed.
[[nodiscard]] CallResult remap_ca(Guest& guest, Vcpu& caller, std::uint32_t generation, Gpa target);

/// SVSM_CORE_PVALIDATE: works off the list at `list`. On error the list's `next` names the entry that failed
/// and those before it stay done; a malformed list is left alone entirely. Validated pages go to VMPL 1 up to
/// the caller's `level`.
[[nodiscard]] CallResult pvalidate(Guest& guest, Vcpu& caller, abi::Vmpl level, Gpa list);

struct NewVcpu {
    Gpa vmsa, calling_area;
    std::uint32_t apic_id;
};
/// SVSM_CORE_CREATE_VCPU: makes the page a VMSA and hands it and the calling area to that vCPU, which may not
/// run above the caller's `level`. On error the VMSA's page belongs to the guest as before, with all rights.
[[nodiscard]] CallResult create_vcpu(Guest& guest, abi::Vmpl level, const NewVcpu& wanted);

}  // namespace svsm::core

// SPDX-License-Identifier: MIT
// Calling the SVSM: registers, calling area, world switch, answer.
// [SVSM "Calling Convention", "Core Protocol"]
#pragma once
#include <cstdint>
#include <expected>

#include "abi/snp/rmp.hpp"
#include "abi/svsm/core.hpp"
#include "abi/svsm/result.hpp"
#include "base/address.hpp"

namespace guest::svsm {

struct Registers {
    std::uint64_t rax = 0, rcx = 0, rdx = 0, r8 = 0, r9 = 0;
    friend constexpr bool operator==(const Registers&, const Registers&) = default;
};
constexpr std::uint64_t call_id(std::uint32_t protocol, std::uint32_t call) {
    return abi::CallId::Protocol::put(protocol) | abi::CallId::Call::put(call);
}
constexpr std::uint64_t call_id(abi::CoreCall call) {
    return call_id(abi::core_protocol, static_cast<std::uint32_t>(call));
}

// ---- raw: nothing is checked, for guests that misbehave

struct Exchange {
    Registers registers;
    std::uint64_t ghcb_msr;  ///< reply of the hypervisor; run_vmpl_done when all is well
    std::uint8_t pending;    ///< CALL_PENDING found afterwards: 1 says that the SVSM never looked
};
inline constexpr std::uint64_t run_vmpl_done = 0x017;
/// Runs VMPL0 with these registers; the caller handles the calling area.
[[nodiscard]] Exchange enter(const Registers& registers);
/// Writes `pending` into the calling area, enters, and takes CALL_PENDING back with an exchange.
[[nodiscard]] Exchange exchange(const Registers& registers, std::uint8_t pending = 1);

// ---- calls: a host that refuses or drops one ends the guest

/// RCX on success.
using Result = std::expected<std::uint64_t, abi::SvsmError>;
/// One call, re-issued while the SVSM answers INCOMPLETE or BUSY. Returns all registers.
[[nodiscard]] Registers call(const Registers& registers);

/// SVSM_CORE_QUERY_PROTOCOL: maximum version in 63:32, minimum in 31:0, 0 when not available.
[[nodiscard]] Result query_protocol(std::uint32_t protocol, std::uint32_t version);
/// SVSM_CORE_REMAP_CA: this vCPU uses the calling area at `target` from now on; on error nothing has changed.
[[nodiscard]] Result remap_ca(Gpa target);
/// SVSM_CORE_PVALIDATE with the list at `list`; how far it came stands in the list's header.
[[nodiscard]] Result pvalidate(Gpa list);
/// SVSM_CORE_CREATE_VCPU.
[[nodiscard]] Result create_vcpu(Gpa vmsa, Gpa calling_area, std::uint32_t apic_id);

/// List for `pvalidate`; `Capacity` 511 fills a page, 510 fits behind the calling area's first 8 bytes.
template <unsigned Capacity = abi::pvalidate_max_entries>
struct PvalidateList {
    abi::PvalidateHeader header;
    std::uint64_t entries[Capacity];
};
static_assert(sizeof(PvalidateList<>) == page_bytes);
constexpr std::uint64_t pvalidate_entry(Gpa page, PageSize size, abi::Validity action) {
    return page.value() | abi::PvalidateEntry::Size::put(static_cast<std::uint64_t>(size)) |
           abi::PvalidateEntry::Action::put(static_cast<std::uint64_t>(action));
}
/// The list behind the first 8 bytes of this vCPU's calling area, where Linux keeps it too.
[[nodiscard]] PvalidateList<510>& calling_area_list();
/// PVALIDATE of one page through that list.
[[nodiscard]] bool set_validity(Gpa page, PageSize size, abi::Validity action);

}  // namespace guest::svsm

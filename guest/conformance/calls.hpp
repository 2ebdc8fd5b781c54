// SPDX-License-Identifier: MIT
// Calling the SVSM with everything recorded: all registers, CALL_PENDING, the host's reply. Every call of the
// suite is also checked against the calling convention. [SVSM "Calling Convention"]
#pragma once
#include <cstdint>

#include "abi/snp/rmp.hpp"
#include "abi/svsm/core.hpp"
#include "base/address.hpp"

namespace conf {

/// Results, compared in all 64 bits of RAX. [SVSM "Table 4: Result Codes"]
namespace result {
inline constexpr std::uint64_t success = 0, more_memory_first = 0x4000'0000, more_memory_last = 0x7fff'ffff,
                               incomplete = 0x8000'0000, unsupported_protocol = 0x8000'0001,
                               unsupported_call = 0x8000'0002, invalid_address = 0x8000'0003,
                               invalid_format = 0x8000'0004, invalid_parameter = 0x8000'0005,
                               invalid_request = 0x8000'0006, busy = 0x8000'0007, in_use = 0x8000'1003,
                               size_mismatch = 0x8000'1006, unchanged = 0x8000'1010;
/// Not a result of the SVSM: the call was not answered as the convention demands.
inline constexpr std::uint64_t none = ~0ull;
}  // namespace result

/// All general registers but RSP, in the order of exchange.S.
struct Registers {
    std::uint64_t rax = 0, rbx = 0, rcx = 0, rdx = 0, rsi = 0, rdi = 0, rbp = 0, r8 = 0, r9 = 0, r10 = 0,
                  r11 = 0, r12 = 0, r13 = 0, r14 = 0, r15 = 0, unused = 0;
    friend bool operator==(const Registers&, const Registers&) = default;
};
static_assert(sizeof(Registers) == 16 * 8);

/// A different value in every register, RAX and RCX as given, so that a change is detected.
[[nodiscard]] Registers ballast(std::uint64_t rax, std::uint64_t rcx);

[[nodiscard]] constexpr std::uint64_t call_id(std::uint32_t protocol, std::uint32_t call) {
    return std::uint64_t{protocol} << 32 | call;
}
[[nodiscard]] constexpr std::uint64_t call_id(abi::CoreCall call) {
    return call_id(abi::core_protocol, static_cast<std::uint32_t>(call));
}

/// The two ways to ask the hypervisor for VMPL0. The page is the boot vCPU's alone.
enum class Form : std::uint8_t { Msr, GhcbPage };

struct Exchange {
    Registers registers;
    bool host_agreed;      ///< the hypervisor says that VMPL0 has run
    std::uint8_t pending;  ///< CALL_PENDING found afterwards, replaced by 0
};
/// Writes `pending` into the calling area, runs VMPL0 once, and takes CALL_PENDING back. Checks nothing.
[[nodiscard]] Exchange exchange(const Registers& registers, std::uint8_t pending = 1, Form form = Form::Msr);
/// Same without touching the calling area; `pending` of the answer is 0.
[[nodiscard]] Exchange enter(const Registers& registers, Form form = Form::Msr);
/// Asks for another VMPL of this vCPU; comes back when that one, or VMPL0, asks for ours. False: refused.
[[nodiscard]] bool run_vmpl(unsigned vmpl);

struct Answer {
    std::uint64_t result;  ///< RAX, or result::none
    std::uint64_t rcx, rdx, r8, r9;
};
/// Which registers a call may change beside RAX.
struct Outputs {
    bool rcx = false, rdx = false, r8 = false;
};
struct Arguments {
    std::uint64_t rcx = 0, rdx = 0, r8 = 0, r9 = 0;
};
/// A whole call: issued again while INCOMPLETE or BUSY, given memory when it asks for some. Complains, and
/// returns result::none, when the answer breaks the convention: call not executed, upper half of RAX not
/// zero, a register changed that is no output.
[[nodiscard]] Answer call(std::uint64_t id, const Arguments& arguments, Outputs outputs = {});

[[nodiscard]] std::uint64_t remap_ca(std::uint64_t target);  ///< on success the context has moved
[[nodiscard]] std::uint64_t pvalidate(std::uint64_t list);
[[nodiscard]] std::uint64_t create_vcpu(std::uint64_t vmsa, std::uint64_t calling_area,
                                        std::uint64_t apic_id);
[[nodiscard]] std::uint64_t delete_vcpu(std::uint64_t vmsa);
[[nodiscard]] std::uint64_t deposit_mem(std::uint64_t list);
[[nodiscard]] std::uint64_t withdraw_mem(std::uint64_t area);
/// RCX of the answer; complains when RAX is not success.
[[nodiscard]] std::uint64_t query_protocol(std::uint32_t protocol, std::uint32_t version);
/// True when a QUERY_PROTOCOL of the core protocol is answered as it must be: the SVSM is still there.
[[nodiscard]] bool is_served();

inline std::uint64_t remap_ca(Gpa target) { return remap_ca(target.value()); }
inline std::uint64_t delete_vcpu(Gpa vmsa) { return delete_vcpu(vmsa.value()); }

}  // namespace conf

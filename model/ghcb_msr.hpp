// SPDX-License-Identifier: MIT
// The hypervisor's half of the GHCB MSR protocol, as values: decode a request, encode its reply.
// [GHCB "MSR Protocol"]
#pragma once
#include <cstdint>
#include <variant>

#include "abi/snp/ghcb.hpp"
#include "abi/snp/ghcb_msr.hpp"
#include "base/address.hpp"

namespace model::ghcb_msr {

struct UseGhcbPage {
    Gpa gpa;
};  ///< low 12 bits zero: the request is in the page
struct SevInfo {};
struct Cpuid {
    std::uint32_t function, reg;
};
struct ApResetHold {};
struct PreferredGhcb {};
struct RegisterGhcb {
    Gpa gpa;
};
struct PageStateChange {
    Gpa gpa;
    std::uint8_t operation;
};
struct RunVmpl {
    std::uint8_t vmpl;
};
struct Features {};
struct Terminate {
    std::uint8_t set, code;
};
struct Unknown {
    std::uint64_t value;
};

using Request = std::variant<UseGhcbPage, SevInfo, Cpuid, ApResetHold, PreferredGhcb, RegisterGhcb,
                             PageStateChange, RunVmpl, Features, Terminate, Unknown>;
[[nodiscard]] Request decode(std::uint64_t msr);

[[nodiscard]] std::uint64_t sev_info_reply(std::uint16_t min_version, std::uint16_t max_version,
                                           unsigned c_bit);
[[nodiscard]] std::uint64_t cpuid_reply(std::uint32_t reg, std::uint32_t value);
[[nodiscard]] std::uint64_t register_reply(Gpa gpa);
[[nodiscard]] std::uint64_t register_refused();
[[nodiscard]] std::uint64_t psc_reply(std::uint32_t error);
[[nodiscard]] std::uint64_t run_vmpl_reply(std::uint32_t error);
[[nodiscard]] std::uint64_t features_reply(std::uint64_t features);
[[nodiscard]] std::uint64_t preferred_ghcb_none();

}  // namespace model::ghcb_msr

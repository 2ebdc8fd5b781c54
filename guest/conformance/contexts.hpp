// SPDX-License-Identifier: MIT
// Contexts for checks of CREATE_VCPU and DELETE_VCPU.
#pragma once
#include <optional>

#include "abi/snp/vmsa.hpp"
#include "guest/conformance/calls.hpp"
#include "guest/conformance/platform.hpp"

namespace conf {

/// A context that could be created and is no successor of the one that runs: on the last vCPU, or,
/// where there is only one, at a less privileged VMPL. Its VMSA is in order. Empty: this machine has no
/// room for one.
[[nodiscard]] std::optional<Context> spare_context();
/// The same while vCPUs 0 to busy - 1 run.
[[nodiscard]] std::optional<Context> spare_beside(unsigned busy);
/// The same, for certain vCPU and VMPL.
[[nodiscard]] Context make_context(unsigned vcpu, unsigned vmpl, void (*entry)());

/// CREATE_VCPU and DELETE_VCPU of a context; the second retries for a while if the VMSA is in use.
[[nodiscard]] std::uint64_t create(const Context& context);
[[nodiscard]] std::uint64_t destroy(const Context& context);
/// The page as the guest sees it; after CREATE_VCPU at most to be read.
[[nodiscard]] abi::Vmsa& vmsa_of(const Context& context);

}  // namespace conf

/// Declares `name`, or skips the check.
#define SPARE_CONTEXT(name)                                                            \
    const auto name##_or_none = ::conf::spare_context();                               \
    if (!name##_or_none) return ::conf::skip("there is no room for a second context"); \
    const ::conf::Context& name = *name##_or_none

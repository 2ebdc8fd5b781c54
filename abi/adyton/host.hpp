// SPDX-License-Identifier: MIT
// Which host the machine plays (`host=NAME` on its command line). Each keeps the GHCB specification and
// chooses where the specification leaves a choice; docs/cli.md has the differences.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace abi::adyton {

enum class Host : std::uint8_t {
    Strict,  ///< ours: it reports every deviation of the guest
    Planes,  ///< KVM with planes: AP creation runs no vCPU, Run VMPL does
    Kvm,  ///< KVM with a vCPU for each VMPL, and QEMU: converts pages that are touched, runs a new VMSA at once
};

inline constexpr std::array<std::pair<std::string_view, Host>, 3> host_names{
    {{"strict", Host::Strict}, {"kvm", Host::Kvm}, {"planes", Host::Planes}}};

constexpr std::optional<Host> parse_host(std::string_view name) {
    for (const auto& [text, value] : host_names)
        if (text == name) return value;
    return std::nullopt;
}

}  // namespace abi::adyton

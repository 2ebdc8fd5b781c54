// SPDX-License-Identifier: MIT
// Which host the machine plays (`host=NAME` on its command line). Each keeps the GHCB specification, and
// leaves open things in its own way; docs/cli.md has the differences.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace abi::adyton {

enum class Host : std::uint8_t {
    Strict,  ///< ours: every deviation of the guest is told
    Planes,  ///< KVM with planes: AP creation runs nobody, Run VMPL does
};

inline constexpr std::array<std::pair<std::string_view, Host>, 2> host_names{
    {{"strict", Host::Strict}, {"planes", Host::Planes}}};

constexpr std::optional<Host> parse_host(std::string_view name) {
    for (const auto& [text, value] : host_names)
        if (text == name) return value;
    return std::nullopt;
}

}  // namespace abi::adyton

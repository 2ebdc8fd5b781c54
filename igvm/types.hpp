// SPDX-License-Identifier: MIT
// Every header type of the format: its name, its length, and where it says for which platforms it is.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "abi/igvm/format.hpp"

namespace igvm {

/// Headers come in sections that follow one another; `Unknown` stands for numbers of no section.
enum class Section : std::uint8_t { Platform, Initialization, Directive, Unknown };
/// The section of a type; whether the type is optional makes no difference.
[[nodiscard]] Section section_of(std::uint32_t type);

struct TypeInfo {
    abi::igvm::Type type;
    std::string_view name;  ///< as the format's own definitions spell it, without their prefix
    std::uint32_t bytes;    ///< of the payload
    std::optional<std::uint32_t>
        mask_at{};  ///< of the platform mask in it; without one it is for all of them
    std::optional<std::uint32_t> data_at{};  ///< of the field that says where in the file its data lies
    bool is_longer = false;                  ///< `bytes` is the least, and what follows has no fixed length
};
/// A null pointer for a number that the format does not define. Takes no notice of the bit that makes a header
/// optional. [IGVM "igvm_defs"]
[[nodiscard]] const TypeInfo* find_type(std::uint32_t type);

}  // namespace igvm

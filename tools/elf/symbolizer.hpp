// SPDX-License-Identifier: MIT
// Gives instruction pointers names: VMPL0 runs the SVSM, everything below it the guest.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "tools/support/file.hpp"

namespace tools::elf {

/// A symbol as its source calls it: demangled, parameters and template arguments of the whole left out.
[[nodiscard]] std::string without_parameters(std::string_view mangled);

class Symbolizer {
public:
    Symbolizer() = default;
    Symbolizer(Buffer svsm, Buffer guest) : svsm_{std::move(svsm)}, guest_{std::move(guest)} {}
    /// "name+0x12", demangled; empty when neither program has code there. Searches the program of `vmpl`
    /// first, then the other one: a hostile host may run the SVSM below VMPL0.
    [[nodiscard]] std::string name_of(unsigned vmpl, std::uint64_t rip) const;

private:
    Buffer svsm_, guest_;  ///< ELF files; empty when unknown
};

}  // namespace tools::elf

// SPDX-License-Identifier: MIT
// Looks an address up in the symbol table of the program that runs there.
#include "tools/elf/symbolizer.hpp"

#include <cxxabi.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "tools/elf/file.hpp"
#include "tools/support/format.hpp"

namespace tools::elf {
namespace {

std::string demangle_fully(std::string_view mangled) {
    const std::string name{mangled};
    int status = 0;
    const std::unique_ptr<char, decltype(&std::free)> readable{
        abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status), &std::free};
    return status == 0 ? readable.get() : name;
}

std::string demangle(std::string_view mangled) {
    const std::string full = demangle_fully(mangled);
    // Parameters of a template-heavy function fill lines and tell nothing here.
    return full.size() <= 60 ? full : without_parameters(mangled);
}

std::string name_in(const Buffer& bytes, std::uint64_t rip) {
    const auto file = File::open(bytes, "program");
    if (!file) return {};
    const bool inside = std::ranges::any_of(file->segments(), [&](const Segment& segment) {
        return segment.executable && segment.virtual_address <= rip && rip < segment.virtual_end();
    });
    if (!inside) return {};
    const auto after = std::ranges::upper_bound(file->symbols(), rip, {}, &Symbol::value);
    if (after == file->symbols().begin()) return {};
    const Symbol& symbol = *std::prev(after);
    return formatted("{}+{:#x}", demangle(symbol.name), rip - symbol.value);
}

/// What follows is part of an operator's name: < of operator<<, the blank of a conversion.
bool ends_in_operator(std::string_view name) {
    return name.ends_with("operator") || name.ends_with("operator<") || name.ends_with("operator-") ||
           name.ends_with("operator>");
}

}  // namespace

std::string without_parameters(std::string_view mangled) {
    std::string name = demangle_fully(mangled);
    constexpr std::string_view unnamed = "(anonymous namespace)::", call = "operator()";
    for (std::size_t at = name.find(unnamed); at != std::string::npos; at = name.find(unnamed))
        name.erase(at, unnamed.size());
    std::string result;
    std::size_t depth = 0;
    for (std::size_t i = 0; i < name.size(); ++i) {
        const char c = name[i];
        const bool is_operator = ends_in_operator(result);
        if (c == '<' && !(is_operator && depth == 0)) {
            ++depth;
        } else if (c == '>' && depth != 0) {
            --depth;
        } else if (depth == 0) {
            // Parameters end the name; those of a call operator come behind its own brackets.
            if (c == '(' && !std::string_view{name}.substr(0, i + 2).ends_with(call)) break;
            // A function template's symbol begins with its result.
            if (c == ' ' && !is_operator)
                result.clear();
            else
                result += c;
        }
    }
    // Tags of the library's version say nothing here.
    const std::size_t tag = result.find("[abi:");
    return tag == std::string::npos ? result : result.substr(0, tag);
}

std::string Symbolizer::name_of(unsigned vmpl, std::uint64_t rip) const {
    const Buffer& likely = vmpl == 0 ? svsm_ : guest_;
    const Buffer& other = vmpl == 0 ? guest_ : svsm_;
    const std::string name = name_in(likely, rip);
    return name.empty() ? name_in(other, rip) : name;
}

}  // namespace tools::elf

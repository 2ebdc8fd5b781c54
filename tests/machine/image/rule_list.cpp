// SPDX-License-Identifier: MIT
#include "tests/machine/image/rule_list.hpp"

#include <algorithm>
#include <cstddef>

#include "base/result.hpp"
#include "tests/machine/lib/info.hpp"
#include "tests/machine/lib/rule.hpp"

namespace rules {
namespace {

using tools::elf::File;

/// The program's bytes from `address` to the end of what the file has of that segment.
Bytes bytes_at(const File& program, std::uint64_t address) {
    for (const auto& segment : program.segments())
        if (address >= segment.virtual_address && address - segment.virtual_address < segment.data.size())
            return segment.data.subspan(address - segment.virtual_address);
    return {};
}

tools::Result<std::string> text_at(const File& program, std::uint64_t address) {
    const Bytes bytes = bytes_at(program, address);
    const auto end = std::ranges::find(bytes, std::byte{0});
    if (end == bytes.end())
        return tools::problem("a rule points to {:#x}, where the program has no text", address);
    return std::string{reinterpret_cast<const char*>(bytes.data()),
                       static_cast<std::size_t>(end - bytes.begin())};
}

}  // namespace

tools::Result<std::vector<ListedRule>> read_rules(const File& program) {
    const auto begin = program.address_of("__rules_begin"), end = program.address_of("__rules_end");
    if (!begin || !end || (*end - *begin) % sizeof(Rule) != 0)
        return tools::problem("the program has no table of rules; link it with tests/machine/lib/link.ld");
    if ((*end - *begin) / sizeof(Rule) > most_rules) return tools::problem("more than {} rules", most_rules);
    std::vector<ListedRule> list;
    for (std::uint64_t at = *begin; at < *end; at += sizeof(Rule)) {
        const auto text = [&](std::size_t field) {
            return text_at(program, load<std::uint64_t>(bytes_at(program, at), field).value_or(0));
        };
        list.push_back({TRY(text(offsetof(Rule, name))), TRY(text(offsetof(Rule, heading))),
                        TRY(text(offsetof(Rule, ends))), TRY(text(offsetof(Rule, options))),
                        TRY(text(offsetof(Rule, image)))});
    }
    return list;
}

}  // namespace rules

// SPDX-License-Identifier: MIT
#include "tools/payload/choice.hpp"

#include <cstring>

#include "base/result.hpp"
#include "tools/elf/file.hpp"

namespace tools::payload {
namespace {

constexpr std::string_view symbol = "conformance_alone";

/// Where in the file the bytes of an address lie.
std::optional<std::size_t> offset_of(const elf::File& elf, Bytes file, std::uint64_t address) {
    for (const elf::Segment& segment : elf.segments()) {
        const std::uint64_t offset = address - segment.virtual_address;
        if (address < segment.virtual_address || segment.data.size() < sizeof(std::uint32_t) ||
            offset > segment.data.size() - sizeof(std::uint32_t))
            continue;
        return static_cast<std::size_t>(segment.data.data() - file.data()) + offset;
    }
    return std::nullopt;
}

}  // namespace

Result<void> choose_check(Buffer& program, std::uint32_t number, std::string_view name) {
    const auto elf = TRY(elf::File::open(program, name));
    const auto address = elf.address_of(symbol);
    const auto offset = address ? offset_of(elf, program, *address) : std::nullopt;
    if (!offset)
        return problem("{} has no checks that could run alone; write adyton run conformance --alone", name);
    std::memcpy(program.data() + *offset, &number, sizeof number);
    return {};
}

}  // namespace tools::payload

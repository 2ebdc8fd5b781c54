// SPDX-License-Identifier: MIT
#include "tools/image/kernel_hashes.hpp"

#include <algorithm>
#include <cstring>

#include "abi/ovmf/metadata.hpp"
#include "tools/crypto/hash.hpp"

namespace tools::image {
namespace {

using abi::ovmf::HashEntry, abi::ovmf::HashTable, abi::ovmf::SectionType;

HashEntry entry_of(const abi::ovmf::Guid& name, Bytes hashed) {
    return {name, sizeof(HashEntry), crypto::sha256(hashed)};
}

/// The NUL behind a command line is hashed too, and is there when there is no command line.
HashTable table_of(const KernelFiles& files) {
    const auto* const words = reinterpret_cast<const std::byte*>(files.command_line.c_str());
    HashTable table{};
    table.name = abi::ovmf::hash_table;
    table.bytes = offsetof(HashTable, padding);
    table.command_line = entry_of(abi::ovmf::command_line_hash, {words, files.command_line.size() + 1});
    table.initrd = entry_of(abi::ovmf::initrd_hash, files.initrd);
    table.kernel = entry_of(abi::ovmf::kernel_hash, files.kernel);
    return table;
}

const ovmf::Section* find_section(const ovmf::Firmware& firmware) {
    const auto& sections = firmware.sections();
    const auto* const found = std::ranges::find(sections, SectionType::KernelHashes, &ovmf::Section::type);
    return found == sections.end() ? nullptr : found;
}

}  // namespace

bool looks_at_hashes(const ovmf::Firmware& firmware) {
    return firmware.hash_table() && find_section(firmware) != nullptr;
}

Result<Buffer> hash_page(const ovmf::Firmware& firmware, const std::string& name, const KernelFiles& files) {
    if (!looks_at_hashes(firmware))
        return problem("{} looks at no hashes of a kernel; QEMU refuses kernel-hashes=on with it", name);
    const GpaRange section = find_section(firmware)->range, place = *firmware.hash_table();
    if (section.size() != page_bytes || !section.contains(place) || place.size() < sizeof(HashTable))
        return problem("{}: the table of hashes does not fit into its section at {:#x}", name,
                       section.begin.value());
    Buffer page(page_bytes);
    const HashTable table = table_of(files);
    std::memcpy(&page[place.begin.page_offset()], &table, sizeof table);
    return page;
}

}  // namespace tools::image

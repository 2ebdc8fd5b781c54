// SPDX-License-Identifier: MIT
#include "svsm/launch/boot_page_tables.hpp"

#include "abi/x86/descriptor.hpp"
#include "abi/x86/paging.hpp"
#include "paging/format.hpp"
#include "svsm/launch/boot_region.hpp"

namespace svsm {
namespace {

using abi::Pte;
using abi::adyton::GuestBootLayout;

constexpr unsigned first_directory = 2, directories = 4, boot_region_table = first_directory + directories;
constexpr paging::Entry usable = Pte::present | Pte::writable;
constexpr std::uint64_t gigabyte = 1ull << 30;

static_assert(boot_region_table + 1 == guest_page_tables);
static_assert(GuestBootLayout::page_tables + guest_page_tables * page_bytes <= GuestBootLayout::stack);
static_assert(boot_region.begin.is_aligned(large_page_bytes) && boot_region.size() == large_page_bytes);

paging::Entry link(unsigned table, std::uint64_t c_bit) {
    const paging::Format format{4, Pte::present, usable | c_bit, c_bit};
    return format.to_table(boot_region_at(GuestBootLayout::page_tables + table * page_bytes).value());
}

paging::Entry directory_entry(std::uint64_t address, std::uint64_t c_bit) {
    if (address == boot_region.begin.value()) return link(boot_region_table, c_bit);
    return paging::Format::to_page(address, 2, usable | c_bit);
}

paging::Entry boot_region_entry(std::uint64_t offset, std::uint64_t c_bit) {
    const bool shared = offset == GuestBootLayout::ghcb;
    return paging::Format::to_page(boot_region_at(offset).value(), 1, usable | (shared ? 0 : c_bit));
}

}  // namespace

void fill_guest_page_table(PageBuffer& table, unsigned which, std::uint64_t c_bit) {
    auto& entries = table.words;
    entries.fill(0);
    if (which == 0) {
        entries[0] = link(1, c_bit);
    } else if (which == 1) {
        for (unsigned i = 0; i < directories; ++i) entries[i] = link(first_directory + i, c_bit);
    } else if (which < boot_region_table) {
        for (std::uint64_t i = 0; i < entries.size(); ++i)
            entries[i] = directory_entry((which - first_directory) * gigabyte + i * large_page_bytes, c_bit);
    } else {
        for (std::uint64_t i = 0; i < entries.size(); ++i)
            entries[i] = boot_region_entry(i * page_bytes, c_bit);
    }
}

void fill_guest_gdt(PageBuffer& page) {
    page.words.fill(0);
    page.words[guest_code_selector / 8] = abi::DescriptorValue::code64;
    page.words[guest_data_selector / 8] = abi::DescriptorValue::data;
}

}  // namespace svsm

// SPDX-License-Identifier: MIT
#include "tools/image/boot_region.hpp"

#include <array>
#include <cstring>
#include <span>

#include "abi/linux/boot_params.hpp"
#include "abi/x86/descriptor.hpp"
#include "abi/x86/paging.hpp"

namespace tools::image {
namespace {

using abi::Pte, abi::adyton::GuestInfo;
using L = abi::adyton::GuestBootLayout;
using abi::igvm::PageDataType;
using Table = std::array<std::uint64_t, abi::page_table_entries>;

/// Root, one table below it, four of 2 MiB entries for 4 GiB, and the region's own of 4 KiB entries.
constexpr std::uint64_t directories = 4, first_directory = 2, own_table = first_directory + directories,
                        tables = own_table + 1;
static_assert(L::page_tables + tables * page_bytes <= L::stack);

template <class T>
Page page_of(std::uint64_t offset, const T& object) {
    static_assert(sizeof(T) <= page_bytes);
    Page page{boot_region_at(offset), Buffer(page_bytes)};
    std::memcpy(page.bytes.data(), &object, sizeof object);
    return page;
}

GuestInfo guest_info(const LoadedGuest& guest, unsigned c_bit) {
    GuestInfo info{.magic = abi::adyton::guest_info_magic,
                   .version = abi::adyton::guest_info_version,
                   .vmpl = 0,
                   .cpu_count = 1,
                   .c_bit = c_bit,
                   .secrets_gpa = boot_region_at(L::secrets).value(),
                   .cpuid_gpa = boot_region_at(L::cpuid).value(),
                   .calling_area_gpa = 0,
                   .ghcb_gpa = boot_region_at(L::ghcb).value(),
                   .page_table_gpa = boot_region_at(L::page_tables).value(),
                   .stack_top = boot_region_at(L::stack_top).value(),
                   .memory_range_count = 0,
                   .reserved = 0,
                   .memory = {},
                   .apic_ids = {}};
    for (const GpaRange& range : guest.memory.ranges)
        info.memory[info.memory_range_count++] = {range.begin.value(), range.size()};
    return info;
}

/// An identity map of 0..4 GiB, all of it private but the GHCB's page. Accessed and dirty from the start: the first walk
/// then writes no table.
std::array<Table, tables> build_tables(std::uint64_t encrypted) {
    constexpr std::uint64_t link = Pte::present | Pte::writable | Pte::accessed, leaf = link | Pte::dirty,
                            gib = 1ull << 30;
    const auto table_at = [&](std::uint64_t index) {
        return boot_region_at(L::page_tables + index * page_bytes).value() | encrypted | link;
    };
    std::array<Table, tables> all{};
    all[0][0] = table_at(1);
    for (std::uint64_t i = 0; i < directories; ++i) {
        all[1][i] = table_at(first_directory + i);
        for (std::uint64_t j = 0; j < abi::page_table_entries; ++j)
            all[first_directory + i][j] = i * gib | j * large_page_bytes | encrypted | leaf | Pte::large;
    }
    all[first_directory][boot_region_at(0).value() / large_page_bytes] = table_at(own_table);
    for (std::uint64_t i = 0; i < abi::page_table_entries; ++i)
        all[own_table][i] =
            boot_region_at(i * page_bytes).value() | leaf | (i * page_bytes == L::ghcb ? 0 : encrypted);
    return all;
}

/// Linux wants its code and data segments at fixed selectors. [Linux "boot.rst"]
std::array<std::uint64_t, boot_descriptors> descriptors(abi::adyton::GuestKind kind) {
    std::array<std::uint64_t, boot_descriptors> table{};
    const BootSelectors selectors = boot_selectors(kind);
    table[selectors.code / 8] = abi::DescriptorValue::code64;
    table[selectors.data / 8] = abi::DescriptorValue::data;
    return table;
}

abi::linux_boot::CcBlob cc_blob() {
    return {.magic = abi::linux_boot::cc_blob_magic,
            .version = abi::linux_boot::cc_blob_version,
            .reserved_6 = 0,
            .secrets = boot_region_at(L::secrets).value(),
            .secrets_bytes = page_bytes,
            .reserved_14 = 0,
            .cpuid = boot_region_at(L::cpuid).value(),
            .cpuid_bytes = page_bytes,
            .reserved_24 = 0};
}

}  // namespace

std::vector<Page> build_boot_region(const LoadedGuest& guest, unsigned c_bit) {
    std::vector<Page> pages{page_of(L::info, guest_info(guest, c_bit)),
                            {boot_region_at(L::secrets), {}, PageDataType::Secrets},
                            {boot_region_at(L::cpuid), {}, PageDataType::CpuidData},
                            {boot_region_at(L::calling_area)},
                            page_of(L::gdt, descriptors(guest.kind))};
    const bool is_linux = guest.kind == abi::adyton::GuestKind::Linux;
    std::uint64_t next = L::page_tables;
    for (const Table& table : build_tables(1ull << c_bit)) {
        pages.push_back(page_of(next, table));
        next += page_bytes;
    }
    for (; next < abi::adyton::guest_boot_region_bytes; next += page_bytes)
        pages.push_back(is_linux && next == L::cc_blob ? page_of(next, cc_blob())
                                                       : Page{boot_region_at(next)});
    return pages;
}

}  // namespace tools::image

// SPDX-License-Identifier: MIT
// Every page of RAM is launched, and so private and validated at the first instruction: a kernel at VMPL0 that no
// firmware has started accepts no memory itself. [Linux "arch/x86/mm/unaccepted_memory.c"]
#include "tools/image/linux_memory.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <set>

#include "abi/adyton/machine_place.hpp"
#include "abi/linux/boot_params.hpp"
#include "abi/x86/pc.hpp"
#include "tools/image/boot_region.hpp"

namespace tools::image {
namespace {

using namespace abi::linux_boot;

constexpr Gpa low_end{0xa'0000}, legacy_end{abi::pc::rom_end};
constexpr GpaRange boot_region{boot_region_at(0), boot_region_at(abi::adyton::guest_boot_region_bytes)};

/// All RAM that the kernel touches: beside the map's own the ROM range, which it searches for tables of a BIOS.
std::array<GpaRange, 4> launched_ranges(std::uint64_t memory) {
    return {GpaRange{Gpa{0}, low_end}, GpaRange{Gpa{abi::pc::rom_begin}, Gpa{abi::adyton::machine_begin}},
            GpaRange{Gpa{abi::adyton::machine_end}, boot_region.begin},
            GpaRange{boot_region.end, Gpa{memory}}};
}

void add_zero_pages(LoadedGuest& guest, std::uint64_t memory) {
    std::set<Gpa> known;
    for (const Page& page : guest.memory.pages) known.insert(page.gpa);
    if (guest.madt) known.insert(*guest.madt);  // the host fills it
    for (const GpaRange& range : launched_ranges(memory))
        for (Gpa page = range.begin; page < range.end; page = page + page_bytes)
            if (!known.contains(page)) guest.memory.pages.push_back({page});
}

/// In ascending order. What is listed although it is no RAM of the kernel's: it could place a device into a gap.
void write_map(BootParams& params, const GpaRange& acpi, std::uint64_t memory) {
    const auto add = [&](Gpa begin, Gpa end, E820Type type) {
        if (begin < end) params.e820[params.e820_count++] = {begin.value(), end - begin, type};
    };
    params.e820_count = 0;
    add(Gpa{0}, acpi.begin, E820Type::Ram);
    add(acpi.begin, acpi.end, E820Type::Acpi);
    add(acpi.end, low_end, E820Type::Ram);
    add(low_end, legacy_end, E820Type::Reserved);
    add(legacy_end, Gpa{abi::adyton::machine_begin}, E820Type::Ram);
    add(Gpa{abi::adyton::machine_begin}, Gpa{abi::adyton::machine_end}, E820Type::Reserved);
    add(Gpa{abi::adyton::machine_end}, boot_region.begin, E820Type::Ram);
    add(boot_region.begin, boot_region.end, E820Type::Reserved);
    add(boot_region.end, Gpa{memory}, E820Type::Ram);
}

}  // namespace

Result<void> finish_linux(LoadedGuest& guest, std::uint64_t memory) {
    if (memory > most_linux_memory)
        return problem("Linux at VMPL0 can have {} MiB of memory here, not {}; give --memory 2G or less",
                       most_linux_memory >> 20, memory >> 20);
    const auto page = std::ranges::find(guest.memory.pages, guest.boot_params, &Page::gpa);
    if (page == guest.memory.pages.end() || page->bytes.size() != page_bytes)
        return problem("the guest has no boot parameters; this is a bug in adyton");
    BootParams params;
    std::memcpy(&params, page->bytes.data(), sizeof params);
    write_map(params, guest.acpi, memory);
    params.acpi_rsdp = guest.acpi.begin.value();
    std::memcpy(page->bytes.data(), &params, sizeof params);
    add_zero_pages(guest, memory);
    return {};
}

}  // namespace tools::image

// SPDX-License-Identifier: MIT
// The pages that the SVSM is given at its start: boot block, parameters, CPUID, secrets, memory map. For any
// contents the checks return, and accepted values can be used.
#include "svsm/boot/checks.hpp"

#include <array>

#include "abi/igvm/format.hpp"
#include "svsm/launch/boot_region.hpp"
#include "svsm/launch/memory_map.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

void check_cpuid(const abi::CpuidPage& page) {
    (void)svsm::check_c_bit(page, 47);
    if (!svsm::check_cpuid_page(page)) return;
    fuzz::expect(page.count <= abi::cpuid_page_max_entries,
                 "a CPUID page with too many entries was accepted");
    abi::CpuidPage copy;
    svsm::fill_guest_cpuid(copy, page);
    fuzz::expect(copy.count == page.count, "the guest's CPUID page has another length");
}

void check_guest_secrets(const abi::SecretsPage& secrets, unsigned vmpl) {
    (void)svsm::check_secrets(secrets);
    svsm::Guest guest;
    guest.vmpl = static_cast<abi::Vmpl>(vmpl);
    const abi::CpuidPage no_cpuid{};
    abi::SecretsPage copy;
    svsm::fill_guest_secrets(copy, {guest, no_cpuid, secrets, {Gpa{0x800'0000}, Gpa{0x880'0000}}, 47, false});
    for (unsigned above = 0; above < vmpl; ++above)
        for (const std::uint8_t byte : copy.vmpck[above])
            fuzz::expect(byte == 0, "the guest gets a key of a level above it");
}

void check_block(const abi::adyton::BootBlock& block, Bytes map_page) {
    if (!svsm::check_boot_block(block)) return;
    fuzz::expect(block.guest_segment_count <= block.guest_segments.size(), "too many segments were accepted");
    fuzz::expect(block.c_bit < 64, "a C-bit outside the word was accepted");
    const auto all = svsm::parse_memory_map(map_page, Gpa{1ull << block.c_bit});
    if (!all) return;
    const auto ram = svsm::guest_ram(*all, block);
    if (!ram) return;
    const auto region = GpaRange::make(Gpa{block.region_gpa}, block.region_bytes);
    fuzz::expect(region.has_value(), "a region that wraps was accepted");
    for (const GpaRange& range : *ram)
        fuzz::expect(!range.overlaps(*region), "memory of the SVSM is called RAM of the guest");
    for (std::uint32_t i = 0; i < block.guest_segment_count; ++i) {
        const GpaRange segment = svsm::segment_range(block.guest_segments[i]);
        fuzz::expect(segment.begin <= segment.end, "a segment that wraps was accepted");
        fuzz::expect(segment.is_empty() || ram->contains(segment), "a segment outside RAM was accepted");
    }
}

using Page = std::array<std::byte, page_bytes>;

template <class T>
void put(Page& page, const T& object) {
    static_assert(sizeof object <= sizeof page);
    std::memcpy(page.data(), &object, sizeof object);
}
template <class T>
T as(const Page& page) {
    return fuzz::from_input<T>(page);
}

// What the tests of `check_...` call sound; spoiled below. Random bytes alone would fail the first check.
constexpr std::uint64_t region = 0x800'0000;

Page sound_block() {
    abi::adyton::BootBlock block{};
    block.magic = abi::adyton::boot_block_magic;
    block.version = abi::adyton::boot_block_version;
    block.c_bit = 47;
    block.region_gpa = region;
    block.region_bytes = 0x80'0000;
    block.image_end_gpa = region + 0x10'0000;
    block.page_table_gpa = region + 0x1000;
    block.cpuid_gpa = region + 0x2000;
    block.secrets_gpa = region + 0x3000;
    block.memory_map_gpa = region + 0x4000;
    block.general_gpa = region + 0x5000;
    block.guest_vmpl = 1;
    block.guest_segment_count = 2;
    block.guest_segments[0] = {0x100'0000, 0x3000};
    block.guest_segments[1] = {0x110'0000, 0x1000};
    Page page{};
    put(page, block);
    return page;
}
Page sound_map() {
    constexpr abi::igvm::MemoryMapEntry entries[]{{0, 0xa0, 0, 0, 0}, {0x400, 0x1'0000, 0, 0, 0}};
    Page page{};
    put(page, entries);
    return page;
}
Page sound_cpuid() {
    abi::CpuidPage cpuid{};
    cpuid.count = 2;
    cpuid.entries[0] = {.eax_in = abi::CpuidSev::function, .ebx = 47};
    cpuid.entries[1] = {.eax_in = abi::CpuidExtended8::function, .ebx = 8};
    Page page{};
    put(page, cpuid);
    return page;
}

/// Changes a few words, near the page's beginning mostly: a bit, a small number, a page more
/// or less, anything.
Page spoiled(Page page, fuzz::Choices& choices) {
    for (auto changes = choices.below(6); changes > 0; --changes) {
        const auto at = 4 * choices.below(choices.percent(90) ? 0x60 : page_bytes / 4 - 1);
        std::uint64_t word = fuzz::from_input<std::uint64_t>(page, at);
        switch (choices.below(5)) {
            case 0: word ^= 1ull << choices.below(64); break;
            case 1: word = choices.below(0x100); break;
            case 2: word += page_bytes; break;
            case 3: word -= page_bytes; break;
            default: word = choices.word();
        }
        std::memcpy(page.data() + at, &word, sizeof word);
    }
    return page;
}

}  // namespace

void fuzz::one_input(Bytes input) {
    Choices choices{input, 1};
    switch (choices.below(4)) {
        case 0: return check_cpuid(as<abi::CpuidPage>(spoiled(sound_cpuid(), choices)));
        case 1: {
            const auto vmpl = static_cast<unsigned>(1 + choices.below(3));
            Page secrets{};
            secrets.fill(std::byte{0x77});
            return check_guest_secrets(as<abi::SecretsPage>(spoiled(secrets, choices)), vmpl);
        }
        case 2:
            (void)svsm::check_parameters(as<abi::adyton::GeneralParameters>(spoiled({}, choices)));
            return;
        default: {
            const Page map = spoiled(sound_map(), choices);
            return check_block(as<abi::adyton::BootBlock>(spoiled(sound_block(), choices)), map);
        }
    }
}

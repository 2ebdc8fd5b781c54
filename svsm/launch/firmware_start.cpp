// SPDX-License-Identifier: MIT
#include "svsm/launch/firmware_start.hpp"

#include <algorithm>
#include <span>

#include "abi/x86/registers.hpp"
#include "base/result.hpp"
#include "machine/machine.hpp"
#include "svsm/guest/mapped_page.hpp"
#include "svsm/launch/memory_map.hpp"
#include "svsm/launch/prepare_memory.hpp"
#include "svsm/log.hpp"

namespace svsm {
namespace {

using abi::adyton::BootBlock;
using abi::ovmf::SectionType, abi::ovmf::SevSection;

constexpr Gpa window_end{1ull << 32};
constexpr std::uint64_t most_window_bytes = 16ull << 20;

std::span<const SevSection> sections_of(const BootBlock& block) {
    return std::span{block.firmware_sections}.first(block.firmware_section_count);
}

bool is_of_type(const SevSection& section, SectionType type) {
    return section.type == static_cast<std::uint32_t>(type);
}

/// The page of the only section of that type; empty when there is none, or another number, or more pages.
std::optional<Gpa> find_page(const BootBlock& block, SectionType type) {
    std::optional<Gpa> found;
    for (const SevSection& section : sections_of(block)) {
        if (!is_of_type(section, type)) continue;
        if (found || section.bytes != page_bytes) return std::nullopt;
        found = Gpa{section.gpa};
    }
    return found;
}

bool window_is_sane(const BootBlock& block) {
    const auto bytes = block.firmware_bytes;
    return bytes != 0 && bytes <= most_window_bytes && bytes % page_bytes == 0 &&
           block.firmware_gpa == window_end.value() - bytes;
}

/// Does section number `i` collide with nothing that comes before it? Sums of two 32-bit fields do not wrap.
bool section_is_sane(const BootBlock& block, std::size_t i) {
    const GpaRange range = section_range(block.firmware_sections[i]),
                   region{Gpa{block.region_gpa}, Gpa{block.region_gpa} + block.region_bytes};
    if (range.is_empty() || !range.begin.is_page_aligned() || !range.end.is_page_aligned()) return false;
    if (range.end > Gpa{block.firmware_gpa} || range.overlaps(region) || range.overlaps(legacy_area))
        return false;
    return std::ranges::none_of(std::span{block.firmware_sections}.first(i),
                                [&](const SevSection& other) { return range.overlaps(section_range(other)); });
}

BootResult store(Gpa at, PageBuffer& buffer) {
    const MappedPage page{machine::Window::Scratch4K, at};
    const bool is_stored = machine::copy_out(page.va(), buffer.bytes()).has_value();
    // It held keys.
    buffer.words.fill(0);
    if (!is_stored) return std::unexpected{Termination::GuestMemory};
    return {};
}

/// The processor's version, which RDX holds behind a reset; 0 when the page does not say.
std::uint64_t signature_of(const abi::CpuidPage& page) {
    const auto count = std::min<std::size_t>(page.count, page.entries.size());
    for (const abi::CpuidEntry& entry : std::span{page.entries}.first(count))
        if (entry.eax_in == abi::CpuidBasic::function) return entry.eax;
    return 0;
}

void fill_reset_segments(abi::Vmsa& vmsa) {
    constexpr std::uint16_t data = 0x93, code = 0x9b, ldt = 0x82, tss = 0x8b;
    constexpr std::uint32_t limit = 0xffff;
    vmsa.es = vmsa.ss = vmsa.ds = vmsa.fs = vmsa.gs = {0, data, limit, 0};
    vmsa.cs = {0xf000, code, limit, 0xffff'0000};
    vmsa.gdtr = vmsa.idtr = {0, 0, limit, 0};
    vmsa.ldtr = {0, ldt, limit, 0};
    vmsa.tr = {0, tss, limit, 0};
}

}  // namespace

GpaRange firmware_window(const BootBlock& block) {
    return {Gpa{block.firmware_gpa}, Gpa{block.firmware_gpa} + block.firmware_bytes};
}

GpaRange section_range(const SevSection& section) {
    return {Gpa{section.gpa}, Gpa{section.gpa} + section.bytes};
}

bool firmware_is_sane(const BootBlock& block) {
    if (!is_firmware(block)) return block.firmware_section_count == 0 && block.firmware_bytes == 0;
    if (block.guest_segment_count != 0 || block.firmware_section_count > block.firmware_sections.size())
        return false;
    if (!window_is_sane(block)) return false;
    for (std::size_t i = 0; i < block.firmware_section_count; ++i)
        if (!section_is_sane(block, i)) return false;
    return find_page(block, SectionType::Secrets) && find_page(block, SectionType::Cpuid) &&
           find_page(block, SectionType::SvsmCaa);
}

Gpa first_calling_area(const BootBlock& block) {
    if (!is_firmware(block)) return boot_region_at(abi::adyton::GuestBootLayout::calling_area);
    return *find_page(block, SectionType::SvsmCaa);
}

BootResult hand_over_firmware(Guest& guest, const BootBlock& block) {
    const BootGuard alone{guest.lock};
    TRY_VOID(grant_loaded_pages(guest.pages, guest.window, guest.vmpl));
    for (const SevSection& section : sections_of(block))
        TRY_VOID(grant_loaded_pages(guest.pages, section_range(section), guest.vmpl));
    log("firmware: {} KiB at 0x{:x}; it validates {} MiB itself", guest.window.size() >> 10,
        guest.window.begin.value(), guest.ram.bytes() >> 20);
    return {};
}

BootResult fill_firmware_pages(const BootRegionPlan& plan, const BootBlock& block, PageBuffer& buffer) {
    fill_guest_secrets(*reinterpret_cast<abi::SecretsPage*>(buffer.words.data()), plan);
    TRY_VOID(store(*find_page(block, SectionType::Secrets), buffer));
    fill_guest_cpuid(*reinterpret_cast<abi::CpuidPage*>(buffer.words.data()), plan.cpuid);
    return store(*find_page(block, SectionType::Cpuid), buffer);
}

void fill_firmware_vmsa(abi::Vmsa& vmsa, const BootRegionPlan& plan) {
    fill_reset_segments(vmsa);
    vmsa.vmpl = static_cast<std::uint8_t>(plan.guest.vmpl);
    vmsa.efer = abi::Efer::svme;
    vmsa.cr0 = abi::Cr0::et;
    vmsa.cr4 = abi::Cr4::mce;
    vmsa.rip = 0xfff0;
    vmsa.rdx = signature_of(plan.cpuid);
    abi::VmsaReset::put_into(vmsa);
    vmsa.sev_features = plan.guest.sev_features;
    plan.guest.clock.put_into(vmsa);
}

}  // namespace svsm

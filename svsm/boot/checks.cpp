// SPDX-License-Identifier: MIT
#include "svsm/boot/checks.hpp"

#include <algorithm>

#include "abi/snp/rmp.hpp"
#include "abi/snp/vmsa.hpp"
#include "abi/x86/registers.hpp"
#include "base/result.hpp"
#include "machine/machine.hpp"
#include "svsm/launch/boot_region.hpp"
#include "svsm/launch/firmware_start.hpp"

namespace svsm {
namespace {

using abi::adyton::BootBlock;
/// The part of `legacy_area` that payloads search for tables of a BIOS.
constexpr GpaRange rom_range{Gpa{0xc'0000}, legacy_area.end};
constexpr auto bad_block = std::unexpected{Termination::BootBlock};

/// Features that may be on or off: they change nothing for the SVSM. Under restricted injection the host can
/// inject #HV only. The SVSM registers no page for the reason, and its handler returns
/// at once (cpu/exception.S). With Secure TSC the boot asks for the clock of the other VMSAs.
constexpr std::uint64_t harmless_features =
    abi::SevFeatures::RestrictedInjection::mask | abi::SevFeatures::DebugSwap::mask |
    abi::SevFeatures::PreventHostIbs::mask | abi::SevFeatures::BtbIsolation::mask |
    abi::SevFeatures::SmtProtection::mask | abi::SevFeatures::IbpbOnEntry::mask |
    abi::SevFeatures::SecureTsc::mask;

const abi::CpuidEntry* find_leaf(const abi::CpuidPage& page, std::uint32_t function) {
    const auto count = std::min<std::size_t>(page.count, page.entries.size());
    for (std::size_t i = 0; i < count; ++i)
        if (page.entries[i].eax_in == function) return &page.entries[i];
    return nullptr;
}

bool is_page_range(std::uint64_t begin, std::uint64_t bytes) {
    const auto range = GpaRange::make(Gpa{begin}, bytes);
    return range && !range->is_empty() && range->begin.is_page_aligned() && range->end.is_page_aligned();
}

/// Does [begin, begin + bytes) lie in one segment of the guest? The segments have been checked.
bool is_in_segment(const BootBlock& block, std::uint64_t begin, std::uint64_t bytes) {
    const GpaRange range{Gpa{begin}, Gpa{begin} + bytes};
    for (std::size_t i = 0; i < block.guest_segment_count; ++i)
        if (segment_range(block.guest_segments[i]).contains(range)) return true;
    return false;
}

/// The pages that the SVSM writes, or that it names to Linux, must have been loaded with the guest.
bool linux_pages_are_sane(const BootBlock& block) {
    if (block.guest_kind == abi::adyton::GuestKind::Elf || is_firmware(block)) return true;
    if (block.guest_kind != abi::adyton::GuestKind::Linux || block.boot_params_gpa % page_bytes != 0)
        return false;
    const bool acpi_is_sane =
        block.acpi_bytes == 0 || (is_page_range(block.acpi_gpa, block.acpi_bytes) &&
                                  is_in_segment(block, block.acpi_gpa, block.acpi_bytes));
    return is_page_range(block.boot_params_gpa, page_bytes) &&
           is_in_segment(block, block.boot_params_gpa, page_bytes) && acpi_is_sane;
}

/// Is the page at `gpa` one that was loaded into the SVSM's region?
bool is_image_page(const BootBlock& block, std::uint64_t gpa) {
    return gpa % page_bytes == 0 && gpa >= block.region_gpa && gpa < block.image_end_gpa;
}

bool region_is_sane(const BootBlock& block) {
    // A larger region would overlap the addresses of the CPUs' stacks and windows.
    return is_page_range(block.region_gpa, block.region_bytes) && block.region_gpa % large_page_bytes == 0 &&
           block.region_bytes <= abi::adyton::svsm_max_bytes &&
           is_page_range(block.region_gpa, block.image_end_gpa - block.region_gpa) &&
           block.image_end_gpa - block.region_gpa <= block.region_bytes;
}

}  // namespace

BootResult check_vmpl0(Va own) {
    const auto nothing_to_vmpl1 =
        abi::RmpAttributes::TargetVmpl::put(static_cast<std::uint64_t>(abi::Vmpl::Vmpl1));
    // A host that starts us at VMPL 1 could put its own program at VMPL 0, above us.
    if (!machine::rmpadjust(own, PageSize::Size4K, nothing_to_vmpl1))
        return std::unexpected{Termination::NotVmpl0};
    return {};
}

BootExpected<std::uint64_t> check_sev_features() {
    constexpr auto base =
        abi::SevStatus::Sev::mask | abi::SevStatus::SevEs::mask | abi::SevStatus::SevSnp::mask;
    const auto status = machine::read_msr(abi::Msr::SevStatus);
    const auto features = abi::SevStatus::Features::get(status);
    if ((status & base) != base) return std::unexpected{Termination::SevFeatures};
    // An unknown feature may redefine what we rely on: which level gets #VC, which pages are private, what a
    // VMSA's fields mean.
    if ((features & ~harmless_features) != abi::SevFeatures::SnpActive::mask)
        return std::unexpected{Termination::SevFeatures};
    return features;
}

BootResult check_boot_block(const BootBlock& block) {
    if (block.magic != abi::adyton::boot_block_magic || block.version != abi::adyton::boot_block_version)
        return bad_block;
    if (block.c_bit < 32 || block.c_bit > 51 || !region_is_sane(block)) return bad_block;
    for (const auto page :
         {block.page_table_gpa, block.cpuid_gpa, block.secrets_gpa, block.memory_map_gpa, block.general_gpa})
        if (!is_image_page(block, page)) return bad_block;
    if (block.guest_vmpl < 1 || block.guest_vmpl >= abi::vmpl_count) return bad_block;
    if (block.guest_segment_count > block.guest_segments.size()) return bad_block;
    for (std::size_t i = 0; i < block.guest_segment_count; ++i)
        if (!is_page_range(block.guest_segments[i].gpa, block.guest_segments[i].bytes)) return bad_block;
    if (!linux_pages_are_sane(block) || !firmware_is_sane(block)) return bad_block;
    if (block.page_moves > abi::adyton::PageMoves::Forbidden) return bad_block;
    if (block.own_report > abi::adyton::OwnReport::Checked) return bad_block;
    return {};
}

BootResult check_parameters(const abi::adyton::GeneralParameters& parameters) {
    if (parameters.vp_count < 1 || parameters.vp_count > max_vcpus) return bad_block;
    return {};
}

BootResult check_cpuid_page(const abi::CpuidPage& page) {
    if (page.count == 0 || page.count > page.entries.size()) return std::unexpected{Termination::CpuidTable};
    if (find_leaf(page, abi::CpuidSev::function) == nullptr) return std::unexpected{Termination::CpuidTable};
    return {};
}

HostLines host_lines(const abi::CpuidPage& page) {
    const auto* leaf = find_leaf(page, abi::CpuidSev::function);
    const bool coherent = leaf != nullptr && abi::CpuidSev::CoherentWithSoftware::test(leaf->ebx);
    return coherent ? HostLines::Coherent : HostLines::Stale;
}

BootResult check_c_bit(const abi::CpuidPage& page, std::uint32_t c_bit) {
    const auto* leaf = find_leaf(page, abi::CpuidSev::function);
    if (leaf == nullptr || abi::CpuidSev::CBit::get(leaf->ebx) != c_bit)
        return std::unexpected{Termination::CBit};
    return {};
}

BootResult check_invlpgb() {
    if (!machine::try_flush()) return std::unexpected{Termination::NoInvlpgb};
    return {};
}

std::uint64_t cr4_guards(const abi::CpuidPage& page) {
    using abi::CpuidStructured, abi::Cr4;
    const auto* leaf = find_leaf(page, CpuidStructured::function);
    // The first of its entries must be subfunction 0: bits of another one have other meanings.
    if (leaf == nullptr || leaf->ecx_in != 0) return 0;
    return (CpuidStructured::Smep::test(leaf->ebx) ? Cr4::smep : 0) |
           (CpuidStructured::Smap::test(leaf->ebx) ? Cr4::smap : 0) |
           (CpuidStructured::Umip::test(leaf->ecx) ? Cr4::umip : 0);
}

BootResult take_apic_ids(std::span<const std::uint32_t> list, std::uint32_t own, std::span<Vcpu> vcpus) {
    constexpr auto lie = std::unexpected{Termination::ApicIds};
    if (list.empty() || list.front() != vcpus.size() || vcpus.size() > list.size() - 1) return lie;
    std::size_t named = 0;
    const auto name = [&](std::uint32_t id) {
        if (named == vcpus.size()) return false;
        const auto known = vcpus.first(named);
        if (std::ranges::any_of(known, [=](const Vcpu& vcpu) { return vcpu.apic_id == id; })) return false;
        vcpus[named++].apic_id = id;
        return true;
    };
    if (!name(own)) return lie;
    bool has_own = false;
    for (const auto id : list.subspan(1, vcpus.size())) {
        if (id >= apic_id_limit) return lie;
        if (id == own && !has_own)
            has_own = true;
        else if (!name(id))
            return lie;
    }
    if (!has_own) return lie;
    return {};
}

void count_apic_ids(std::span<Vcpu> vcpus) {
    for (std::uint32_t id = 0; auto& vcpu : vcpus) vcpu.apic_id = id++;
}

std::uint32_t own_apic_id(const abi::CpuidPage& page) {
    // Function 0Bh has the whole id; function 1 has room for eight bits of it.
    if (const auto* leaf = find_leaf(page, abi::CpuidExtendedTopology::function)) return leaf->eax;
    if (const auto* leaf = find_leaf(page, abi::CpuidBasic::function))
        return static_cast<std::uint32_t>(abi::CpuidBasic::InitialApicId::get(leaf->ebx));
    return 0;
}

BootResult check_secrets(const abi::SecretsPage& page) {
    if (page.version == 0) return std::unexpected{Termination::SecretsPage};
    return {};
}

namespace {

/// Firmware has sections in place of a boot region, and its file lies where no host need have RAM.
BootExpected<RamMap> firmware_ram(const RamMap& all, const BootBlock& block, GpaRange region) {
    constexpr auto other_memory = std::unexpected{Termination::FirmwareMemory};
    auto ram = all;
    if (!all.contains(region) || !ram.remove(region) || !ram.remove(legacy_area) ||
        !ram.remove(firmware_window(block)))
        return other_memory;
    for (std::size_t i = 0; i < block.firmware_section_count; ++i)
        if (!ram.contains(section_range(block.firmware_sections[i]))) return other_memory;
    return ram;
}

}  // namespace

BootExpected<RamMap> guest_ram(const RamMap& all, const BootBlock& block) {
    const GpaRange region{Gpa{block.region_gpa}, Gpa{block.region_gpa} + block.region_bytes};
    if (is_firmware(block)) return firmware_ram(all, block, region);
    // A host could later map memory that it does not back now at another address.
    if (!all.contains(region)) return bad_block;
    auto ram = all;
    if (!ram.remove(region) || !ram.remove(legacy_area) || !ram.contains(boot_region)) return bad_block;
    for (std::size_t i = 0; i < block.guest_segment_count; ++i) {
        const auto segment = segment_range(block.guest_segments[i]);
        // A segment in the ROM range is the guest's where the image loaded it: the AMD-SP has validated it,
        // so the map need not name it.
        if (!ram.contains(segment) && !rom_range.contains(segment)) return bad_block;
        if (segment.overlaps(boot_region)) return bad_block;
    }
    return ram;
}

}  // namespace svsm

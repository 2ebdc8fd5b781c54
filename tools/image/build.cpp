// SPDX-License-Identifier: MIT
// Lays out the image: the guest where it was linked, the SVSM at the start of its region, and behind the
// SVSM's last page, in this order:
//
//   page tables | boot block | CPUID page | secrets page | memory map | general parameters |
//   heap (not loaded)
#include <algorithm>
#include <cstring>

#include "abi/snp/vmsa.hpp"
#include "base/result.hpp"
#include "igvm/writer.hpp"
#include "tools/image/image.hpp"
#include "tools/image/launch_vmsa.hpp"
#include "tools/image/memory.hpp"
#include "tools/image/page_tables.hpp"

namespace tools::image {
namespace {

using abi::adyton::BootBlock;
using abi::adyton::GeneralParameters;
using abi::igvm::PageDataType;

/// Parameter areas of the file.
constexpr std::uint32_t memory_map_area = 0, general_area = 1, madt_area = 2;

/// Where the builder's own pages lie.
struct Layout {
    GpaRange region;
    Gpa tables, boot_block, cpuid, secrets, memory_map, general, end;
    [[nodiscard]] std::uint64_t virtual_address(Gpa gpa) const {
        return abi::adyton::svsm_link_base + (gpa - region.begin);
    }
    [[nodiscard]] std::size_t index(Gpa gpa) const { return (gpa - region.begin) / page_bytes; }
};

Result<Layout> make_layout(const Options& options, std::uint64_t svsm_bytes) {
    Layout layout;
    layout.region = {Gpa{options.region_gpa}, Gpa{options.region_gpa + options.region_bytes}};
    Gpa next = layout.region.begin + svsm_bytes;
    const auto take = [&](std::uint64_t pages) {
        const Gpa first = next;
        next = next + pages * page_bytes;
        return first;
    };
    layout.tables = take(table_pages(options.region_bytes));
    layout.boot_block = take(1);
    layout.cpuid = take(1);
    layout.secrets = take(1);
    layout.memory_map = take(1);
    layout.general = take(1);
    layout.end = next;
    if (layout.end >= layout.region.end)
        return problem("{} needs {} KiB of its region of {} KiB and leaves no memory to work with",
                       options.svsm_file, (layout.end - layout.region.begin) / 1024,
                       options.region_bytes / 1024);
    return layout;
}

/// Everything behind the SVSM is data; pages that only the loader or the AMD-SP writes are read-only
/// for the SVSM.
void grant_rest(std::vector<Rights>& rights, const Layout& layout) {
    std::fill(rights.begin() + static_cast<std::ptrdiff_t>(layout.index(layout.tables)), rights.end(),
              Rights::ReadWrite);
    for (const Gpa page : {layout.boot_block, layout.cpuid, layout.memory_map, layout.general})
        rights[layout.index(page)] = Rights::Read;
}

Page boot_block_page(const Options& options, const Layout& layout, const LoadedGuest& guest) {
    BootBlock block{};
    block.magic = abi::adyton::boot_block_magic;
    block.version = abi::adyton::boot_block_version;
    block.c_bit = options.c_bit;
    block.region_gpa = options.region_gpa;
    block.region_bytes = options.region_bytes;
    block.image_end_gpa = layout.end.value();
    block.page_table_gpa = layout.tables.value();
    block.cpuid_gpa = layout.cpuid.value();
    block.secrets_gpa = layout.secrets.value();
    block.memory_map_gpa = layout.memory_map.value();
    block.general_gpa = layout.general.value();
    block.guest_vmpl = options.guest_vmpl;
    block.guest_entry = guest.entry;
    block.guest_kind = guest.kind;
    block.acpi_gpa = guest.acpi.begin.value();
    block.acpi_bytes = static_cast<std::uint32_t>(guest.acpi.size());
    block.boot_params_gpa = guest.boot_params.value();
    block.page_moves =
        options.pages_stay ? abi::adyton::PageMoves::Forbidden : abi::adyton::PageMoves::Allowed;
    block.policy = policy_of(options);
    block.own_report = options.own_report.check;
    block.tcb_floor = options.own_report.floor;
    for (const GpaRange& range : guest.memory.ranges)
        block.guest_segments[block.guest_segment_count++] = {range.begin.value(), range.size()};
    block.firmware_gpa = guest.window.begin.value();
    block.firmware_bytes = guest.window.size();
    for (const abi::ovmf::SevSection& section : guest.sections)
        block.firmware_sections[block.firmware_section_count++] = section;
    std::ranges::copy(options.guest_name.substr(0, block.guest_name.size() - 1), block.guest_name.begin());

    Page page{layout.boot_block, Buffer(page_bytes)};
    std::memcpy(page.bytes.data(), &block, sizeof block);
    return page;
}

Result<void> check(const Options& options) {
    if (options.guest_vmpl < 1 || options.guest_vmpl > 3)
        return problem("VMPL {} is not possible; choose 1 to 3", options.guest_vmpl);
    return check_c_bit(options.c_bit);
}

std::expected<Buffer, igvm::Error> write(const Layout& layout, std::uint64_t policy,
                                         const std::vector<Page>& pages, std::optional<Gpa> madt,
                                         const abi::Vmsa& vmsa) {
    igvm::Writer writer;
    writer.add(igvm::GuestPolicy{policy});
    // Precedes everything that lies in the region: the loader makes it private here, which loses whatever it
    // has loaded there before (QEMU backends/igvm.c).
    writer.add(igvm::RequiredMemory{layout.region});
    writer.add(igvm::ParameterArea{memory_map_area, page_bytes});
    writer.add(igvm::ParameterArea{general_area, page_bytes});
    if (madt) writer.add(igvm::ParameterArea{madt_area, page_bytes});
    writer.add(igvm::VpCount{{general_area, offsetof(GeneralParameters, vp_count)}});
    writer.add(igvm::EnvironmentInfo{{general_area, offsetof(GeneralParameters, environment)}});
    writer.add(igvm::MemoryMap{{memory_map_area, 0}});
    if (madt) writer.add(igvm::Madt{{madt_area, 0}});
    writer.add(igvm::ParameterInsert{layout.memory_map, memory_map_area});
    writer.add(igvm::ParameterInsert{layout.general, general_area});
    if (madt) writer.add(igvm::ParameterInsert{*madt, madt_area});
    for (const Page& page : pages)
        writer.add(igvm::PageData{page.gpa, page.type, false,
                                  page.bytes.empty() ? std::nullopt : std::optional<Bytes>{page.bytes}});
    // Last: a VMSA freezes the measurement of everything before it.
    writer.add(igvm::VpContext{std::as_bytes(std::span{&vmsa, 1})});
    return writer.finish();
}

}  // namespace

Result<Buffer> build_image(const Options& options, LoadedGuest guest) {
    TRY_VOID(check(options));
    const auto svsm_file = TRY(elf::File::open(options.svsm, options.svsm_file));
    const GpaRange region{Gpa{options.region_gpa}, Gpa{options.region_gpa + options.region_bytes}};
    SvsmMemory svsm = TRY(load_svsm(svsm_file, options.svsm_file, region));
    const Layout layout = TRY(make_layout(options, svsm.used_bytes));

    grant_rest(svsm.rights, layout);
    std::vector<Page> pages = std::move(guest.memory.pages);
    std::ranges::move(svsm.pages, std::back_inserter(pages));
    std::ranges::move(build_page_tables(layout.tables, region, svsm.rights, options.c_bit),
                      std::back_inserter(pages));
    pages.push_back(boot_block_page(options, layout, guest));
    pages.push_back({layout.cpuid, {}, PageDataType::CpuidData});
    pages.push_back({layout.secrets, {}, PageDataType::Secrets});
    std::ranges::sort(pages, {}, &Page::gpa);
    std::ranges::stable_partition(pages, [](const Page& page) { return upper_roms.contains(page.gpa); });

    const abi::Vmsa vmsa = launch_vmsa({svsm_file.entry(), layout.virtual_address(layout.boot_block),
                                        layout.tables, options.c_bit, options.sev_features});
    auto file = write(layout, policy_of(options), pages, guest.madt, vmsa);
    if (!file)
        return problem("the image that was built is not valid ({}); this is a bug in adyton",
                       igvm::describe(file.error()));
    return *std::move(file);
}

}  // namespace tools::image

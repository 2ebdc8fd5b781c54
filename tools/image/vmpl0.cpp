// SPDX-License-Identifier: MIT
#include "tools/image/vmpl0.hpp"

#include <algorithm>
#include <iterator>

#include "abi/snp/vmsa.hpp"
#include "abi/x86/descriptor.hpp"
#include "base/result.hpp"
#include "igvm/writer.hpp"
#include "tools/image/boot_region.hpp"
#include "tools/image/launch_vmsa.hpp"
#include "tools/image/linux_memory.hpp"
#include "tools/image/reset_vmsa.hpp"

namespace tools::image {
namespace {

using L = abi::adyton::GuestBootLayout;

/// The launch state of the SVSM, with the tables, stack and descriptors of the boot region.
abi::Vmsa guest_vmsa(const Options& options, const LoadedGuest& guest) {
    constexpr std::uint16_t gdt_limit = boot_descriptors * 8 - 1;
    const bool is_linux = guest.kind == abi::adyton::GuestKind::Linux;
    const BootSelectors selectors = boot_selectors(guest.kind);
    abi::Vmsa vmsa = launch_vmsa({guest.entry, is_linux ? 0 : boot_region_at(L::info).value(),
                                  boot_region_at(L::page_tables), options.c_bit, options.sev_features});
    vmsa.cs.selector = selectors.code;
    for (auto* segment : {&vmsa.ds, &vmsa.es, &vmsa.ss, &vmsa.fs, &vmsa.gs})
        segment->selector = selectors.data;
    if (is_linux) vmsa.rsi = guest.boot_params.value();
    vmsa.rsp = boot_region_at(L::stack_top).value();
    vmsa.gdtr = {0, 0, gdt_limit, boot_region_at(L::gdt).value()};
    return vmsa;
}

std::expected<Buffer, igvm::Error> write(std::uint64_t policy, const std::vector<Page>& pages,
                                         std::optional<Gpa> madt, const abi::Vmsa& vmsa) {
    constexpr std::uint32_t madt_area = 0;
    igvm::Writer writer;
    writer.add(igvm::GuestPolicy{policy});
    if (madt) {
        writer.add(igvm::ParameterArea{madt_area, page_bytes});
        writer.add(igvm::Madt{{madt_area, 0}});
        writer.add(igvm::ParameterInsert{*madt, madt_area});
    }
    for (const Page& page : pages)
        writer.add(igvm::PageData{page.gpa, page.type, false,
                                  page.bytes.empty() ? std::nullopt : std::optional<Bytes>{page.bytes}});
    writer.add(igvm::VpContext{std::as_bytes(std::span{&vmsa, 1})});
    return writer.finish();
}

/// Every page, in the order of the launch. Firmware brings its own order, and needs no boot region.
std::vector<Page> pages_of(const Options& options, LoadedGuest& guest) {
    if (guest.kind == abi::adyton::GuestKind::Firmware) return std::move(guest.memory.pages);
    std::vector<Page> pages = build_boot_region(guest, options.c_bit);
    std::ranges::move(guest.memory.pages, std::back_inserter(pages));
    std::ranges::sort(pages, {}, &Page::gpa);
    std::ranges::stable_partition(pages, [](const Page& page) { return upper_roms.contains(page.gpa); });
    return pages;
}

abi::Vmsa vmsa_of(const Options& options, const LoadedGuest& guest) {
    if (guest.kind == abi::adyton::GuestKind::Firmware)
        return reset_vmsa(boot_cpu_start, default_signature, options.sev_features);
    return guest_vmsa(options, guest);
}

}  // namespace

Result<Buffer> build_vmpl0_image(const Options& options, LoadedGuest guest) {
    TRY_VOID(check_c_bit(options.c_bit));
    if (guest.kind == abi::adyton::GuestKind::Linux) TRY_VOID(finish_linux(guest, options.memory_bytes));
    const std::vector<Page> pages = pages_of(options, guest);
    auto file = write(policy_of(options), pages, guest.madt, vmsa_of(options, guest));
    if (!file)
        return problem("the image that was built is not valid ({}); this is a bug in adyton",
                       igvm::describe(file.error()));
    return *std::move(file);
}

}  // namespace tools::image

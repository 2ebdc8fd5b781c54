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

namespace tools::image {
namespace {

using L = abi::adyton::GuestBootLayout;

/// The launch state of the SVSM, with the tables, stack and descriptors of the boot region.
abi::Vmsa guest_vmsa(const Options& options, std::uint64_t entry) {
    constexpr std::uint16_t gdt_limit = 3 * 8 - 1;
    abi::Vmsa vmsa = launch_vmsa({entry, boot_region_at(L::info).value(), boot_region_at(L::page_tables),
                                  options.c_bit, options.sev_features});
    vmsa.rsp = boot_region_at(L::stack_top).value();
    vmsa.gdtr = {0, 0, gdt_limit, boot_region_at(L::gdt).value()};
    return vmsa;
}

std::expected<Buffer, igvm::Error> write(std::uint64_t policy, const std::vector<Page>& pages,
                                         const abi::Vmsa& vmsa) {
    igvm::Writer writer;
    writer.add(igvm::GuestPolicy{policy});
    for (const Page& page : pages)
        writer.add(igvm::PageData{page.gpa, page.type, false,
                                  page.bytes.empty() ? std::nullopt : std::optional<Bytes>{page.bytes}});
    writer.add(igvm::VpContext{std::as_bytes(std::span{&vmsa, 1})});
    return writer.finish();
}

}  // namespace

Result<Buffer> build_vmpl0_image(const Options& options, LoadedGuest guest) {
    TRY_VOID(check_c_bit(options.c_bit));
    if (guest.kind != abi::adyton::GuestKind::Elf)
        return problem("{} at VMPL0 is not possible; choose VMPL 1 to 3", options.guest_name);
    std::vector<Page> pages = build_boot_region(guest, options.c_bit);
    std::ranges::move(guest.memory.pages, std::back_inserter(pages));
    std::ranges::sort(pages, {}, &Page::gpa);
    auto file = write(policy_of(options), pages, guest_vmsa(options, guest.entry));
    if (!file)
        return problem("the image that was built is not valid ({}); this is a bug in adyton",
                       igvm::describe(file.error()));
    return *std::move(file);
}

}  // namespace tools::image

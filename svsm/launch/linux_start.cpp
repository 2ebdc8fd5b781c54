// SPDX-License-Identifier: MIT
#include "svsm/launch/linux_start.hpp"

#include <algorithm>
#include <array>

#include "abi/x86/descriptor.hpp"
#include "base/result.hpp"
#include "machine/machine.hpp"
#include "svsm/guest/mapped_page.hpp"
#include "svsm/launch/memory_map.hpp"

namespace svsm {
namespace {

using abi::adyton::GuestBootLayout;
using abi::linux_boot::BootParams;
using abi::linux_boot::E820Entry;
using abi::linux_boot::E820Type;

constexpr auto failed = std::unexpected{Termination::GuestMemory};

/// The list of E820 entries under construction.
struct MemoryList {
    BootParams& params;
    bool fits = true;

    void add(GpaRange range, E820Type type) {
        if (range.is_empty()) return;
        if (params.e820_count == params.e820.size()) {
            fits = false;
            return;
        }
        params.e820[params.e820_count++] = {range.begin.value(), range.size(), type};
    }
};

}  // namespace

void fill_linux_gdt(PageBuffer& page) {
    page.words.fill(0);
    page.words[linux_code_selector / 8] = abi::DescriptorValue::code64;
    page.words[linux_data_selector / 8] = abi::DescriptorValue::data;
}

void fill_cc_blob(abi::linux_boot::CcBlob& blob) {
    blob = {.magic = abi::linux_boot::cc_blob_magic,
            .version = abi::linux_boot::cc_blob_version,
            .secrets = boot_region_at(GuestBootLayout::secrets).value(),
            .secrets_bytes = page_bytes,
            .cpuid = boot_region_at(GuestBootLayout::cpuid).value(),
            .cpuid_bytes = page_bytes};
}

BootResult fill_e820(BootParams& params, const BootRegionPlan& plan, GpaRange acpi) {
    // Listed although it is no RAM of the guest: the kernel could place a device into an unlisted gap.
    struct Special {
        GpaRange range;
        E820Type type;
    };
    // The kernel reads screen memory and ROMs, but must not use them as RAM.
    const std::array specials{Special{legacy_area, E820Type::Reserved}, Special{acpi, E820Type::Acpi},
                              Special{boot_region, E820Type::Reserved},
                              Special{plan.svsm_region, E820Type::Reserved}};
    RamMap ram = plan.guest.ram;
    params.e820_count = 0;
    MemoryList list{params};
    for (const auto& special : specials) {
        if (!special.range.is_empty() && !ram.remove(special.range)) return failed;
        list.add(special.range, special.type);
    }
    for (const auto& range : ram) list.add(range, E820Type::Ram);
    if (!list.fits) return failed;
    std::sort(params.e820.begin(), params.e820.begin() + params.e820_count,
              [](const E820Entry& a, const E820Entry& b) { return a.address < b.address; });
    return {};
}

void fill_linux_vmsa(abi::Vmsa& vmsa, const BootRegionPlan& plan, const abi::adyton::BootBlock& block) {
    fill_guest_vmsa(vmsa, plan, block.guest_entry);
    vmsa.cs.selector = linux_code_selector;
    for (auto* segment : {&vmsa.ds, &vmsa.es, &vmsa.ss, &vmsa.fs, &vmsa.gs})
        segment->selector = linux_data_selector;
    vmsa.gdtr.limit = linux_gdt_entries * 8 - 1;
    vmsa.rdi = 0;
    vmsa.rsi = block.boot_params_gpa;
}

BootResult finish_boot_params(const BootRegionPlan& plan, const abi::adyton::BootBlock& block,
                              PageBuffer& buffer) {
    const MappedPage page{machine::Window::Scratch4K, Gpa{block.boot_params_gpa}};
    const auto window = page.va();
    if (!machine::copy_in(buffer.bytes(), window)) return failed;
    auto& params = *reinterpret_cast<BootParams*>(buffer.words.data());
    const GpaRange acpi{Gpa{block.acpi_gpa}, Gpa{block.acpi_gpa} + block.acpi_bytes};
    TRY_VOID(fill_e820(params, plan, acpi));
    params.acpi_rsdp = acpi.is_empty() ? 0 : block.acpi_gpa;
    if (!machine::copy_out(window, buffer.bytes())) return failed;
    buffer.words.fill(0);
    return {};
}

}  // namespace svsm

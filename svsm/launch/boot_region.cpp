// SPDX-License-Identifier: MIT
#include "svsm/launch/boot_region.hpp"

#include <algorithm>
#include <cstring>

#include "abi/svsm/core.hpp"
#include "abi/x86/descriptor.hpp"
#include "base/result.hpp"
#include "machine/machine.hpp"
#include "svsm/ghcb/page_state.hpp"
#include "svsm/guest/mapped_page.hpp"
#include "svsm/launch/boot_page_tables.hpp"
#include "svsm/launch/linux_start.hpp"
#include "svsm/launch/prepare_memory.hpp"

namespace svsm {
namespace {

using abi::adyton::GuestBootLayout;

/// Copies the page image in `buffer` to its place, and clears the buffer for the next one.
BootResult store_page(std::uint64_t offset, PageBuffer& buffer) {
    const MappedPage page{machine::Window::Scratch4K, boot_region_at(offset)};
    const bool stored = machine::copy_out(page.va(), buffer.bytes()).has_value();
    buffer.words.fill(0);
    if (!stored) return std::unexpected{Termination::GuestMemory};
    return {};
}

/// The buffer as the structure T, which fills it.
template <class T>
T& image(PageBuffer& buffer) {
    static_assert(sizeof(T) <= sizeof(PageBuffer) && std::is_trivially_copyable_v<T>);
    buffer.words.fill(0);
    return *reinterpret_cast<T*>(buffer.words.data());
}

bool is_ghcb(Gpa page) { return page == boot_region_at(GuestBootLayout::ghcb); }

/// Gives every page, zeroed, to the guest, and the GHCB page to the hypervisor.
BootResult take_pages(const BootRegionPlan& plan, GuestPages& pages) {
    ghcb::PageStateList list;
    for (auto page = boot_region.begin; page < boot_region.end; page = page + page_bytes) {
        if (is_ghcb(page))
            TRY_VOID(list.add(page, PageSize::Size4K, abi::PscOperation::Shared));
        else if (plan.starts_shared)
            TRY_VOID(list.add(page, PageSize::Size4K, abi::PscOperation::Private));
    }
    TRY_VOID(list.flush());
    for (auto page = boot_region.begin; page < boot_region.end; page = page + page_bytes)
        if (!is_ghcb(page))
            TRY_VOID(accept_page(pages, page, PageSize::Size4K, plan.guest.vmpl, Contents::Zero,
                                 plan.guest.lines));
    return {};
}

}  // namespace

void fill_guest_info(abi::adyton::GuestInfo& info, const BootRegionPlan& plan) {
    using L = GuestBootLayout;
    info.magic = abi::adyton::guest_info_magic;
    info.version = abi::adyton::guest_info_version;
    info.vmpl = static_cast<std::uint32_t>(plan.guest.vmpl);
    info.cpu_count = static_cast<std::uint32_t>(plan.guest.vcpus.size());
    info.c_bit = plan.c_bit;
    for (const Vcpu& vcpu : plan.guest.vcpus)
        info.apic_ids[vcpu.index] = vcpu.apic_id;
    info.secrets_gpa = boot_region_at(L::secrets).value();
    info.cpuid_gpa = boot_region_at(L::cpuid).value();
    info.calling_area_gpa = boot_region_at(L::calling_area).value();
    info.ghcb_gpa = boot_region_at(L::ghcb).value();
    info.page_table_gpa = boot_region_at(L::page_tables).value();
    info.stack_top = boot_region_at(L::stack_top).value();
    auto memory = plan.guest.ram;
    // A hole needs one more range, which may not fit; the list then contains the boot region too.
    if (!memory.remove(boot_region)) memory = plan.guest.ram;
    for (const auto& range : memory) {
        if (info.memory_range_count == info.memory.size()) break;
        info.memory[info.memory_range_count++] = {range.begin.value(), range.size()};
    }
}

void fill_guest_secrets(abi::SecretsPage& page, const BootRegionPlan& plan) {
    page = plan.secrets;
    // With a more privileged level's key the guest could pass for the SVSM in a message to the AMD-SP.
    for (unsigned vmpl = 0; vmpl < static_cast<unsigned>(plan.guest.vmpl); ++vmpl)
        std::memset(page.vmpck[vmpl], 0, sizeof page.vmpck[vmpl]);
    page.svsm_base = plan.svsm_region.begin.value();
    page.svsm_size = plan.svsm_region.size();
    page.svsm_caa = plan.calling_area.value();
    page.svsm_max_version = abi::core_protocol_version;
    page.svsm_guest_vmpl = static_cast<std::uint8_t>(plan.guest.vmpl);
}

void fill_guest_cpuid(abi::CpuidPage& page, const abi::CpuidPage& original) {
    page = original;
    for (auto& entry : page.entries)
        if (entry.eax_in == abi::CpuidSev::function)
            entry.eax |= static_cast<std::uint32_t>(abi::CpuidSev::Svsm::mask);
}

void fill_guest_vmsa(abi::Vmsa& vmsa, const BootRegionPlan& plan, std::uint64_t entry) {
    using abi::Efer;
    using abi::SegmentAttributes;
    using L = GuestBootLayout;
    constexpr std::uint32_t no_limit = ~0u;
    constexpr abi::Segment data{guest_data_selector, SegmentAttributes::data, no_limit, 0};
    vmsa.cs = {guest_code_selector, SegmentAttributes::code64, no_limit, 0};
    vmsa.ds = vmsa.es = vmsa.ss = vmsa.fs = vmsa.gs = data;
    vmsa.gdtr = {0, 0, guest_gdt_entries * 8 - 1, boot_region_at(L::gdt).value()};
    vmsa.ldtr = {0, SegmentAttributes::ldt, 0, 0};
    vmsa.tr = {0, SegmentAttributes::tss_busy, sizeof(abi::TaskState) - 1, 0};
    vmsa.vmpl = static_cast<std::uint8_t>(plan.guest.vmpl);
    vmsa.efer = Efer::lme | Efer::lma | Efer::nxe | Efer::svme;
    vmsa.cr0 = 0x8001'0033;  // PG WP NE ET MP PE
    vmsa.cr3 = boot_region_at(L::page_tables).value() | 1ull << plan.c_bit;
    vmsa.cr4 = 0x668;  // OSXMMEXCPT OSFXSR MCE PAE DE
    vmsa.rip = entry;
    vmsa.rsp = boot_region_at(L::stack_top).value();
    vmsa.rdi = boot_region_at(L::info).value();
    abi::VmsaReset::put_into(vmsa);
    vmsa.sev_features = plan.guest.sev_features;
    plan.guest.clock.put_into(vmsa);
}

BootResult build_boot_region(const BootRegionPlan& plan, GuestPages& pages, PageBuffer& buffer) {
    TRY_VOID(take_pages(plan, pages));
    fill_guest_info(image<abi::adyton::GuestInfo>(buffer), plan);
    TRY_VOID(store_page(GuestBootLayout::info, buffer));
    fill_guest_secrets(image<abi::SecretsPage>(buffer), plan);
    TRY_VOID(store_page(GuestBootLayout::secrets, buffer));
    fill_guest_cpuid(image<abi::CpuidPage>(buffer), plan.cpuid);
    TRY_VOID(store_page(GuestBootLayout::cpuid, buffer));
    if (plan.kind == abi::adyton::GuestKind::Linux) {
        fill_linux_gdt(buffer);
        TRY_VOID(store_page(GuestBootLayout::gdt, buffer));
        fill_cc_blob(image<abi::linux_boot::CcBlob>(buffer));
        TRY_VOID(store_page(GuestBootLayout::cc_blob, buffer));
    } else {
        fill_guest_gdt(buffer);
        TRY_VOID(store_page(GuestBootLayout::gdt, buffer));
    }
    for (unsigned table = 0; table < guest_page_tables; ++table) {
        fill_guest_page_table(buffer, table, 1ull << plan.c_bit);
        TRY_VOID(store_page(GuestBootLayout::page_tables + table * page_bytes, buffer));
    }
    // accept_page has zeroed the calling area and the stack.
    return {};
}

}  // namespace svsm

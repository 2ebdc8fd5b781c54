// SPDX-License-Identifier: MIT
// The whole emulated machine: memory and its RMP, nested tables, vCPUs, what the launch found.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>

#include "abi/adyton/adversary.hpp"
#include "abi/adyton/host.hpp"
#include "abi/adyton/host_property.hpp"
#include "abi/snp/cpuid_page.hpp"
#include "abi/snp/ghcb.hpp"
#include "kern/spinlock.hpp"
#include "snpemu/host/vcpu.hpp"
#include "snpemu/mm/heap.hpp"
#include "snpemu/silicon/device_table.hpp"
#include "snpemu/silicon/guest_memory.hpp"
#include "snpemu/silicon/nested_table.hpp"
#include "snpemu/silicon/stale_lines.hpp"

namespace snpemu {

using abi::adyton::Adversary, abi::adyton::HostProperties, abi::adyton::HostProperty;

inline constexpr unsigned max_cpus = 64;
/// SEV_FEATURES that this machine can run. Restricted injection it has; the others keep branch predictors,
/// the profiler and the sibling thread of a real core from a guest, and change nothing that software here
/// could see.
inline constexpr std::uint64_t supported_sev_features =
    abi::SevFeatures::SnpActive::mask | abi::SevFeatures::RestrictedInjection::mask |
    abi::SevFeatures::PreventHostIbs::mask | abi::SevFeatures::BtbIsolation::mask |
    abi::SevFeatures::SmtProtection::mask | abi::SevFeatures::IbpbOnEntry::mask;
/// What the host says of itself in GHCB features.
[[nodiscard]] constexpr std::uint64_t host_features(HostProperties host) {
    using abi::HypervisorFeature;
    return HypervisorFeature::snp | HypervisorFeature::ap_creation |
           (host.has(HostProperty::NoApicIdList) ? 0u : HypervisorFeature::apic_id_list) |
           (host.has(HostProperty::OneVmpl) ? 0u : HypervisorFeature::multi_vmpl);
}

/// Lock order: `page_state_lock`, then `rmp_lock`, then a vCPU's `mailbox_lock`, then `idle_lock`, then the
/// log's.
struct Machine {
    Machine(GuestRam guest_ram, model::Rmp table, SpaRange spare_pages, NestedShape shape)
        : ram{guest_ram},
          rmp{table},
          spare{spare_pages},
          c_bit{shape.c_bit},
          nested{NestedTables{shape}, NestedTables{shape}, NestedTables{shape}, NestedTables{shape}} {}

    GuestRam ram;
    model::Rmp rmp;  ///< guarded by rmp_lock, and so are the nested tables
    SpaRange spare;  ///< system pages that are shown nowhere at first, for an adversary to bind and show
    const unsigned c_bit;  ///< position of the address bit that says "private"
    Spinlock rmp_lock;
    bool owes_flush = false;  ///< guarded by rmp_lock: pages were hidden and no TLB was flushed since
    /// Held while a page changes hands, flush included. The host shows other system pages only under this and
    /// `rmp_lock`, so either of them is enough to look.
    Spinlock page_state_lock;
    GpaRange changing_hands;  ///< what the host is about to scramble; guarded by rmp_lock
    /// Per VMPL; which of the two a CPU uses follows its CR0.PG at each VMRUN.
    struct NestedTables {
        explicit NestedTables(NestedShape shape) : paged{Paging::On, shape}, unpaged{Paging::Off, shape} {}
        NestedTable paged, unpaged;
        [[nodiscard]] NestedTable& of(Paging paging) { return paging == Paging::On ? paged : unpaged; }
        /// Both; true when something had been visible.
        bool unmap(Gpa page, PageSize size, model::Encryption alias) {
            const bool was_in_paged = paged.unmap(page, size, alias);
            return unpaged.unmap(page, size, alias) || was_in_paged;
        }
    };
    std::array<NestedTables, abi::vmpl_count> nested;
    /// What devices reach; guarded by rmp_lock. Follows the RMP: what is assigned to the guest is hidden.
    DeviceTable devices{[] { return heap::allocate_pages(1); }};
    std::uint64_t refused_dma = 0;  ///< CPU 0's
    StaleLines stale;               ///< empty unless the host has them; guarded by rmp_lock
    model::RmpEntry launch_entry;
    abi::Vmsa* launch_vmsa = nullptr;

    unsigned cpu_count = 1;
    std::array<Vcpu*, max_cpus> vcpus{};
    Spinlock idle_lock;
    unsigned idle_count = 0;  ///< guarded by idle_lock

    abi::CpuidPage cpuid;      ///< what the host answers; the guest's page is a copy made at launch
    GpaRange required_memory;  ///< what the image asked for: the SVSM's own region
    Adversary adversary = Adversary::None;
    abi::adyton::Host host = abi::adyton::Host::Strict;
    /// Planes host: SEV_FEATURES of each level's first VMSA; 0: it has had none.
    std::array<std::atomic<std::uint64_t>, abi::vmpl_count> plane_features{};
    HostProperties properties;
    Gpa secrets_page;  ///< where the launch put the secrets
    /// Adversary: an address of the guest's with two system pages. Its guest, which asks for all this, runs
    /// one thing at a time.
    struct Conspiracy {
        std::atomic<bool> is_on{false};  ///< tricks are played
        Gpa page;
        Spa first, second;  ///< as found at the beginning, and the one that was bound to the address then
    } conspiracy;
    bool trace = false;
    bool counts_instructions = false;  ///< the TSC counts instructions (-icount): costs are exact

    /// QEMU's map calls the legacy area RAM, and has private memory there for its lower ROMs only, or where
    /// the image put some. Whoever else touches it as private memory ends the VM. The caller holds
    /// `rmp_lock`.
    [[nodiscard]] bool is_fatal_hole(Gpa page) const {
        constexpr GpaRange screen{Gpa{0xa'0000}, Gpa{0xc'0000}}, upper_roms{Gpa{0xe'0000}, Gpa{0x10'0000}};
        if (!properties.has(HostProperty::E820Hole)) return false;
        const bool is_loaded = rmp.contains(page.page()) && rmp.entry(page.page()).assigned;
        return (screen.contains(page) || upper_roms.contains(page)) && !is_loaded;
    }
    [[nodiscard]] GuestMemory memory() { return {ram, rmp}; }
};

}  // namespace snpemu

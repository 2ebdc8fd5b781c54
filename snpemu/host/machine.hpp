// SPDX-License-Identifier: MIT
// The whole machine as its host knows it: silicon's memory, the vCPUs, what the launch found, how the host
// behaves.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>

#include "abi/adyton/host.hpp"
#include "abi/adyton/host_property.hpp"
#include "abi/snp/cpuid_page.hpp"
#include "abi/snp/ghcb.hpp"
#include "kern/spinlock.hpp"
#include "model/host/hooks.hpp"
#include "snpemu/host/vcpu.hpp"
#include "snpemu/silicon/memory.hpp"

namespace snpemu {

using abi::adyton::HostProperties, abi::adyton::HostProperty;

/// Lock order: `page_state_lock`, `rmp_lock`, a vCPU's `mailbox_lock`, `idle_lock`, the console's lock, and
/// last the log's lock or `device_bus`, under which no lock is taken.
struct Machine : silicon::Memory {
    Machine(GuestRam guest_ram, model::Rmp table, SpaRange spare_pages, NestedShape shape)
        : Memory{guest_ram, table, shape}, spare{spare_pages} {}

    SpaRange spare;  ///< system pages that are shown nowhere at first, for an adversary to bind and show
    /// Held while a page changes hands, flush included. The host shows other system pages only under this and
    /// `rmp_lock`, so either of them is enough to look.
    Spinlock page_state_lock;
    std::uint64_t refused_dma = 0;  ///< CPU 0's
    model::RmpEntry launch_entry;
    abi::Vmsa* launch_vmsa = nullptr;

    std::array<Vcpu*, max_cpus> vcpus{};  ///< those of `cpus`, as the host knows them
    Spinlock idle_lock;
    unsigned idle_count GUARDED_BY(idle_lock) = 0;

    abi::CpuidPage cpuid;      ///< what the host answers; the guest's page is a copy made at launch
    GpaRange required_memory;  ///< what the image asked for: the SVSM's own region
    model::host::Hooks hooks;  ///< when and how this machine lies: not at all, as a rule
    abi::adyton::Host host = abi::adyton::Host::Strict;
    /// Planes host: SEV_FEATURES of each level's first VMSA; 0: it has had none.
    std::array<std::atomic<std::uint64_t>, abi::vmpl_count> plane_features{};
    HostProperties properties;
    Gpa secrets_page;  ///< where the launch put the secrets
    /// Adversary: an address of the guest's with two system pages, while `hooks` has a pair. The guest, which
    /// asks for all this, runs one thing at a time.
    struct Conspiracy {
        Gpa page;
        Spa first, second;  ///< as found at the beginning, and the one that was bound to the address then
    } conspiracy;
    bool counts_instructions = false;  ///< the TSC counts instructions (-icount): costs are exact

    /// QEMU's map calls the legacy area RAM, and has private memory there for its lower ROMs only, or where
    /// the image put some. Any other private access there ends the VM.
    [[nodiscard]] bool is_fatal_hole(Gpa page) const REQUIRES(rmp_lock) {
        constexpr GpaRange screen{Gpa{0xa'0000}, Gpa{0xc'0000}}, upper_roms{Gpa{0xe'0000}, Gpa{0x10'0000}};
        if (!properties.has(HostProperty::E820Hole)) return false;
        const bool is_loaded = rmp.contains(page.page()) && rmp.entry(page.page()).assigned;
        return (screen.contains(page) || upper_roms.contains(page)) && !is_loaded;
    }
};

}  // namespace snpemu

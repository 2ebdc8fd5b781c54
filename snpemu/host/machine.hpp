// SPDX-License-Identifier: MIT
// The whole machine for its host: silicon's memory, the vCPUs, the results of the launch, the behaviour
// of the host.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>

#include "abi/adyton/host.hpp"
#include "abi/adyton/host_property.hpp"
#include "abi/snp/cpuid_page.hpp"
#include "abi/snp/ghcb.hpp"
#include "kern/spinlock.hpp"
#include "model/host/firmware_config.hpp"
#include "model/host/hooks.hpp"
#include "snpemu/host/pci_windows.hpp"
#include "snpemu/host/vcpu.hpp"
#include "snpemu/psp/context.hpp"
#include "snpemu/silicon/memory.hpp"

namespace snpemu {

using abi::adyton::HostProperties, abi::adyton::HostProperty;

/// Lock order: `firmware_lock`, `page_state_lock`, `rmp_lock`, a vCPU's `mailbox_lock`, `idle_lock`, the console's lock, and
/// last the log's lock or `device_bus`, under which no lock is taken.
struct Machine : silicon::Memory {
    Machine(GuestRam guest_ram, model::Rmp table, SpaRange spare_pages, NestedShape shape)
        : Memory{guest_ram, table, shape}, spare{spare_pages} {}

    SpaRange spare;  ///< system pages mapped nowhere at first, for an adversary to bind and map
    /// Held while a page changes hands, flush included. The host maps other system pages only under this and
    /// `rmp_lock`, so either lock is enough to read the map.
    Spinlock page_state_lock;
    std::uint64_t refused_dma = 0;  ///< counted by CPU 0
    model::RmpEntry launch_entry;
    abi::Vmsa* launch_vmsa = nullptr;

    std::array<Vcpu*, max_cpus> vcpus{};  ///< the same CPUs as `cpus`, with the host's part
    Spinlock idle_lock;
    unsigned idle_count GUARDED_BY(idle_lock) = 0;

    abi::CpuidPage cpuid;      ///< the host's answers; the guest's page is a copy made at launch
    GpaRange required_memory;  ///< the SVSM's own region, as the image asked
    model::host::Hooks hooks;  ///< when and how this machine lies; empty unless a test asks
    abi::adyton::Host host = abi::adyton::Host::Strict;
    /// Planes host: SEV_FEATURES of each level's first VMSA; 0: it has had none.
    std::array<std::atomic<std::uint64_t>, abi::vmpl_count> plane_features{};
    std::atomic<std::uint64_t> ap_jump_table{0};  ///< address that the guest has stored with its host
    GpaRange firmware_place;   ///< of the image's firmware, as the command line says; or empty
    GpaRange firmware_window;  ///< the same when the machine has RAM for it below 4 GiB: a PC with firmware
    PciWindows pci_windows;    ///< device memory that guests reach
    Spinlock firmware_lock;                       ///< before `rmp_lock`
    model::host::FirmwareConfig firmware GUARDED_BY(firmware_lock);
    std::uint32_t firmware_dma_high GUARDED_BY(firmware_lock) = 0;  ///< written, and not used yet
    static constexpr std::uint32_t no_firmware_item = ~0u;
    std::atomic<std::uint32_t> firmware_item{no_firmware_item};     ///< that a guest selected last
    std::atomic<std::uint8_t> system_control{0};                    ///< of port 92h: the gate of address line 20
    HostProperties properties;
    psp::Context amd_sp;
    model::psp::HostData host_data{};  ///< for reports
    bool lists_pages = false;  ///< each page of the launch is told on the channel, and the guest does not run
    std::uint8_t launch_rights = 0;  ///< of VMPL1 to 3 in pages of the launch (abi::Permission)
    Gpa secrets_page;                ///< where the launch put the secrets
    /// Adversary: an address of the guest to which two system pages are bound, while `hooks` has a pair. The
    /// guest that asks for this does one such attack at a time.
    struct Conspiracy {
        Gpa page;
        Spa first, second;  ///< the page at the beginning, and the one bound in addition
    } conspiracy;
    bool counts_instructions = false;  ///< the TSC counts instructions (-icount): costs are exact
    std::uint64_t start_ticks = 0;     ///< to the end of the launch, without the wait for the other CPUs

    /// QEMU's map calls the legacy area RAM, and has private memory there for its lower ROMs only, or where
    /// the image put some. Any other private access there ends the VM.
    [[nodiscard]] bool is_fatal_hole(Gpa page) const REQUIRES(rmp_lock) {
        constexpr GpaRange screen{Gpa{0xa'0000}, Gpa{0xc'0000}}, upper_roms{Gpa{0xe'0000}, Gpa{0x10'0000}};
        if (!properties.has(HostProperty::E820Hole)) return false;
        const bool is_loaded = rmp.contains(page.page()) && rmp.entry(page.page()).assigned;
        return (screen.contains(page) || upper_roms.contains(page)) && !is_loaded;
    }
};

/// The host that KVM and QEMU are together.
[[nodiscard]] inline bool is_kvm(const Machine& machine) { return machine.host == abi::adyton::Host::Kvm; }

}  // namespace snpemu

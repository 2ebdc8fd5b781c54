// SPDX-License-Identifier: MIT
// All state that the SVSM keeps about its guest.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <span>

#include "abi/snp/rmp.hpp"
#include "base/address.hpp"
#include "base/masked_index.hpp"
#include "base/thread_safety.hpp"
#include "svsm/guest/clock.hpp"
#include "svsm/guest/evict_lines.hpp"
#include "svsm/guest/guest_pages.hpp"
#include "svsm/guest/lock.hpp"
#include "svsm/guest/ram_map.hpp"

namespace svsm {
namespace psp {
class Channel;
}

/// A page of private memory: buffer for lists and page images.
struct alignas(page_bytes) PageBuffer {
    std::array<std::uint64_t, page_bytes / 8> words;
    [[nodiscard]] std::span<std::byte> bytes() { return std::as_writable_bytes(std::span{words}); }
};

/// The guest's levels on a vCPU: VMPL1 to 3.
inline constexpr std::array guest_levels{abi::Vmpl::Vmpl1, abi::Vmpl::Vmpl2, abi::Vmpl::Vmpl3};
/// Position of a level's slot: 0 for VMPL1.
[[nodiscard]] constexpr std::size_t slot_index(abi::Vmpl level) {
    const auto index = static_cast<std::size_t>(level) - 1;
    if (index >= guest_levels.size()) __builtin_trap();
    return masked_index(index, guest_levels.size());
}

/// The address of no page.
inline constexpr Gpa nowhere{~0ull};

/// A vCPU's state at one level: the newest VMSA created for it, and its calling area.
struct Slot {
    bool present = false;
    std::uint64_t generation = 0;  ///< of the vCPU when `vmsa` was put here
    std::uint64_t changed = 0;     ///< of the vCPU when anything here changed
    std::uint32_t vmsas = 0;       ///< existing for this level: the newest, and older ones that may still run
    Gpa vmsa{}, calling_area{};
    /// Calling area in the window of the vCPU's own CPU. It stays private until that CPU has unmapped it,
    /// even if the slot names another one.
    Gpa shown = nowhere;
};

/// One vCPU of the guest: the VMSAs and calling areas of its levels.
struct alignas(cache_line_bytes) Vcpu {
    std::uint32_t index = 0, apic_id = 0;
    bool is_boot = false;
    /// Grows, under Guest::lock, with every change of a slot; the vCPU's own CPU sees it and remaps its
    /// windows. 64 bits: a guest could make 32 bits wrap to the old value while that CPU sleeps.
    std::atomic<std::uint64_t> generation{0};
    /// Level whose windows the vCPU's own CPU is using; Vmpl0: none. See begin_service in request/serve.hpp.
    std::atomic<abi::Vmpl> in_service{abi::Vmpl::Vmpl0};
    std::array<Slot, guest_levels.size()> slots{};
    PageBuffer* scratch = nullptr;         ///< only its own CPU uses it
    SharedLock::Reader* reader = nullptr;  ///< its own of Guest::lock

    [[nodiscard]] Slot& slot(abi::Vmpl level) { return slots[slot_index(level)]; }
    [[nodiscard]] const Slot& slot(abi::Vmpl level) const { return slots[slot_index(level)]; }
};

/// Facts about the 2 MiB around an address, valid while Guest::lock is held. Lists name hundreds of
/// neighbours, so these facts answer most questions about an entry.
struct Surroundings {
    GpaRange range{};       ///< the 2 MiB; empty: of no address
    bool is_whole = false;  ///< all of it is guest memory, none the SVSM's
    GuestPages::Block block{};
    TicketLock* turn = nullptr;
    /// The guest may name every page of `range`.
    [[nodiscard]] bool is_all_free() const { return is_whole && block.objects == nullptr; }
};

/// The boot sets `ram`, `window`, `vmpl`, `sev_features`, `clock`, `lines`, `vcpus` and their identity once; the rest
/// changes under `lock`.
struct Guest {
    abi::Vmpl vmpl = abi::Vmpl::Vmpl1;
    std::uint64_t sev_features = 0;  ///< that every VMSA must have: those of the boot vCPU
    Clock clock;                     ///< of every VMSA, with Secure TSC
    HostLines lines = HostLines::Coherent;
    RamMap ram;         ///< without the SVSM's region, `legacy_area` and `window`
    GpaRange window{};  ///< loaded memory that a host may have in ROM: calls may validate it and nothing else
    Gpa startup_vmsa GUARDED_BY(lock){};  ///< the VMSA of the launch; it is never deleted
    std::span<Vcpu> vcpus;  ///< as many as the host has, by their numbers; never empty
    GuestPages pages GUARDED_BY(lock);
    SharedLock lock;
    RegionLocks regions;  ///< under a shared `lock`: one PVALIDATE at a time per region
    psp::Channel* amd_sp = nullptr;  ///< the boot sets it; what serves the guest's reports

    /// Null when no vCPU has that APIC ID.
    [[nodiscard]] Vcpu* find_vcpu(std::uint64_t apic_id);
    /// True when the page is memory of the guest without any object in it: PVALIDATE may name it. `page` is one
    /// of 4 KiB or 2 MiB.
    [[nodiscard]] bool is_free(GpaRange page) const REQUIRES_SHARED(lock) {
        return (ram.contains(page) || window.contains(page)) && pages.are_ordinary(page);
    }
    /// True when the page is valid, granted and no object: it may become a VMSA, a calling area or a deposit.
    /// A dirty page may not: the level that gets it back could read what it holds.
    [[nodiscard]] bool is_guests(GpaRange page) const REQUIRES_SHARED(lock) {
        return ram.contains(page) && pages.are_guests(page);
    }

    /// The 2 MiB around `page`; valid as long as `lock` is held.
    [[nodiscard]] Surroundings look_around(Gpa page) REQUIRES_SHARED(lock);
    /// `is_free`, answered from the facts about the 2 MiB around `page` where they suffice.
    [[nodiscard]] bool is_free(GpaRange page, const Surroundings& around) const REQUIRES_SHARED(lock) {
        if (!around.is_whole) return is_free(page);
        if (around.block.objects == nullptr) return true;
        return page.size() == page_bytes && PrivateObjects::is_ordinary(*around.block.objects, page.begin);
    }

    // Changes of the slots, under `lock`. The table of objects must have room.

    /// Gives `vcpu` a VMSA (a dirty page, or one of the SVSM) and a calling area (a page of the guest, or the
    /// area it has) at `level`, in place of the old ones. The old VMSA may still run, so it stays private
    /// until the guest deletes it.
    void set_vcpu(Vcpu& vcpu, abi::Vmpl level, Gpa vmsa, Gpa calling_area) REQUIRES(lock);
    /// Moves the calling area of `slot`, which is the one of `level` and has a VMSA.
    void move_calling_area(Vcpu& vcpu, abi::Vmpl level, Slot& slot, Gpa calling_area) REQUIRES(lock);
    /// True when the CPU of `vcpu` is not working on a call of `level`; it cannot begin one before the caller
    /// releases the lock.
    [[nodiscard]] bool stop_service(Vcpu& vcpu, abi::Vmpl level) REQUIRES(lock);
    /// Makes the VMSA of `vcpu` at `level`, which is not in service, a dirty page. If it was the newest, the
    /// slot becomes empty and the calling area a page of the guest.
    void remove_vmsa(Vcpu& vcpu, abi::Vmpl level, Gpa vmsa) REQUIRES(lock);

private:
    void abandon_calling_area(const Vcpu& vcpu, abi::Vmpl level, Slot& slot, Gpa calling_area) REQUIRES(lock);
};

}  // namespace svsm

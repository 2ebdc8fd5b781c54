// SPDX-License-Identifier: MIT
// Everything the SVSM remembers about its guest.
#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <span>

#include "abi/snp/rmp.hpp"
#include "base/address.hpp"
#include "svsm/guest/lock.hpp"
#include "svsm/guest/memory_map.hpp"
#include "svsm/guest/private_objects.hpp"

namespace svsm {

inline constexpr std::uint32_t max_vcpus = 64;

/// A page of private memory in which lists and page images are put together.
struct alignas(page_bytes) PageBuffer {
    std::array<std::uint64_t, page_bytes / 8> words;
    [[nodiscard]] std::span<std::byte> bytes() { return std::as_writable_bytes(std::span{words}); }
};

/// One vCPU of the guest: which pages it calls through. A vCPU has one guest VMSA at a time, the newest.
struct alignas(64) Vcpu {
    std::uint32_t index = 0, apic_id = 0;
    bool is_boot = false;
    /// Grows, under Guest::lock, with every change of what follows; the vCPU's own CPU sees it and remaps its
    /// windows.
    std::atomic<std::uint32_t> generation{0};
    bool present = false;  ///< false: no VMSA yet
    abi::Vmpl vmpl = abi::Vmpl::Vmpl1;
    Gpa vmsa{}, calling_area{};
    PageBuffer* scratch = nullptr;  ///< only its own CPU uses it
};

/// `ram`, `vmpl`, `sev_features` and the identity of the vCPUs stay as the boot made them; the rest changes
/// under `lock`.
struct Guest {
    abi::Vmpl vmpl = abi::Vmpl::Vmpl1;
    std::uint64_t sev_features = 0;  ///< that every VMSA must have: those of the boot vCPU
    RamMap ram;                      ///< without the SVSM's region
    std::uint32_t vcpu_count = 0;
    std::array<Vcpu, max_vcpus> vcpus{};
    PrivateObjects objects;
    SharedLock lock;
    RegionLocks regions;  ///< under a shared `lock`: one PVALIDATE at a time per region

    [[nodiscard]] std::span<Vcpu> all_vcpus() { return std::span{vcpus}.first(vcpu_count); }
    /// Null when no vCPU has that APIC ID.
    [[nodiscard]] Vcpu* find_vcpu(std::uint64_t apic_id);
    /// Gives `vcpu` a VMSA and calling area and makes both private. There must be room in `objects`. Under
    /// `lock`.
    void set_vcpu(Vcpu& vcpu, abi::Vmpl level, Gpa vmsa, Gpa calling_area);
};

}  // namespace svsm

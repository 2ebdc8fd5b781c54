// SPDX-License-Identifier: MIT
// What this guest keeps about each of its vCPUs, and where a vCPU finds its own.
#pragma once
#include <atomic>
#include <cstdint>

#include "abi/adyton/guest_info.hpp"
#include "abi/adyton/limits.hpp"
#include "abi/snp/ghcb.hpp"
#include "abi/snp/vmsa.hpp"
#include "abi/svsm/calling_area.hpp"
#include "base/address.hpp"

namespace guest {

using abi::adyton::max_vcpus;

/// GS points here on every vCPU: the boot vCPU sets the base itself, the others find it in their VMSA.
struct Vcpu {
    Vcpu* self = nullptr;  ///< first, so that GS:0 is the address of all this
    std::uint32_t index = 0;
    Gpa ghcb_gpa{};
    abi::Ghcb* ghcb = nullptr;  ///< seen through a mapping without C-bit; null until registered
    Gpa calling_area{};
    abi::Vmsa* vmsa = nullptr;      ///< null on the boot vCPU, whose VMSA is the SVSM's
    void (*run)(Vcpu&) = nullptr;   ///< what this vCPU was started for
    std::atomic<bool> done{false};  ///< `run` has returned
    Gpa work{};                     ///< for `run`: what it works on, its own
    std::atomic<std::uint32_t> calls{0},
        wrong{0};  ///< for `run`: SVSM calls made, answers that were not right
};

[[nodiscard]] inline Vcpu& this_vcpu() {
    Vcpu* self;
    asm volatile("mov %%gs:0, %0" : "=r"(self));
    return *self;
}

/// What the SVSM handed to the boot vCPU.
[[nodiscard]] const abi::adyton::GuestInfo& info();

/// APIC id of the vCPU with that number; hosts leave gaps between the ids.
[[nodiscard]] inline std::uint32_t apic_id_of(unsigned index) { return info().apic_ids[index]; }
/// An id that no vCPU has.
[[nodiscard]] inline std::uint32_t unknown_apic_id() {
    std::uint32_t highest = 0;
    for (unsigned i = 0; i < info().cpu_count; ++i)
        if (apic_id_of(i) > highest) highest = apic_id_of(i);
    return highest + 1;
}

// Identity map: a guest-physical address below 4 GiB is a pointer.
[[nodiscard]] inline Gpa gpa_of(const volatile void* at) { return Gpa{reinterpret_cast<std::uintptr_t>(at)}; }
template <class T>
[[nodiscard]] T* pointer_to(Gpa at) {
    return reinterpret_cast<T*>(at.value());  // NOLINT: identity map
}

}  // namespace guest

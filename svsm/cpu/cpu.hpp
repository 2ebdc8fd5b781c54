// SPDX-License-Identifier: MIT
// The SVSM's data for each CPU, found through the GS base.
//
//   GS base -> +0  self          so that one load turns the segment base into a pointer
//              ..  everything else is reached through that pointer, in C++
#pragma once
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "abi/snp/ghcb.hpp"
#include "abi/x86/descriptor.hpp"
#include "base/address.hpp"
#include "machine/machine.hpp"

namespace svsm {
struct Guest;
struct Vcpu;
}  // namespace svsm

namespace svsm::cpu {

/// Life of an application processor. The CPU that changes the status releases it; readers acquire it.
enum class ApStatus : std::uint32_t { Offline, Starting, Started };

/// A window: its page-table entry and its virtual address.
struct WindowSlot {
    std::uint64_t* entry = nullptr;
    Va va{};
};

struct Cpu {
    Cpu* self = this;
    std::uint32_t index = 0, apic_id = 0;
    std::atomic<ApStatus> status = ApStatus::Offline;
    bool has_console = false;   ///< the GHCB is registered
    abi::Ghcb* ghcb = nullptr;  ///< null until the page is shared
    Gpa ghcb_gpa{};
    std::uint64_t window_flags = 0;  ///< everything in a window's entry but the address
    WindowSlot windows[machine::window_count];
    Va stack_top{};  ///< of an application processor
    Guest* guest = nullptr;
    Vcpu* vcpu = nullptr;  ///< the guest's side of this CPU
    std::array<std::uint64_t, 5> gdt{};
    abi::TaskState tss{};

    /// Every access to guest memory looks its window up here, so the check for a wrapping address is off: the
    /// index is checked against the length of `windows`, and no element of an object wraps.
    [[nodiscard]] [[clang::no_sanitize("pointer-overflow")]] WindowSlot& window(machine::Window which) {
        return windows[static_cast<std::size_t>(which)];
    }
};
static_assert(offsetof(Cpu, self) == 0, "this_cpu() loads it from GS:0");
static_assert(sizeof(Cpu) <= page_bytes);

/// This CPU's area. Never null once svsm_main or ap_entry has begun.
inline Cpu& this_cpu() {
    Cpu* cpu;
    // Not volatile: a CPU never changes its own GS base, so the compiler may load it once.
    asm("movq %%gs:0, %0" : "=r"(cpu));
    return *cpu;
}

}  // namespace svsm::cpu

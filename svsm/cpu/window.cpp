// SPDX-License-Identifier: MIT
// Windows into guest memory: one page-table entry each, which only this CPU uses, so a change needs no flush
// on other CPUs.
#include "abi/x86/paging.hpp"
#include "machine/machine.hpp"
#include "svsm/cpu/cpu.hpp"
#include "svsm/mm/translation.hpp"

namespace {

/// Volatile: the CPU's page walker reads the entry, which the compiler cannot know.
void set_entry(const svsm::cpu::WindowSlot& slot, std::uint64_t entry) {
    *static_cast<volatile std::uint64_t*>(slot.entry) = entry;
}

}  // namespace

Va machine::map_window(Window window, Gpa page) {
    auto& cpu = svsm::cpu::this_cpu();
    const auto& slot = cpu.window(window);
    const auto large = window == Window::Scratch2M ? abi::Pte::large : 0;
    set_entry(slot, page.value() | cpu.window_flags | large);
    return slot.va;
}

void machine::unmap_window(Window window) {
    const auto& slot = svsm::cpu::this_cpu().window(window);
    set_entry(slot, 0);
    svsm::mm::invalidate_page(slot.va);
}

// SPDX-License-Identifier: MIT
// Windows into guest memory: one page-table entry each, of this CPU alone, so nobody else has to be told of a
// change.
#include "abi/x86/paging.hpp"
#include "machine/machine.hpp"
#include "svsm/cpu/cpu.hpp"
#include "svsm/cpu/instructions.hpp"

namespace {

void set_entry(const svsm::cpu::WindowSlot& slot, std::uint64_t entry) {
    // Volatile: the page walker is the reader, and the compiler does not know it.
    *static_cast<volatile std::uint64_t*>(slot.entry) = entry;
    svsm::cpu::invalidate_page(slot.va);
}

}  // namespace

Va machine::map_window(Window window, Gpa page) {
    const auto& cpu = svsm::cpu::this_cpu();
    const auto& slot = cpu.windows[static_cast<std::size_t>(window)];
    const auto large = window == Window::Scratch2M ? abi::Pte::large : 0;
    set_entry(slot, page.value() | cpu.window_flags | large);
    return slot.va;
}

void machine::unmap_window(Window window) {
    set_entry(svsm::cpu::this_cpu().windows[static_cast<std::size_t>(window)], 0);
}

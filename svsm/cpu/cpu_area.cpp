// SPDX-License-Identifier: MIT
#include "svsm/cpu/cpu_area.hpp"

#include "abi/adyton/limits.hpp"
#include "abi/x86/paging.hpp"
#include "svsm/cpu/tables.hpp"

namespace svsm::cpu {
namespace {

struct Layout {
    static constexpr unsigned stack = 1, stack_pages = 4, first_exception_stack = 6, first_window = 12;
};
static_assert(Layout::stack + Layout::stack_pages < Layout::first_exception_stack,
              "a guard page lies between");
static_assert(Layout::first_exception_stack + 2 * ist_count <= Layout::first_window);
static_assert(abi::adyton::svsm_link_base + abi::adyton::svsm_max_bytes <= cpu_area_base.value());
// All areas stay below the end of the address space, under one table of the third level.
static_assert(cpu_area_base.value() + abi::adyton::max_vcpus * cpu_area_stride <= 0xffff'ffff'e000'0000);

static_assert(cpu_area_base.is_aligned(large_page_bytes) && cpu_area_stride % large_page_bytes == 0 &&
                  Layout::first_window + machine::window_count <= abi::page_table_entries,
              "all small windows of a CPU have their entries in one table");

constexpr Va page_of(const Cpu& cpu, unsigned page) {
    return cpu_area_base + cpu.index * cpu_area_stride + page * page_bytes;
}

BootResult map_stack(mm::Memory& memory, Va bottom, unsigned pages) {
    for (unsigned i = 0; i < pages; ++i) {
        const auto page = TRY(memory.pages.allocate());
        TRY_VOID(memory.map(bottom + i * page_bytes, page));
    }
    return {};
}

BootResult build_exception_stacks(mm::Memory& memory, Cpu& cpu) {
    for (unsigned i = 0; i < ist_count; ++i) {
        const auto bottom = page_of(cpu, Layout::first_exception_stack + 2 * i);
        TRY_VOID(map_stack(memory, bottom, 1));
        set_exception_stack(cpu, static_cast<Ist>(i + 1), bottom + page_bytes);
    }
    return {};
}

BootResult build_windows(mm::Memory& memory, Cpu& cpu) {
    using machine::Window;
    constexpr auto small_windows = static_cast<unsigned>(Window::Scratch2M);
    // The entries of the first 2 MiB lie side by side: one walk for all windows.
    auto* const entries = TRY(memory.make_entry(page_of(cpu, Layout::first_window), 1));
    for (unsigned window = 0; window < small_windows; ++window)
        cpu.window(static_cast<Window>(window)) = {entries + window,
                                                   page_of(cpu, Layout::first_window + window)};
    const auto large = page_of(cpu, 0) + large_page_bytes;
    cpu.window(Window::Scratch2M) = {TRY(memory.make_entry(large, 2)), large};
    cpu.window_flags = memory.data_flags();
    return {};
}

}  // namespace

BootResult build_cpu_area(mm::Memory& memory, Cpu& cpu) {
    if (cpu.index != 0) TRY_VOID(map_stack(memory, page_of(cpu, Layout::stack), Layout::stack_pages));
    cpu.stack_top = page_of(cpu, Layout::stack + Layout::stack_pages);
    TRY_VOID(build_exception_stacks(memory, cpu));
    return build_windows(memory, cpu);
}

}  // namespace svsm::cpu

// SPDX-License-Identifier: MIT
// What all CPUs of the emulated silicon share: memory and its RMP, the tables through which CPUs and devices see it.
#pragma once
#include <array>

#include "abi/snp/rmp.hpp"
#include "kern/spinlock.hpp"
#include "snpemu/mm/heap.hpp"
#include "snpemu/silicon/device_table.hpp"
#include "snpemu/silicon/guest_memory.hpp"
#include "snpemu/silicon/nested_table.hpp"
#include "snpemu/silicon/stale_lines.hpp"

namespace snpemu {

inline constexpr unsigned max_cpus = 64;

}  // namespace snpemu

namespace snpemu::silicon {

struct Cpu;

struct Memory {
    Memory(GuestRam guest_ram, model::Rmp table, NestedShape shape)
        : ram{guest_ram},
          rmp{table},
          c_bit{shape.c_bit},
          nested{NestedTables{shape}, NestedTables{shape}, NestedTables{shape}, NestedTables{shape}} {}

    GuestRam ram;
    model::Rmp rmp;        ///< guarded by rmp_lock, and so are the nested tables
    const unsigned c_bit;  ///< position of the address bit that says "private"
    Spinlock rmp_lock;
    bool owes_flush = false;  ///< guarded by rmp_lock: pages were hidden and no TLB was flushed since
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
    StaleLines stale;  ///< empty unless this silicon has them; guarded by rmp_lock

    unsigned cpu_count = 1;
    std::array<Cpu*, max_cpus> cpus{};  ///< the first `cpu_count`, by number

    /// Memory as a CPU's own accesses reach it. The caller holds `rmp_lock`.
    [[nodiscard]] GuestMemory through_rmp() { return {ram, rmp}; }
};

}  // namespace snpemu::silicon

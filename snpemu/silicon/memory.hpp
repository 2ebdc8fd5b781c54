// SPDX-License-Identifier: MIT
// The part of the emulated silicon that all CPUs share: memory and its RMP, and the tables through which CPUs
// and devices reach it.
#pragma once
#include <array>

#include "abi/adyton/limits.hpp"
#include "abi/snp/rmp.hpp"
#include "base/thread_safety.hpp"
#include "kern/spinlock.hpp"
#include "model/processor.hpp"
#include "snpemu/mm/heap.hpp"
#include "snpemu/silicon/device_table.hpp"
#include "snpemu/silicon/guest_memory.hpp"
#include "snpemu/silicon/nested_table.hpp"
#include "snpemu/silicon/stale_lines.hpp"

namespace snpemu {

inline constexpr unsigned max_cpus = abi::adyton::max_vcpus;  ///< each carries one vCPU

}  // namespace snpemu

namespace snpemu::silicon {

struct Cpu;

struct Memory {
    Memory(GuestRam guest_ram, model::Rmp table, NestedShape shape)
        : ram{guest_ram},
          c_bit{shape.c_bit},
          rmp{table},
          nested{NestedTables{shape}, NestedTables{shape}, NestedTables{shape}, NestedTables{shape}} {}

    GuestRam ram;
    const unsigned c_bit;  ///< position of the address bit that says "private"
    Spinlock rmp_lock;
    model::Rmp rmp GUARDED_BY(rmp_lock);
    bool owes_flush GUARDED_BY(rmp_lock) = false;  ///< pages were unmapped, and no CPU has flushed since
    GpaRange changing_hands GUARDED_BY(rmp_lock);  ///< what the host is about to scramble
    /// Per VMPL; at each VMRUN a CPU chooses one of the two by its CR0.PG.
    struct NestedTables {
        explicit NestedTables(NestedShape shape) : paged{Paging::On, shape}, unpaged{Paging::Off, shape} {}
        NestedTable paged, unpaged;
        [[nodiscard]] NestedTable& of(Paging paging) { return paging == Paging::On ? paged : unpaged; }
        /// In both, at both addresses; true when something had been mapped. A private page may be mapped at its plain
        /// address too, for walks and fetches.
        bool unmap(Gpa page, PageSize size) {
            bool was_mapped = paged.unmap(page, size, model::Encryption::Private);
            was_mapped |= paged.unmap(page, size, model::Encryption::Shared);
            return unpaged.unmap(page, size, model::Encryption::Private) || was_mapped;
        }
    };
    std::array<NestedTables, abi::vmpl_count> nested GUARDED_BY(rmp_lock);
    /// The memory that devices reach. Follows the RMP: pages that are assigned to the guest are not mapped.
    DeviceTable devices GUARDED_BY(rmp_lock){[] { return heap::reserve_pages(1); }};
    std::byte* ciphertext GUARDED_BY(rmp_lock) = nullptr;  ///< pages of noise, see ciphertext.cpp
    StaleLines stale GUARDED_BY(rmp_lock);  ///< empty unless this silicon has them

    std::uint32_t tsc_mhz = 0;   ///< that GUEST_TSC_FREQ shows
    model::Processor processor;  ///< what each CPU has of what a VMSA may ask for
    unsigned cpu_count = 1;
    std::array<Cpu*, max_cpus> cpus{};  ///< the first `cpu_count`, by number

    /// Memory as a CPU's own accesses reach it; `walks` are that CPU's.
    [[nodiscard]] GuestMemory through_rmp(RememberedWalks* walks = nullptr) REQUIRES(rmp_lock) {
        return {ram, rmp, walks};
    }
    /// Whether a CPU runs the VMSA in this page. The caller unmaps it for every level that could write it.
    /// [APM2 "VMSA Pages"]
    void set_in_use(model::RmpEntry& vmsa, bool is_in_use) REQUIRES(rmp_lock) { vmsa.in_use = is_in_use; }
    /// Root of the nested table that a CPU at `vmpl` walks. Needs no lock, at each VMRUN: the tables below a
    /// root change, the address of the root never does.
    [[nodiscard]] std::uint64_t root_for(abi::Vmpl vmpl, Paging paging) NO_THREAD_SAFETY_ANALYSIS {
        return nested[static_cast<unsigned>(vmpl)].of(paging).root();
    }
};

}  // namespace snpemu::silicon

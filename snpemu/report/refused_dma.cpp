// SPDX-License-Identifier: MIT
#include "abi/x86/vtd.hpp"
#include "snpemu/log/log.hpp"
#include "snpemu/report/report.hpp"
#include "snpemu/silicon/iommu.hpp"

namespace snpemu {

void report_refused_dma(Machine& machine) {
    const auto refusal = iommu::take_refusal();
    if (!refusal) return;
    // A driver that goes wrong does so a thousand times; the first ones tell all.
    constexpr std::uint64_t most_told = 8;
    if (++machine.refused_dma > most_told) return;
    using abi::vtd::SourceId;
    // Read without the lock, which the stopping CPU may hold; diagnostic only.
    const char* const why = !machine.ram.contains(refusal->page) || !machine.rmp.contains(refusal->page)
                                ? "no-memory"
                            : machine.rmp.entry(refusal->page).assigned ? "private"
                                                                        : "was-private";
    print("* kind=dma bus={} device={} function={} access={} gpa=0x{:x} why={}",
          SourceId::Bus::get(refusal->source), SourceId::Device::get(refusal->source),
          SourceId::Function::get(refusal->source), refusal->was_write ? "write" : "read", refusal->page,
          why);
}

}  // namespace snpemu

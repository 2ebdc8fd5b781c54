// SPDX-License-Identifier: MIT
#include "abi/x86/vtd.hpp"
#include "snpemu/log/log.hpp"
#include "snpemu/report/report.hpp"
#include "snpemu/silicon/iommu.hpp"

namespace snpemu {
namespace {

/// Read without the lock, which the stopping CPU may hold; diagnostic only.
const char* reason_for(const Machine& machine, Gpa page) NO_THREAD_SAFETY_ANALYSIS {
    if (!machine.ram.contains(page) || !machine.rmp.contains(page)) return "no-memory";
    return machine.rmp.entry(page).assigned ? "private" : "was-private";
}

}  // namespace

void report_refused_dma(Machine& machine) {
    const auto refusal = iommu::take_refusal();
    if (!refusal) return;
    // A faulty driver causes a thousand refusals; the first few tell the user enough.
    constexpr std::uint64_t most_told = 8;
    if (++machine.refused_dma > most_told) return;
    using abi::vtd::SourceId;
    print("* kind=dma bus={} device={} function={} access={} gpa=0x{:x} why={}",
          SourceId::Bus::get(refusal->source), SourceId::Device::get(refusal->source),
          SourceId::Function::get(refusal->source), refusal->was_write ? "write" : "read", refusal->page,
          reason_for(machine, refusal->page));
}

}  // namespace snpemu

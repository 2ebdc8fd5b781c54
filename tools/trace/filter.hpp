// SPDX-License-Identifier: MIT
// The part of a trace that the user wants to see.
#pragma once
#include <optional>
#include <set>
#include <string>

#include "tools/trace/file.hpp"

namespace tools::trace {

struct Filter {
    std::set<std::uint32_t> cpus, vmpls;  ///< empty: all
    std::set<Kind> kinds;
    std::uint64_t from = 0, to = ~std::uint64_t{0};  ///< ticks, both included

    [[nodiscard]] bool shows_cpu(std::uint32_t cpu) const { return cpus.empty() || cpus.contains(cpu); }
    [[nodiscard]] bool shows(const Event& event) const {
        return shows_cpu(event.cpu) && (vmpls.empty() || vmpls.contains(event.vmpl)) &&
               (kinds.empty() || kinds.contains(event.kind)) && event.time >= from && event.time <= to;
    }
    [[nodiscard]] bool is_everything() const {
        return cpus.empty() && vmpls.empty() && kinds.empty() && from == 0 && to == ~std::uint64_t{0};
    }
};

/// As typed: lists with commas, times like 1.5ms (plain numbers are microseconds since the first record), a
/// focus like call:pvalidate, call:pvalidate:3, ap:2, aps.
struct RawFilter {
    std::string cpu, vmpl, kind, from, to, focus;
};
[[nodiscard]] Result<Filter> parse_filter(const RawFilter& raw, const Trace& trace);

/// Cuts out what `focus` names: sets times and vCPUs of `filter`. "call:NAME[:N]" is the Nth call of that
/// name from the guest's request to the answer, "ap:N" the start of vCPU N, "aps" that of all.
[[nodiscard]] Result<void> apply_focus(const std::string& focus, const Trace& trace, Filter& filter);

}  // namespace tools::trace

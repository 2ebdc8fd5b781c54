// SPDX-License-Identifier: MIT
#include "snpemu/trace/recorded.hpp"

#include "snpemu/log/log.hpp"

namespace snpemu::trace {
namespace {
constinit bool logs_events = false;
}  // namespace

void record(Recorded& who, const char* what, std::uint64_t a, std::uint64_t b) {
    who.history[who.history_next++ % who.history.size()] = {cpu::timestamp(), what,
                                                            static_cast<unsigned>(who.current), a, b};
    if (logs_events) log("cpu={} vmpl={} {} 0x{:x} 0x{:x}", who.id, who.current, what, a, b);
}

void log_events() { logs_events = true; }

}  // namespace snpemu::trace

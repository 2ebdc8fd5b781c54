// SPDX-License-Identifier: MIT
// The machine's own channel (QEMU's debug console): log lines, the verdict at the end, and the dump before
// it.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "base/format.hpp"

namespace snpemu {

struct Machine;
struct Vcpu;

/// Writes one whole line.
void write_line(std::string_view line);

template <class... Args>
void log(base::FormatString<std::type_identity_t<Args>...> format, const Args&... args) {
    char text[256] = "# ";
    const auto body = base::format_to<Args...>(std::span{text}.subspan(2), format, args...);
    write_line({text, body.size() + 2});
}

/// Remembers the event for the dump; with the `trace` option it is also logged at once.
void record(Machine& machine, Vcpu& vcpu, const char* what, std::uint64_t a = 0, std::uint64_t b = 0);

/// Tells the user when a device was refused memory, at once: its driver will wait for ever. One refusal per
/// call, the first few only; all are counted.
void report_refused_dma(Machine& machine);

/// Tells `stop` which machine to dump.
void set_machine(Machine& machine);

/// Ends the run: freezes the other CPUs, prints history, vCPU states, counters, then `! <verdict>`.
[[noreturn]] void stop_with(std::string_view verdict);

template <class... Args>
[[noreturn]] void stop(base::FormatString<std::type_identity_t<Args>...> format, const Args&... args) {
    char text[256];
    stop_with(base::format_to<Args...>(std::span{text}, format, args...));
}
/// A broken invariant of the machine itself.
[[noreturn]] void stop_internal(std::string_view what);

/// Text as one word of a verdict: spaces become dashes.
struct OneWord {
    explicit OneWord(std::string_view text) {
        for (const char c : text)
            if (size < sizeof chars) chars[size++] = c == ' ' ? '-' : c;
    }
    operator std::string_view() const {
        return {chars, size};
    }  // NOLINT: a view of itself, to be printed at once
    char chars[96];
    std::size_t size = 0;
};

/// True once somebody stops the machine: every other CPU then parks itself.
[[nodiscard]] bool is_stopping();
/// Halts this CPU for good.
[[noreturn]] void park();

}  // namespace snpemu

// SPDX-License-Identifier: MIT
// The end of the run. Every floor may stop the machine, and only the top floor knows the whole state: `stop`
// is declared here and defined in report/stop.cpp.
#pragma once
#include <span>
#include <string_view>

#include "base/format.hpp"

namespace snpemu {

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
    }  // NOLINT: a view of this object, which its caller prints at once
    char chars[96];
    std::size_t size = 0;
};

/// True once a CPU stops the machine: every other CPU then parks itself.
[[nodiscard]] bool is_stopping();
/// Halts this CPU for good.
[[noreturn]] void park();

}  // namespace snpemu

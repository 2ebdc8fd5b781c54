// SPDX-License-Identifier: MIT
#include "guest/lib/check.hpp"

#include <span>

#include "guest/lib/console.hpp"

extern "C" const guest::Check __checks_begin[], __checks_end[];

namespace guest {
namespace {
constinit bool current_failed = false;
}

void fail_check(std::string_view file, int line, std::string_view condition) {
    current_failed = true;
    say("# {}:{}: {}", file, line, condition);
}

unsigned check_count() { return static_cast<unsigned>(__checks_end - __checks_begin); }

unsigned run_checks() {
    const std::span checks{__checks_begin, __checks_end};
    say("1..{}", checks.size());
    unsigned number = 0, failures = 0;
    for (const Check& check : checks) {
        current_failed = false;
        check.run();
        ++number;
        failures += current_failed ? 1 : 0;
        say("{} {} {}", current_failed ? "not ok" : "ok", number, check.title);
    }
    return number == 0 ? 1 : failures;
}

}  // namespace guest

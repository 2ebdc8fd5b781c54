// SPDX-License-Identifier: MIT
#include "guest/conformance/suite.hpp"

#include <atomic>
#include <span>
#include <string_view>

#include "base/format.hpp"
#include "guest/conformance/platform.hpp"
#include "kern/spinlock.hpp"

extern "C" const conf::Check __checks_begin[], __checks_end[];
/// Number of the check that runs alone, written into the file before it is loaded; 0: all run.
extern "C" {
[[gnu::used, gnu::section(".data")]] constinit volatile std::uint32_t conformance_alone = 0;
}

namespace conf {
namespace {

/// State of the running check.
constinit std::atomic<bool> failed{false};
constinit Spinlock complaint_lock{};
constinit Complaint first_complaint{};
constinit unsigned complaining_vcpu = 0, complaining_vmpl = 0;
constinit const char *row_text = nullptr, *skip_reason = nullptr;
constinit std::uint64_t row_number = 0;

template <class... Args>
void print(base::FormatString<std::type_identity_t<Args>...> format, const Args&... args) {
    char line[256];
    platform::print(base::format_to(line, format, args...));
}

/// What TAP 13 calls a diagnostic block.
void explain(const Check& check) {
    print("  ---");
    print("  reference: {}", check.reference);
    if (check.is_choice)
        print("  choice: the specification is silent here; docs/conformance.md says what we chose");
    print("  at: {}:{}", first_complaint.file, first_complaint.line);
    print("  on: vCPU {}, VMPL {}", complaining_vcpu, complaining_vmpl);
    if (row_text != nullptr) print("  row: {} (0x{:x})", row_text, row_number);
    print("  condition: {}", first_complaint.what);
    if (first_complaint.has_values) {
        print("  found: 0x{:x}", first_complaint.found);
        print("  expected: 0x{:x}", first_complaint.expected);
    }
    print("  ...");
}

/// True when it passed or does not apply.
bool run_one(const Check& check, unsigned number) {
    failed = false;
    row_text = skip_reason = nullptr;
    check.run();
    const char* const choice = check.is_choice ? ", choice" : "";
    if (failed) {
        print("not ok {} - {} [{}{}]", number, check.name, check.reference, choice);
        explain(check);
        return false;
    }
    if (skip_reason != nullptr)
        print("ok {} - {} # SKIP {}", number, check.name, skip_reason);
    else
        print("ok {} - {} [{}{}]", number, check.name, check.reference, choice);
    return true;
}

/// The name comes first: a check that ends the machine has one too.
unsigned run_alone(std::span<const Check> checks, unsigned number) {
    if (number > checks.size()) return 1;
    print("# alone: {}", checks[number - 1].name);
    return run_one(checks[number - 1], number) ? 0 : 1;
}

}  // namespace

void complain(const Complaint& complaint) {
    const LockGuard guard{complaint_lock};
    if (failed) return;
    first_complaint = complaint;
    complaining_vcpu = platform::self().vcpu;
    complaining_vmpl = platform::self().vmpl;
    failed = true;
}

void row(const char* text, std::uint64_t number) {
    row_text = text;
    row_number = number;
}

void skip(const char* why) { skip_reason = why; }
bool has_failed() { return failed; }

unsigned run_suite() {
    const std::span checks{__checks_begin, __checks_end};
    print("TAP version 13");
    print("# SVSM core protocol on {} vCPUs at VMPL {}", platform::vcpu_count(), platform::vmpl());
    print("1..{}", checks.size());
    if (conformance_alone != 0) return run_alone(checks, conformance_alone);
    unsigned number = 0, failures = 0, skipped = 0, choices = 0;
    for (const Check& check : checks) {
        const bool is_good = run_one(check, ++number);
        if (!is_good) ++failures;
        if (!is_good && check.is_choice) ++choices;
        if (skip_reason != nullptr) ++skipped;
    }
    print("# conformance: {} of {} checks passed, {} skipped, {} failed", number - failures - skipped, number,
          skipped, failures);
    if (choices > 0) print("# {} of the failed ones judge what the specification leaves open", choices);
    return number == 0 ? 1 : failures;
}

}  // namespace conf

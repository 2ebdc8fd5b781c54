// SPDX-License-Identifier: MIT
// One TAP document out of many launches.
#include "tools/run/alone.hpp"

#include <charconv>

#include "base/result.hpp"
#include "tools/run/execute.hpp"
#include "tools/support/terminal.hpp"

namespace tools::run {
namespace {

/// The next line, without its end; `text` loses it.
std::string_view take_line(std::string_view& text) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

using Kind = AloneReport::Result;
std::optional<Kind> result_of(std::string_view line) {
    if (line.starts_with("not ok ")) return Kind::Failed;
    if (!line.starts_with("ok ")) return std::nullopt;
    return line.find(" # SKIP ") == std::string_view::npos ? Kind::Passed : Kind::Skipped;
}

struct Tally {
    unsigned passed = 0, skipped = 0, failed = 0, ended = 0, choices = 0;
};

void count(Tally& tally, const AloneReport& report, bool is_good) {
    if (is_good) return void(report.result == Kind::Skipped ? ++tally.skipped : ++tally.passed);
    ++tally.failed;
    if (report.result != Kind::Failed) ++tally.ended;
    if (report.is_choice) ++tally.choices;
}

/// A run that ended before the check, or with it.
std::string ended(unsigned number, const AloneReport& report, const verdict::Outcome& outcome) {
    const std::string name = report.name.empty() ? "the suite did not begin" : report.name;
    return formatted("not ok {} - {}\n  ---\n  ended: {}\n  ...\n", number, name, outcome.sentence);
}

std::string summary(const Tally& tally, unsigned checks) {
    std::string text =
        formatted("# conformance: {} of {} checks passed, {} skipped, {} failed, of which {} ended the run\n",
                  tally.passed, checks, tally.skipped, tally.failed, tally.ended);
    if (tally.choices > 0)
        text +=
            formatted("# {} of the failed ones judge what the specification leaves open\n", tally.choices);
    return text;
}

/// All launches; 128 and the signal when the user ends one.
Result<int> run_all(Options options) {
    Tally tally;
    options.quiet = true;
    unsigned checks = 1;
    for (unsigned number = 1; number <= checks; ++number) {
        options.only_check = number;
        const Execution done = TRY(attempt(options));
        if (done.session.ending.kind == qemu::Ending::Kind::Interrupted)
            return 128 + done.session.ending.signal;
        const AloneReport report = read_alone(done.session.console);
        if (number == 1 && report.checks == 0)
            return problem("the suite did not begin: {}\n{}", done.outcome.sentence, done.diagnosis);
        if (number == 1) checks = report.checks;
        if (number == 1) print_out(formatted("{}1..{}\n", report.about, checks));
        const bool is_good = report.result != Kind::None && done.outcome.code == ExitCode::Success;
        const bool has_answer = is_good || report.result == Kind::Failed;
        print_out(has_answer ? report.lines : ended(number, report, done.outcome));
        count(tally, report, is_good);
    }
    print_out(summary(tally, checks));
    return static_cast<int>(tally.failed == 0 ? ExitCode::Success : ExitCode::GuestFailed);
}

}  // namespace

AloneReport read_alone(std::string_view console) {
    constexpr std::string_view plan = "1..", alone = "# alone: ";
    AloneReport report;
    std::string before;
    while (!console.empty()) {
        const std::string_view line = take_line(console);
        const auto result = result_of(line);
        if (line.starts_with(plan) && report.checks == 0) {
            std::from_chars(line.data() + plan.size(), line.data() + line.size(), report.checks);
            report.about = std::move(before);
        } else if (line.starts_with(alone)) {
            report.name = line.substr(alone.size());
        } else if (result && report.result == Kind::None) {
            report.result = *result;
            report.is_choice = line.ends_with(", choice]");
        }
        if (report.checks == 0) before += formatted("{}\n", line);
        if (report.result != Kind::None && (result || line.starts_with("  ")))
            report.lines += formatted("{}\n", line);
    }
    return report;
}

int run_alone(const Options& options) { return exit_code_of(run_all(options)); }

}  // namespace tools::run

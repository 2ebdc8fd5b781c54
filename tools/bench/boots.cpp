// SPDX-License-Identifier: MIT
#include "tools/bench/boots.hpp"

#include <cmath>

#include "base/result.hpp"
#include "tools/debian/kernel.hpp"
#include "tools/payload/firmware.hpp"
#include "tools/payload/tsc.hpp"
#include "tools/run/prepare.hpp"
#include "tools/run/threads.hpp"
#include "tools/support/terminal.hpp"

namespace tools::bench {
namespace {

/// A loaded computer is slow, and counting is slower still.
constexpr double patience_seconds = 600, patience_to_count_seconds = 3600;

/// The last line, for an error message.
std::string last_line(std::string_view text) {
    while (!text.empty() && text.back() <= ' ') text.remove_suffix(1);
    const std::size_t end = text.rfind('\n');
    return text.empty() ? "no message" : printable(text.substr(end == std::string_view::npos ? 0 : end + 1));
}

bool has_reached_all(const qemu::SessionResult& session) {
    return session.seconds_to_marks.empty() || session.seconds_to_marks.back();
}

std::string row(std::string_view name, std::string_view value, std::string_view unit, std::string_view goal,
                std::string_view change) {
    std::string text = formatted("  {:<31}{:>13} {:<12}{:>8}{:>12}", name, value, unit, goal, change);
    text.erase(text.find_last_not_of(' ') + 1);
    return text + "\n";
}

}  // namespace

void say(std::string_view text) { print_error(formatted("adyton: {} ...\n", text)); }

run::Options boot_options(const BootPlan& plan) {
    run::Options options;
    options.qemu = plan.qemu;
    options.guest = payload::linux_guest_name;
    options.kind = payload::Kind::Linux;
    options.cpus = plan.cpus;
    options.build.vmpl = plan.vmpl;
    options.memory = payload::linux_default_memory;
    options.timeout_seconds = plan.is_deterministic ? patience_to_count_seconds : patience_seconds;
    options.quiet = true;
    options.marks = {std::string{payload::init_mark}};
    options.deterministic = plan.is_deterministic;
    options.linux_guest.append = "quiet";
    options.linux_guest.release = debian::default_release;
    options.linux_guest.task = payload::LinuxTask::BootOnly;
    options.linux_guest.tsc_khz = plan.is_deterministic ? payload::deterministic_tsc_khz : plan.tsc_khz;
    options.linux_guest.is_repeatable = plan.is_deterministic;
    return options;
}

Result<qemu::SessionResult> boot_plain(const run::Options& options) {
    const unsigned vmpl = options.build.vmpl.value_or(1);
    const auto files = TRY(payload::find_linux_files(options.linux_guest, {vmpl, options.cpus}));
    Buffer firmware;
    if (options.is_firmware()) {
        const auto file = TRY(payload::find_firmware(options.firmware_guest.source));
        firmware = TRY(read_file(file));
    }
    const auto path = TRY(qemu::find(options.qemu));
    const qemu::Spec spec{
        .program = path,
        .boots = qemu::PlainLinux{files.guest.kernel, files.guest.initrd, files.guest.command_line, firmware},
        .cpus = options.cpus,
        .memory = options.memory,
        .threads = run::choose_threads(options, path),
        .deterministic = options.deterministic,
        .seed = options.seed,
        .count = options.count};
    auto result = TRY(qemu::run(spec, run::watch_of(options)));
    if (result.ending.kind == qemu::Ending::Kind::Interrupted)
        return problem("interrupted by signal {}", result.ending.signal);
    if (!has_reached_all(result))
        return problem("the kernel did not reach init in plain QEMU; after {:.0f} s it ended with: {}",
                       result.ending.seconds,
                       last_line(result.qemu_errors.empty() ? result.console : result.qemu_errors));
    return result;
}

Result<run::Execution> boot_below_svsm(const run::Options& options, std::string_view again) {
    auto done = TRY(run::execute(options));
    if (done.outcome.code != ExitCode::Success || !has_reached_all(done.session))
        return problem("{}; see it with {}", done.outcome.sentence, again);
    return done;
}

std::uint64_t rounded(double value) { return static_cast<std::uint64_t>(std::llround(value)); }

std::uint64_t percent(double part, double whole) { return whole > 0 ? rounded(part / whole * 100) : 0; }

std::string boot_table(std::string_view title, const Results& results, const Comparison& with) {
    std::string text = row(title, "value", "", "goal", with.before == nullptr ? "" : "change");
    for (const Measured& m : results) {
        const auto goal = with.budget.goals.find(m.name);
        text +=
            row(m.name, formatted("{}", m.value), m.unit,
                goal == with.budget.goals.end() ? "" : formatted("{}", goal->second), change(m, with.before));
    }
    return text;
}

}  // namespace tools::bench

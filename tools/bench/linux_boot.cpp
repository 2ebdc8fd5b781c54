// SPDX-License-Identifier: MIT
#include "tools/bench/linux_boot.hpp"

#include <cmath>

#include "base/result.hpp"
#include "tools/count/subject.hpp"
#include "tools/debian/kernel.hpp"
#include "tools/payload/tsc.hpp"
#include "tools/qemu/session.hpp"
#include "tools/run/execute.hpp"
#include "tools/run/prepare.hpp"
#include "tools/run/threads.hpp"
#include "tools/support/terminal.hpp"

namespace tools::bench {
namespace {

constexpr unsigned timed_cpus = 4, vmpl = 1;
/// Enough for an AP that the SVSM creates; each further one makes a run on one thread longer.
constexpr unsigned counted_cpus = 2;
/// A loaded computer is slow, and counting is slower still.
constexpr double patience_seconds = 600, patience_to_count_seconds = 3600;

void say(std::string_view text) { print_error(formatted("adyton: {} ...\n", text)); }

/// Options that the boots share. Each character of the kernel's log is an exit, hence `quiet`.
run::Options options_for(unsigned cpus, std::uint64_t tsc_khz, const std::string& qemu) {
    run::Options options;
    options.qemu = qemu;
    options.guest = payload::linux_guest_name;
    options.kind = payload::Kind::Linux;
    options.cpus = cpus;
    options.build.vmpl = vmpl;
    options.memory = payload::linux_default_memory;
    options.timeout_seconds = patience_seconds;
    options.quiet = true;
    options.mark = payload::init_mark;
    options.linux_guest.append = "quiet";
    options.linux_guest.release = debian::default_release;
    options.linux_guest.task = payload::LinuxTask::BootOnly;
    options.linux_guest.tsc_khz = tsc_khz;
    return options;
}

/// The last line, for an error message.
std::string last_line(std::string_view text) {
    while (!text.empty() && text.back() <= ' ') text.remove_suffix(1);
    const std::size_t end = text.rfind('\n');
    return text.empty() ? "no message" : printable(text.substr(end == std::string_view::npos ? 0 : end + 1));
}

/// Boots the same kernel, initrd and command line as those in the image for the machine.
Result<double> boot_plain(std::uint64_t tsc_khz, const std::string& program) {
    const run::Options options = options_for(timed_cpus, tsc_khz, program);
    const auto files = TRY(payload::find_linux_files(options.linux_guest, {vmpl, timed_cpus}));
    const auto path = TRY(qemu::find(options.qemu));
    const qemu::Spec spec{
        .program = path,
        .boots = qemu::PlainLinux{files.guest.kernel, files.guest.initrd, files.guest.command_line},
        .cpus = options.cpus,
        .memory = options.memory,
        .threads = run::choose_threads(options, path)};
    const auto result = TRY(qemu::run(spec, run::watch_of(options)));
    if (result.ending.kind == qemu::Ending::Kind::Interrupted)
        return problem("interrupted by signal {}", result.ending.signal);
    if (!result.seconds_to_mark)
        return problem("the kernel did not reach init in plain QEMU; after {:.0f} s it ended with: {}",
                       result.ending.seconds,
                       last_line(result.qemu_errors.empty() ? result.console : result.qemu_errors));
    return *result.seconds_to_mark;
}

Result<run::Execution> boot_below_svsm(const run::Options& options) {
    auto done = TRY(run::execute(options));
    if (done.outcome.code != ExitCode::Success || !done.session.seconds_to_mark)
        return problem("{}; see it with ./adyton run linux --cpus {} --append quiet", done.outcome.sentence,
                       options.cpus);
    return done;
}

Result<BootCount> count_boot(const Install& install, const std::string& qemu) {
    run::Options options = options_for(counted_cpus, payload::deterministic_tsc_khz, qemu);
    options.deterministic = true;
    options.linux_guest.is_repeatable = true;
    options.timeout_seconds = patience_to_count_seconds;
    const Buffer bytes = TRY(read_file(install.svsm()));
    options.count = count::request_for(TRY(elf::File::open(bytes, install.svsm().string())), install);
    options.count->functions.clear();  // call stacks are not needed
    const auto done = TRY(boot_below_svsm(options));
    return boot_count(TRY(count::parse(done.session.counts)));
}

std::uint64_t rounded(double value) { return static_cast<std::uint64_t>(std::llround(value)); }

std::uint64_t per_million(std::uint64_t part, const BootCount& count) {
    const auto all = static_cast<double>(count.guest + count.vmpl0 + count.zeroing);
    return all == 0 ? 0 : rounded(static_cast<double>(part) * 1e6 / all);
}

std::string row(std::string_view name, std::string_view value, std::string_view unit, std::string_view goal,
                std::string_view change) {
    std::string text = formatted("  {:<31}{:>13} {:<12}{:>8}{:>12}", name, value, unit, goal, change);
    text.erase(text.find_last_not_of(' ') + 1);
    return text + "\n";
}

}  // namespace

BootCount boot_count(const count::Result& counted) {
    BootCount count{.guest = counted.guest};
    for (const count::Session& session : counted.sessions) {
        count.vmpl0 += session.instructions + session.waiting;
        count.zeroing += session.string_stores;
    }
    return count;
}

Results to_results(const LinuxBoot& boot) {
    const BootCount& count = boot.count;
    const double ratio = boot.plain_seconds > 0 ? boot.svsm_seconds / boot.plain_seconds : 0;
    return {
        {"linux.boot.ratio", "percent", rounded(ratio * 100)},
        {"linux.boot.time.plain", "ms", rounded(boot.plain_seconds * 1000)},
        {"linux.boot.time.svsm", "ms", rounded(boot.svsm_seconds * 1000)},
        {"linux.boot.svsm_calls", "calls", boot.svsm_calls},
        {"linux.boot.world_switches", "switches", boot.world_switches},
        {"linux.boot.vmpl0_share", "ppm", per_million(count.vmpl0 + count.zeroing, count)},
        {"linux.boot.vmpl0_share.zeroing", "ppm", per_million(count.zeroing, count)},
        {"linux.boot.vmpl0", "instructions", count.vmpl0},
        {"linux.boot.vmpl0.zeroing", "instructions", count.zeroing},
        {"linux.boot.guest", "instructions", count.guest},
    };
}

std::string linux_table(const Results& results, const Comparison& with) {
    std::string text = row("a boot of Linux", "value", "", "goal", with.before == nullptr ? "" : "change");
    for (const Measured& m : results) {
        const auto goal = with.budget.goals.find(m.name);
        text +=
            row(m.name, formatted("{}", m.value), m.unit,
                goal == with.budget.goals.end() ? "" : formatted("{}", goal->second), change(m, with.before));
    }
    return text;
}

Result<LinuxBoot> measure_linux_boot(const Install& install, const std::string& qemu) {
    const std::uint64_t tsc_khz = payload::measure_tsc_khz();
    LinuxBoot boot;
    say(formatted("booting Linux on {} CPUs in plain QEMU", timed_cpus));
    boot.plain_seconds = TRY(boot_plain(tsc_khz, qemu));
    say(formatted("{:.1f} s; booting it on {} vCPUs below the SVSM", boot.plain_seconds, timed_cpus));
    const auto timed = TRY(boot_below_svsm(options_for(timed_cpus, tsc_khz, qemu)));
    boot.svsm_seconds = *timed.session.seconds_to_mark;
    boot.svsm_calls = timed.session.channel.counter("svsm_calls").value_or(0);
    boot.world_switches = timed.session.channel.counter("world_switches").value_or(0);
    say(formatted("{:.1f} s; counting the instructions of a boot on {} vCPUs", boot.svsm_seconds,
                  counted_cpus));
    boot.count = TRY(count_boot(install, qemu));
    return boot;
}

}  // namespace tools::bench

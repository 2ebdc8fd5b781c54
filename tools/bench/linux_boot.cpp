// SPDX-License-Identifier: MIT
#include "tools/bench/linux_boot.hpp"

#include "base/result.hpp"
#include "tools/bench/boots.hpp"
#include "tools/count/subject.hpp"
#include "tools/payload/tsc.hpp"

namespace tools::bench {
namespace {

constexpr unsigned timed_cpus = 4, vmpl = 1;
/// Enough for an AP that the SVSM creates; each further one makes a run on one thread longer.
constexpr unsigned counted_cpus = 2;

Result<run::Execution> boot_on_machine(const run::Options& options) {
    return boot_below_svsm(options,
                           formatted("./adyton run linux --cpus {} --append quiet", options.cpus));
}

Result<BootCount> count_boot(const Install& install, const std::string& qemu) {
    run::Options options = boot_options({counted_cpus, vmpl, qemu, 0, true});
    const Buffer bytes = TRY(read_file(install.svsm()));
    options.count = count::request_for(TRY(elf::File::open(bytes, install.svsm().string())), install);
    options.count->functions.clear();  // call stacks are not needed
    const auto done = TRY(boot_on_machine(options));
    return boot_count(TRY(count::parse(done.session.counts)));
}

/// The machine's launch, by the ticks that it told of it.
double launch_seconds(const qemu::MachineChannel& channel, std::uint64_t tsc_khz) {
    return static_cast<double>(channel.counter("start_ticks").value_or(0)) /
           (1000 * static_cast<double>(tsc_khz));
}

std::uint64_t per_thousand(std::uint64_t part, std::uint64_t whole) {
    return whole == 0 ? 0 : rounded(static_cast<double>(part) * 1e3 / static_cast<double>(whole));
}

std::uint64_t per_million(std::uint64_t part, const BootCount& count) {
    const auto all = static_cast<double>(count.guest + count.vmpl0 + count.zeroing);
    return all == 0 ? 0 : rounded(static_cast<double>(part) * 1e6 / all);
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
    return {
        {"linux.boot.ratio", "percent", percent(boot.svsm_seconds, boot.plain_seconds)},
        {"linux.boot.time.plain", "ms", rounded(boot.plain_seconds * 1000)},
        {"linux.boot.time.svsm", "ms", rounded(boot.svsm_seconds * 1000)},
        {"linux.boot.time.launch", "ms", rounded(boot.launch_seconds * 1000)},
        {"linux.boot.ratio.launched", "percent",
         percent(boot.svsm_seconds - boot.launch_seconds, boot.plain_seconds)},
        {"linux.boot.svsm_calls", "calls", boot.svsm_calls},
        {"linux.boot.world_switches", "switches", boot.world_switches},
        {"linux.boot.exits_per_1000", "exits", per_thousand(boot.native_exits, boot.world_switches)},
        {"linux.boot.vmpl0_share", "ppm", per_million(count.vmpl0 + count.zeroing, count)},
        {"linux.boot.vmpl0_share.zeroing", "ppm", per_million(count.zeroing, count)},
        {"linux.boot.vmpl0", "instructions", count.vmpl0},
        {"linux.boot.vmpl0.zeroing", "instructions", count.zeroing},
        {"linux.boot.guest", "instructions", count.guest},
    };
}

Result<LinuxBoot> measure_linux_boot(const Install& install, const std::string& qemu) {
    const std::uint64_t tsc_khz = payload::measure_tsc_khz();
    LinuxBoot boot;
    say(formatted("booting Linux on {} CPUs in plain QEMU", timed_cpus));
    const run::Options options = boot_options({timed_cpus, vmpl, qemu, tsc_khz});
    boot.plain_seconds = *TRY(boot_plain(options)).seconds_to_marks[0];
    say(formatted("{:.1f} s; booting it on {} vCPUs below the SVSM", boot.plain_seconds, timed_cpus));
    const auto timed = TRY(boot_on_machine(options));
    boot.svsm_seconds = *timed.session.seconds_to_marks[0];
    boot.svsm_calls = timed.session.channel.counter("svsm_calls").value_or(0);
    boot.native_exits = timed.session.channel.counter("native_exits").value_or(0);
    boot.launch_seconds = launch_seconds(timed.session.channel, tsc_khz);
    boot.world_switches = timed.session.channel.counter("world_switches").value_or(0);
    say(formatted("{:.1f} s; counting the instructions of a boot on {} vCPUs", boot.svsm_seconds,
                  counted_cpus));
    boot.count = TRY(count_boot(install, qemu));
    return boot;
}

}  // namespace tools::bench

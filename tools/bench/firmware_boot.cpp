// SPDX-License-Identifier: MIT
// Five kinds of boots: what is timed is not counted, and what is counted is not recorded.
#include "tools/bench/firmware_boot.hpp"

#include "base/result.hpp"
#include "tools/bench/boots.hpp"
#include "tools/count/subject.hpp"
#include "tools/payload/tsc.hpp"
#include "tools/qemu/memory.hpp"
#include "tools/run/prepare.hpp"
#include "tools/run/trace_capture.hpp"

namespace tools::bench {
namespace {

constexpr unsigned cpus = 1, vmpl = 1;
/// Of each of the two; other work on the computer can only make one longer.
constexpr unsigned timed_boots = 3;
/// A boot makes a million records.
constexpr std::uint64_t trace_bytes = 256ull << 20;
/// OVMF's first character clears the screen. The SVSM writes no such one.
constexpr const char* manager_mark = "\x1b";

run::Options options_for(const BootPlan& plan) {
    run::Options options = boot_options(plan);
    options.guest = payload::firmware_guest_name;
    options.kind = payload::Kind::Firmware;
    options.firmware_guest.has_kernel = true;
    options.memory = payload::firmware_default_memory;
    options.marks.insert(options.marks.begin(), manager_mark);
    return options;
}

BootTimes times_of(const qemu::SessionResult& session) {
    return {session.seconds_to_marks[0].value_or(0), *session.seconds_to_marks[1]};
}

Result<run::Execution> boot_on_machine(const run::Options& options) {
    return boot_below_svsm(options, "./adyton run linux --firmware debian --cpus 1 --append quiet");
}

Result<void> time_boots(FirmwareBoot& boot, const std::string& qemu) {
    const run::Options options = options_for({cpus, vmpl, qemu, payload::measure_tsc_khz()});
    for (unsigned i = 0; i < timed_boots; ++i) {
        say(formatted("boots {} of {}: firmware and Linux in plain QEMU, then below the SVSM", i + 1, timed_boots));
        const BootTimes plain = times_of(TRY(boot_plain(options)));
        const auto done = TRY(boot_on_machine(options));
        const BootTimes svsm = times_of(done.session);
        boot.plain = i == 0 ? plain : least(boot.plain, plain);
        boot.svsm = i == 0 ? svsm : least(boot.svsm, svsm);
    }
    return {};
}

Result<void> count_boots(FirmwareBoot& boot, const Install& install, const std::string& qemu) {
    run::Options options = options_for({cpus, vmpl, qemu, 0, true});
    say("counting the instructions of a boot in plain QEMU");
    options.count = count::request_for_all(install);
    const auto plain = TRY(boot_plain(options));
    boot.plain_instructions = TRY(count::parse(plain.counts)).all;
    say("counting those of a boot below the SVSM");
    const Buffer bytes = TRY(read_file(install.svsm()));
    const auto svsm = TRY(elf::File::open(bytes, install.svsm().string()));
    options.count = count::request_for(svsm, install);
    options.count->functions.clear();  // call stacks are not needed
    options.count->counts_all = true;
    const auto counted = TRY(boot_on_machine(options));
    take_counts(TRY(count::parse(counted.session.counts)), boot);
    return {};
}

/// A boot that ends at init, and what the machine recorded of it.
Result<FirmwareTrace> record_boot(const std::string& qemu) {
    run::Options options = options_for({cpus, vmpl, qemu, 0, true});
    options.until = payload::init_mark;
    const Descriptor file = TRY(anonymous_file("adyton-trace", {}));
    options.trace = formatted("/proc/self/fd/{}", file.get());
    options.trace_bytes = trace_bytes;
    const run::Prepared prepared = TRY(run::prepare(options));
    qemu::Spec spec = run::spec_of(options, prepared);
    const auto capture = TRY(run::TraceCapture::make(options.trace->string(), qemu::memory_bytes(spec)));
    spec.memory_file = capture.fd();
    const auto session = TRY(qemu::run(spec, run::watch_of(options)));
    if (session.ending.kind != qemu::Ending::Kind::Reached)
        return problem("a deterministic boot of firmware and Linux did not reach init");
    TRY_VOID(capture.save(session.channel, {}));
    const Buffer bytes = TRY(read_file(*options.trace));
    const auto trace = TRY(trace::parse(bytes, "the trace of the boot"));
    return read_boot(trace, payload::init_mark);
}

}  // namespace

Result<FirmwareBoot> measure_firmware_boot(const Install& install, const std::string& qemu) {
    FirmwareBoot boot;
    TRY_VOID(time_boots(boot, qemu));
    TRY_VOID(count_boots(boot, install, qemu));
    say("recording the exits of a boot below the SVSM");
    boot.recorded = TRY(record_boot(qemu));
    return boot;
}

}  // namespace tools::bench

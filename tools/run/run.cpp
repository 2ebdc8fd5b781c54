// SPDX-License-Identifier: MIT
// Find everything, run it, report.
#include "tools/run/run.hpp"

#include <unistd.h>

#include "base/result.hpp"
#include "tools/qemu/memory.hpp"
#include "tools/run/gdb.hpp"
#include "tools/run/launch_check.hpp"
#include "tools/run/out_folder.hpp"
#include "tools/run/prepare.hpp"
#include "tools/run/trace_capture.hpp"
#include "tools/support/terminal.hpp"

namespace tools::run {
namespace {

/// Facts that a reader of the trace wants to know and no record tells.
TraceFacts facts_of(const Options& options, const payload::Payload& payload,
                    const qemu::MachineChannel& channel) {
    TraceFacts facts{{"guest", payload.name}, {"cpus", std::to_string(options.cpus)}};
    if (payload.vmpl) facts.emplace_back("vmpl", std::to_string(*payload.vmpl));
    facts.emplace_back("deterministic", options.deterministic ? "yes" : "no");
    facts.emplace_back("verdict", channel.verdict() ? channel.verdict()->text("kind") : "none");
    return facts;
}

int tell(const qemu::SessionResult& result, verdict::Subject subject, const Prepared& prepared) {
    if (result.ending.kind == qemu::Ending::Kind::Interrupted) {
        print_error(formatted("adyton: interrupted by signal {}\n", result.ending.signal));
        return 128 + result.ending.signal;
    }
    const verdict::Outcome outcome = verdict::decide(result, subject);
    if (outcome.is_our_problem) return static_cast<int>(report(Problem{outcome.sentence}));
    if (outcome.code != ExitCode::Success) {
        subject.qemu = about_qemu(prepared);
        print_error(verdict::diagnosis(result, subject, prepared.payload.symbols));
    }
    print_out(verdict::summary_line(outcome, result, subject));
    return static_cast<int>(outcome.code);
}

void add_debugger(qemu::Spec& spec, qemu::Watch& watch, std::uint16_t port, const GdbSetup& gdb) {
    spec.debugger = {port, gdb.first_instruction};
    watch.on_debugger = [files = gdb.files, whose = gdb.starts_svsm ? "SVSM" : "guest"](std::uint16_t at) {
        print_error(
            formatted("adyton: the machine waits at the {}'s first instruction; type in another "
                      "terminal:\n  {}\n",
                      whose, gdb_command(at, files)));
    };
}

/// The extras of a run: files out of the guest, trace and debugger.
struct Extras {
    std::optional<TraceCapture> capture;
    std::optional<OutFolder> out;
    static Result<Extras> add(const Options& options, qemu::Spec& spec, qemu::Watch& watch) {
        Extras extras;
        if (options.out) {
            extras.out = TRY(OutFolder::make(options.out->folder, options.out->nonce));
            spec.out_disk = extras.out->disk();
        }
        if (options.gdb) add_debugger(spec, watch, *options.gdb, TRY(prepare_gdb(options)));
        if (!options.trace) return extras;
        extras.capture = TRY(TraceCapture::make(options.trace->string(), qemu::memory_bytes(spec)));
        spec.memory_file = extras.capture->fd();
        return extras;
    }
};

/// What the run leaves in files; the first problem of it.
Result<void> save(const Extras& extras, const Options& options, const payload::Payload& payload,
                  const qemu::MachineChannel& channel) {
    Result<void> saved{};
    if (extras.capture) saved = extras.capture->save(channel, facts_of(options, payload, channel));
    if (!extras.out) return saved;
    const auto names = extras.out->save();
    if (!names) return saved ? std::unexpected{names.error()} : saved;
    std::string list;
    for (const std::string& name : *names) list += " " + name;
    print_error(formatted("adyton: wrote to {}:{}\n", options.out->folder.string(), list));
    return saved;
}

bool asks_for_reboot(const qemu::SessionResult& result) {
    const auto& verdict = result.channel.verdict();
    return verdict && verdict->text("kind") == "reset";
}

/// One machine; or one after the other, as long as the guest asks for it and there is time: `--timeout` is for all. So
/// with restarts a result that asks for a reboot says that the time is over.
Result<qemu::SessionResult> run_machines(const Options& options, const qemu::Spec& spec, qemu::Watch watch) {
    for (unsigned launch = 2;; ++launch) {
        qemu::SessionResult result = TRY(qemu::run(spec, watch));
        if (options.reboot == Reboot::Ends || !asks_for_reboot(result)) return result;
        watch.timeout_seconds -= result.ending.seconds;
        const bool is_over = result.ending.kind == qemu::Ending::Kind::TimedOut;
        if (is_over || watch.timeout_seconds <= 0) return result;
        print_error(formatted("adyton: the guest asked for a reboot; this is launch {}\n", launch));
    }
}

/// A login throws away what came before it, and there is no end of input that ends a system.
Result<void> check_terminal(const Options& options) {
    const bool is_shell = options.linux_guest.task == payload::LinuxTask::Shell;
    if (!options.has_system() || !is_shell || ::isatty(STDIN_FILENO) == 1) return {};
    return problem("--interactive wants a terminal with the guest 'debian': its login loses what a pipe has sent before");
}

Result<int> run_and_tell(const Options& options) {
    TRY_VOID(check_terminal(options));
    const Prepared prepared = TRY(prepare(options));
    qemu::Spec spec = spec_of(options, prepared);
    qemu::Watch watch = watch_of(options);
    if (!options.any_launch) expect_launch(watch, prepared);
    const Extras extras = TRY(Extras::add(options, spec, watch));
    print_error(prepared.payload.about);
    if (options.verbose) print_error(coloured(2, Colour::Dim, "qemu: " + about_qemu(prepared)) + "\n");
    const qemu::SessionResult result = TRY(run_machines(options, spec, watch));
    if (result.ending.kind == qemu::Ending::Kind::LaunchRefused)
        print_error(TRY(explain_launch(prepared, spec, *result.channel.launch())));
    // First, because stderr may be closed already.
    const Result<void> saved = save(extras, options, prepared.payload, result.channel);
    const int code = tell(result, subject_of(options, prepared.payload), prepared);
    if (saved) return code;
    // The run's own failure is the more interesting one.
    const int lost = static_cast<int>(report(saved.error()));
    return code != 0 ? code : lost;
}

}  // namespace

int run(const Options& options) { return exit_code_of(run_and_tell(options)); }

}  // namespace tools::run

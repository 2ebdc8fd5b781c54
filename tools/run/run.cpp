// SPDX-License-Identifier: MIT
// The command: find everything, run it, report.
#include "tools/run/run.hpp"

#include "abi/snp/vmsa.hpp"
#include "base/result.hpp"
#include "tools/elf/file.hpp"
#include "tools/run/execute.hpp"
#include "tools/verdict/outcome.hpp"
#include "tools/payload/payload.hpp"
#include "tools/qemu/arguments.hpp"
#include "tools/qemu/threads.hpp"
#include "tools/run/trace_capture.hpp"
#include "tools/support/install.hpp"
#include "tools/support/terminal.hpp"

namespace tools::run {
namespace {

/// Everything that can be wrong before QEMU starts is found before QEMU starts.
struct Prepared {
    Payload payload;
    std::filesystem::path qemu, snpemu;
    Threads threads;  ///< not Auto
    unsigned c_bit;   ///< of the machine: what the image was built for
};

Result<Prepared> prepare_all(const Options& options) {
    if (options.sev_features && abi::SevFeatures::DebugSwap::test(*options.sev_features))
        return problem(
            "this machine does not swap debug registers; --sev-features debug-swap is for image build");
    const Install install = TRY(find_install());
    Payload payload =
        TRY(prepare({options.guest, options.vmpl, options.c_bit, options.svsm, options.svsm_bytes,
                     options.linux_guest, options.cpus, options.deterministic,
                     /* pages_stay, as this machine's host obeys the policy: */ true, options.memory,
                     options.sev_features},
                    install));
    if (std::error_code error; !std::filesystem::exists(install.snpemu(), error))
        return problem("{} is missing; build it with ./adyton", install.snpemu().string());
    const auto qemu = TRY(find_qemu(options.qemu));
    const unsigned c_bit = payload.c_bit.value_or(options.c_bit.value_or(default_c_bit));
    return Prepared{std::move(payload), qemu, install.snpemu(), choose_threads(options, qemu), c_bit};
}

/// Facts that a reader of the trace wants to know and no record tells.
TraceFacts facts_of(const Options& options, const Payload& payload, const MachineChannel& channel) {
    TraceFacts facts{{"guest", payload.name}, {"cpus", std::to_string(options.cpus)}};
    if (payload.vmpl) facts.emplace_back("vmpl", std::to_string(*payload.vmpl));
    facts.emplace_back("deterministic", options.deterministic ? "yes" : "no");
    facts.emplace_back("verdict", channel.verdict() ? channel.verdict()->text("kind") : "none");
    return facts;
}

std::string about_qemu(const Prepared& prepared) {
    return formatted("{}, {}, {}", qemu_version(prepared.qemu),
                     prepared.threads == Threads::Single ? "one thread" : "a thread for each CPU",
                     prepared.qemu.string());
}

int tell(SessionResult& result, const Subject& subject, const Prepared& prepared) {
    if (result.ending.kind == Ending::Kind::Interrupted) {
        print_error(formatted("adyton: interrupted by signal {}\n", result.ending.signal));
        return 128 + result.ending.signal;
    }
    const Outcome outcome = decide(result, subject);
    if (outcome.is_our_problem) return static_cast<int>(report(Problem{outcome.sentence}));
    if (outcome.code != ExitCode::Success) {
        result.qemu = about_qemu(prepared);
        print_error(diagnosis(result, subject, prepared.payload.symbols));
    }
    print_out(summary_line(outcome, result, subject));
    return static_cast<int>(outcome.code);
}

Subject subject_of(const Options& options, const Payload& payload) {
    return {payload.name,
            options.cpus,
            payload.vmpl,
            options.qemu_cpu,
            options.timeout_seconds,
            options.deterministic,
            payload.is_linux,
            options.seconds_after_input.value_or(0)};
}

/// What a debugger has to know: where the SVSM begins, and where gdb finds symbols.
Result<void> prepare_gdb(Options& options) {
    const Install install = TRY(find_install());
    const auto path = options.svsm.value_or(install.svsm());
    const Buffer bytes = TRY(read_file(path));
    options.gdb->first_instruction = TRY(elf::File::open(bytes, path.string())).entry();
    options.gdb->symbols = formatted(
        "{} {}", (TRY(install.source()) / "tools" / "gdb" / "adyton.py").string(), install.bin.string());
    if (const auto guest = find_guest(options.guest, install))
        options.gdb->symbols += " " + std::filesystem::absolute(guest->path).string();
    return {};
}

}  // namespace

int run(const Options& wanted) {
    Options options = wanted;
    const auto prepared = prepare_all(options);
    if (!prepared) return static_cast<int>(report(prepared.error()));
    if (options.gdb)
        if (const auto ready = prepare_gdb(options); !ready) return static_cast<int>(report(ready.error()));
    std::optional<TraceCapture> capture;
    if (options.trace) {
        auto made = TraceCapture::make(options.trace->string(),
                                       qemu_memory_bytes(options, prepared->payload.image.size()));
        if (!made) return static_cast<int>(report(made.error()));
        capture = std::move(*made);
    }
    options.threads = prepared->threads;
    options.c_bit = prepared->c_bit;
    if (options.verbose) print_error(coloured(2, Colour::Dim, "qemu: " + about_qemu(*prepared)) + "\n");
    auto result = run_machine(options, prepared->qemu, prepared->snpemu, prepared->payload.image,
                              prepared->payload.disk, capture ? std::optional{capture->fd()} : std::nullopt);
    if (!result) return static_cast<int>(report(result.error()));
    // First: nobody may be there to be told any more.
    const auto saved =
        capture ? capture->save(result->channel, facts_of(options, prepared->payload, result->channel))
                : Result<void>{};
    const int code = tell(*result, subject_of(options, prepared->payload), *prepared);
    // The run's own failure is the more interesting one.
    if (!saved)
        return code != 0 ? (void)report(saved.error()), code : static_cast<int>(report(saved.error()));
    return code;
}

Result<Execution> attempt(const Options& wanted) {
    Options options = wanted;
    const Prepared prepared = TRY(prepare_all(options));
    options.threads = prepared.threads;
    options.c_bit = prepared.c_bit;
    SessionResult result = TRY(run_machine(options, prepared.qemu, prepared.snpemu, prepared.payload.image,
                                           prepared.payload.disk, std::nullopt));
    const Subject subject = subject_of(options, prepared.payload);
    Outcome outcome = decide(result, subject);
    std::string text =
        outcome.code == ExitCode::Success ? "" : diagnosis(result, subject, prepared.payload.symbols);
    return Execution{std::move(result), std::move(outcome), std::move(text)};
}

Result<Execution> execute(const Options& options) {
    Execution done = TRY(attempt(options));
    if (done.session.ending.kind == Ending::Kind::Interrupted)
        return problem("interrupted by signal {}", done.session.ending.signal);
    return done;
}

}  // namespace tools::run

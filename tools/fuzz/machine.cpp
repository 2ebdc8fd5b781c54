// SPDX-License-Identifier: MIT
#include "tools/fuzz/machine.hpp"

#include <unistd.h>

#include <chrono>

#include "base/result.hpp"
#include "tools/run/execute.hpp"
#include "tools/support/command.hpp"
#include "tools/support/file.hpp"
#include "tools/support/terminal.hpp"

namespace tools::fuzz {
namespace {

using Clock = std::chrono::steady_clock;
using Kind = qemu::Ending::Kind;

/// Long enough for each kind of step, short enough that one of them which ends the guest costs little.
constexpr unsigned steps = 300;
/// A program of that many steps takes a second. One that loops is left to itself no longer than this.
constexpr double patience_seconds = 20;

/// The image of one program, in a file without a name.
Result<Descriptor> image_for(const Install& install, std::uint64_t seed, bool tells_steps) {
    std::vector<std::string> words{(install.bin / "rules_image").string(),
                                   "build",
                                   (install.bin / "machine-fuzz.elf").string(),
                                   "-",
                                   "--seed",
                                   formatted("{}", seed),
                                   "--steps",
                                   formatted("{}", steps),
                                   "random_program"};
    if (tells_steps) words.insert(words.end() - 1, "--tell");
    const std::string bytes = TRY(output_of(words, "cannot make the image of a random program"));
    return anonymous_file("random-program", std::as_bytes(std::span{bytes}));
}

Result<run::Execution> run_program(const Install& install, std::uint64_t seed, bool tells_steps) {
    const Descriptor image = TRY(image_for(install, seed, tells_steps));
    run::Options options;
    options.guest = formatted("/dev/fd/{}", image.get());
    options.cpus = 1;
    options.timeout_seconds = patience_seconds;
    options.quiet = !tells_steps;
    return run::attempt(options);
}

struct Tally {
    std::uint64_t programs = 0, reached_end = 0;
    Clock::time_point start = Clock::now();
    [[nodiscard]] unsigned seconds() const {
        return static_cast<unsigned>(
            std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - start).count());
    }
};

std::string summary_of(const Tally& tally, std::string_view how) {
    return formatted("machine: {} in {} s, {} programs of {} steps, {} of them to the end\n", how,
                     tally.seconds(), tally.programs, steps, tally.reached_end);
}

void show_progress(const Tally& tally, unsigned seconds) {
    if (!wants_colour(STDERR_FILENO)) return;  // a line that is rewritten needs a terminal
    print_error(
        formatted("\r\033[Kmachine: {} of {} s, {} programs", tally.seconds(), seconds, tally.programs));
}
void clear_progress() {
    if (wants_colour(STDERR_FILENO)) print_error("\r\033[K");
}

int report_finding(std::uint64_t seed, const std::string& fault, const run::Execution& done) {
    print_out(coloured(STDOUT_FILENO, Colour::Red, formatted("machine: FINDING: {}", printable(fault))) +
              formatted("\n  again:  ./adyton fuzz machine --seed {}\n", seed));
    print_out(printable(done.diagnosis));
    return static_cast<int>(ExitCode::GuestFailed);
}

}  // namespace

std::optional<std::string> machine_fault(const qemu::SessionResult& session,
                                         const verdict::Outcome& outcome) {
    const auto& verdict = session.channel.verdict();
    if (session.ending.kind == Kind::TimedOut && !verdict)
        return "the machine answers no NMI: it hangs, or its host does";
    if (session.ending.kind == Kind::TimedOut)
        for (const qemu::Fields& vcpu : session.channel.vcpus())
            if (vcpu.text("state") == "busy")
                return formatted("CPU {} does not leave the machine's own code", vcpu.text("cpu"));
    if (!verdict) return outcome.sentence;
    if (verdict->text("kind") == "internal" || outcome.is_our_problem) return outcome.sentence;
    return std::nullopt;
}

Result<int> search_machine(const Install& install, const MachineSearch& search) {
    Tally tally;
    for (std::uint64_t seed = search.seed; tally.programs < search.programs; ++seed) {
        if (tally.seconds() >= search.seconds) break;
        show_progress(tally, search.seconds);
        const auto done = TRY(run_program(install, seed, false));
        clear_progress();
        if (done.session.ending.kind == Kind::Interrupted) {
            print_out(summary_of(tally, "interrupted, no finding"));
            return 128 + done.session.ending.signal;
        }
        ++tally.programs;
        if (done.outcome.code == ExitCode::Success) ++tally.reached_end;
        if (const auto fault = machine_fault(done.session, done.outcome))
            return report_finding(seed, *fault, done);
    }
    print_out(summary_of(tally, "no finding"));
    return 0;
}

Result<int> repeat_machine(const Install& install, std::uint64_t seed) {
    const auto done = TRY(run_program(install, seed, true));
    if (done.session.ending.kind == Kind::Interrupted) return 128 + done.session.ending.signal;
    if (const auto fault = machine_fault(done.session, done.outcome))
        return report_finding(seed, *fault, done);
    print_out(formatted(
        "machine: no finding; the program ended: {}\n",
        done.outcome.code == ExitCode::Success ? "all steps done" : printable(done.outcome.sentence)));
    return 0;
}

}  // namespace tools::fuzz

// SPDX-License-Identifier: MIT
#include "tools/soak/progress.hpp"

#include "base/result.hpp"
#include "tools/support/output.hpp"
#include "tools/support/terminal.hpp"

namespace tools::soak {
namespace {

namespace fs = std::filesystem;

/// Empty when all is well.
std::string complaint(const Cell& cell, const run::Execution& done, Progress& progress) {
    if (done.outcome.code != ExitCode::Success) return done.outcome.sentence;
    if (cell.mode != Mode::Deterministic) return {};
    if (!progress.console) progress.console = done.session.console;
    return *progress.console == done.session.console ? "" : "its console differs from that of the first run";
}

/// What a failed run leaves: the sentence, the diagnosis, and the end of its console.
Result<fs::path> keep(const fs::path& folder, const Cell& cell, const Tally& tally, const std::string& why,
                      const run::Execution& done) {
    std::error_code error;
    fs::create_directories(folder, error);
    const fs::path path =
        folder / formatted("{}-qemu-{}-{}-{}cpus-run{}.log", fs::path{cell.options.guest}.stem().string(),
                           tally.qemu, tally.mode, tally.cpus, tally.runs);
    const std::string text =
        formatted("adyton: {}\n{}console, its end\n{}", why, done.diagnosis, done.session.console);
    const Output output = TRY(Output::to(path.string()));
    TRY_VOID(output.write(text));
    return path;
}

}  // namespace

Result<void> take(const Cell& cell, const run::Execution& done, Progress& progress, const fs::path& folder) {
    Tally& tally = progress.tally;
    ++tally.runs;
    const std::string why = complaint(cell, done, progress);
    if (!why.empty()) {
        const auto kept = keep(folder, cell, tally, why, done);
        tally.failures.push_back({tally.runs, why, kept ? kept->string() : "(nothing kept)"});
        if (!kept) return std::unexpected{kept.error()};
        return {};
    }
    tally.whole.push_back(done.session.ending.seconds);
    for (const auto& seconds : done.session.seconds_to_marks)
        if (seconds) tally.to_first_check.push_back(*seconds);
    return {};
}

std::string progress_line(const Tally& tally, unsigned runs, double seconds) {
    const bool failed = !tally.failures.empty() && tally.failures.back().run == tally.runs;
    return formatted("{:>5}/{}  QEMU {}, {}, CPUs {}: {}, {:.1f} s\n", tally.runs, runs, tally.qemu,
                     tally.mode, tally.cpus,
                     failed ? coloured(2, Colour::Red, "FAILED") : coloured(2, Colour::Green, "ok"), seconds);
}

}  // namespace tools::soak

// SPDX-License-Identifier: MIT
// Cell by cell in turn, not one cell after the other: a load that comes and goes then meets all of them.
#include "tools/soak/command.hpp"

#include <map>
#include <memory>

#include "base/result.hpp"
#include "tools/run/execute.hpp"
#include "tools/run/threads.hpp"
#include "tools/soak/plan.hpp"
#include "tools/soak/table.hpp"
#include "tools/support/output.hpp"
#include "tools/support/terminal.hpp"

namespace tools::soak {
namespace {

namespace fs = std::filesystem;

constexpr const char* default_folder = "soak-failures";

struct Progress {
    Tally tally;
    /// Console of the first deterministic run: the others must equal it.
    std::optional<std::string> console{};
};

/// Finds every QEMU, fetches it if needed, and asks its version before the first run.
Result<std::map<std::string, std::string>> find_all(Plan& plan) {
    std::map<std::string, std::string> versions;
    for (Cell& cell : plan.cells) {
        const fs::path program = TRY(qemu::find(cell.qemu));
        if (!versions.contains(cell.qemu)) {
            versions[cell.qemu] = qemu::version_of(program);
            print_error(formatted("adyton: QEMU {}, {}\n", versions[cell.qemu], program.string()));
        }
        cell.options.qemu = program.string();
        // What `run` would choose is part of the result.
        cell.options.threads = run::choose_threads(cell.options, program);
        if (cell.mode == Mode::Auto)
            cell.mode = cell.options.threads == qemu::Threads::Single ? Mode::Single : Mode::Multi;
    }
    return versions;
}

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
    if (done.session.seconds_to_mark) tally.to_first_check.push_back(*done.session.seconds_to_mark);
    return {};
}

std::string progress_line(const Tally& tally, unsigned runs, double seconds) {
    const bool failed = !tally.failures.empty() && tally.failures.back().run == tally.runs;
    return formatted("{:>5}/{}  QEMU {}, {}, CPUs {}: {}, {:.1f} s\n", tally.runs, runs, tally.qemu,
                     tally.mode, tally.cpus,
                     failed ? coloured(2, Colour::Red, "FAILED") : coloured(2, Colour::Green, "ok"), seconds);
}

std::vector<Tally> tallies_of(const std::vector<Progress>& progress) {
    std::vector<Tally> tallies;
    for (const Progress& each : progress) tallies.push_back(each.tally);
    return tallies;
}

/// The signal that interrupted it, or 0.
Result<int> run_all(const Plan& plan, std::vector<Progress>& progress, const fs::path& folder) {
    for (unsigned round = 1; round <= plan.runs; ++round)
        for (std::size_t i = 0; i < plan.cells.size(); ++i) {
            const auto done = TRY(run::attempt(plan.cells[i].options));
            if (done.session.ending.kind == qemu::Ending::Kind::Interrupted)
                return done.session.ending.signal;
            // What prevents the first run prevents them all.
            if (round == 1 && done.outcome.code == ExitCode::Usage)
                return problem("{}", done.outcome.sentence);
            TRY_VOID(take(plan.cells[i], done, progress[i], folder));
            print_error(progress_line(progress[i].tally, plan.runs, done.session.ending.seconds));
        }
    return 0;
}

/// Where failed runs leave their files. What is no folder is a problem before the first run, not after it.
Result<fs::path> folder_of(const Request& request) {
    fs::path folder = request.keep.empty() ? default_folder : request.keep;
    std::error_code error;
    if (fs::exists(folder, error) && !fs::is_directory(folder, error))
        return problem("--keep {} is not a folder", folder.string());
    return folder;
}

Result<int> soak(const Request& request) {
    const fs::path folder = TRY(folder_of(request));
    Plan plan = TRY(make_plan(request));
    const auto versions = TRY(find_all(plan));
    std::vector<Progress> progress;
    for (const Cell& cell : plan.cells)
        progress.push_back({{versions.at(cell.qemu), std::string{name_of(cell.mode)}, cell.options.cpus, 0}});
    const auto signal = run_all(plan, progress, folder);
    const auto tallies = tallies_of(progress);
    // Printed also when the soak cannot continue: the runs so far are not lost.
    if (signal || tallies.front().runs != 0) print_out(table(tallies));
    if (!signal) return std::unexpected{signal.error()};
    if (*signal != 0) return 128 + *signal;
    bool has_failed = false;
    for (const Tally& tally : tallies) has_failed = has_failed || !tally.failures.empty();
    return static_cast<int>(has_failed ? ExitCode::GuestFailed : ExitCode::Success);
}

}  // namespace

cli::Command command() {
    const auto request = std::make_shared<Request>();
    return {
        .name = "soak",
        .help = "Run the same many times and count what fails",
        .options =
            {
                {"GUEST", "", "as for run (default: linux)", &request->guest},
                {"--runs", "N", "runs of each combination (default: 20)", &request->runs},
                {"--qemu", "LIST", "as for run, several with commas", &request->qemu},
                {"--mode", "LIST", "multi,single,deterministic,auto (default: auto)", &request->mode},
                {"--cpus", "LIST", "vCPUs, like 1,4 (default: 4)", &request->cpus},
                {"--vmpl", "N", "privilege level of the guest (default: 1)", &request->vmpl},
                {"--memory", "SIZE", "guest memory, as for run", &request->memory},
                {"--timeout", "SECONDS", "time after which a run has failed", &request->timeout},
                {"--append", "TEXT", "linux: words for the kernel's command line", &request->append},
                {"--release", "NAME", "linux: take Debian NAME's kernel", &request->release},
                {"--keep", "FOLDER", "for consoles of failed runs (default: soak-failures)", &request->keep},
            },
        .footer = "Exit codes: 0 all succeeded, 1 some failed, 2 usage.",
        .action = [request] { return exit_code_of(soak(*request)); }};
}

}  // namespace tools::soak

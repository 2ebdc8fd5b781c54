// SPDX-License-Identifier: MIT
// Cell by cell in turn, not one cell after the other: a load that comes and goes then meets all of them.
#include "tools/soak/command.hpp"

#include <map>
#include <memory>

#include "base/result.hpp"
#include "tools/run/execute.hpp"
#include "tools/run/threads.hpp"
#include "tools/soak/progress.hpp"
#include "tools/support/terminal.hpp"

namespace tools::soak {
namespace {

namespace fs = std::filesystem;

constexpr const char* default_folder = "soak-failures";

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

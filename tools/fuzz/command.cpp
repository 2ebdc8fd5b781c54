// SPDX-License-Identifier: MIT
// Which of the programs in bin/fuzz run.
#include "tools/fuzz/command.hpp"

#include <algorithm>
#include <memory>
#include <random>

#include "base/result.hpp"
#include "tools/fuzz/folders.hpp"
#include "tools/fuzz/machine.hpp"
#include "tools/fuzz/search.hpp"
#include "tools/support/command.hpp"
#include "tools/support/number.hpp"
#include "tools/support/quote.hpp"
#include "tools/support/terminal.hpp"

namespace tools::fuzz {
namespace {

namespace fs = std::filesystem;

struct Request {
    std::string target;          ///< empty: all, one after the other
    std::string seconds = "60";  ///< for each
    std::string corpus;          ///< a folder instead of our own; empty: our own
    std::string seed, programs;  ///< of the target machine; empty: any, and no limit
    bool list = false;
};

/// Libfuzzer's targets are programs; this one makes programs.
bool has_machine(const Install& install) { return is_executable(install.bin / "rules_image"); }

Result<std::vector<std::string>> find_targets(const Folders& folders, const Install& install) {
    std::vector<std::string> names;
    if (has_machine(install)) names.emplace_back(machine_target);
    std::error_code error;
    for (const auto& entry : fs::directory_iterator{folders.programs, error})
        if (entry.is_regular_file(error)) names.push_back(entry.path().filename().string());
    if (names.empty())
        return problem("{} holds no fuzz targets; run ./adyton fuzz", folders.programs.string());
    std::ranges::sort(names);
    return names;
}

std::string joined(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
    return text;
}

std::size_t count_files(const fs::path& folder) {
    std::error_code error;
    const fs::directory_iterator files{folder, error};
    return static_cast<std::size_t>(std::distance(begin(files), end(files)));
}

int list_targets(const Folders& folders, const std::vector<std::string>& names) {
    for (const std::string& name : names)
        if (name == machine_target)
            print_out(formatted("{:<20} programs by seed, nothing kept\n", name));
        else
            print_out(formatted("{:<20} {:>5} inputs committed, {:>5} found here\n", name,
                                count_files(folders.committed / name), count_files(folders.corpus / name)));
    print_out(formatted("found here: {}\n", folders.corpus.string()));
    return 0;
}

/// The user decides whether to move or delete what an earlier adyton kept in the build.
void tell_of_older(const Folders& folders) {
    for (const fs::path& older : folders.older)
        print_error(printable(formatted(
            "adyton: note: {} holds inputs of an earlier adyton\n"
            "adyton: note: to go on with them: cp -rn {} {}\n",
            older.string(), shell_word((older / "corpus/.").string()), shell_word(folders.corpus.string()))));
}

/// A seed repeats one program, several when --programs says so; without one each search has another.
Result<int> run_machine(const Install& install, const Request& request, unsigned seconds) {
    MachineSearch search{.seed = std::random_device{}() % 1'000'000'000u, .seconds = seconds};
    if (!request.seed.empty()) search.seed = TRY(parse_number("--seed", request.seed, 0, 2'000'000'000));
    if (!request.seed.empty() && request.programs.empty()) return repeat_machine(install, search.seed);
    if (!request.programs.empty())
        search.programs = TRY(parse_number("--programs", request.programs, 1, 1'000'000'000));
    return search_machine(install, search);
}

Result<void> check_machine_options(const Request& request) {
    if (request.target == machine_target || (request.seed.empty() && request.programs.empty())) return {};
    return problem("--seed and --programs belong to the target machine; write adyton fuzz machine");
}

Result<int> run_request(const Request& request) {
    TRY_VOID(check_machine_options(request));
    const Install install = TRY(find_install());
    const Folders folders = TRY(find_folders(request.corpus));
    const auto targets = TRY(find_targets(folders, install));
    tell_of_older(folders);
    if (request.list) return list_targets(folders, targets);
    const unsigned seconds = TRY(parse_number("--seconds", request.seconds, 1, 1'000'000));
    if (!request.target.empty() && !std::ranges::binary_search(targets, request.target))
        return problem("there is no fuzz target '{}'; there are {}", request.target, joined(targets));
    int worst = 0;
    for (const std::string& name : targets) {
        if (!request.target.empty() && request.target != name) continue;
        const int code = name == machine_target ? TRY(run_machine(install, request, seconds))
                                                : TRY(search(folders, name, seconds));
        if (code >= 128) return code;
        worst = std::max(worst, code);
    }
    return worst;
}

}  // namespace

cli::Command command() {
    const auto request = std::make_shared<Request>();
    return {.name = "fuzz",
            .help = "Search for inputs that break something",
            .options =
                {
                    {"TARGET", "", "one fuzz target (default: all, one by one)", &request->target},
                    {"--seconds", "N", "how long each target runs (default: 60)", &request->seconds},
                    {"--corpus", "FOLDER", "where inputs are kept (see docs/fuzzing.md)", &request->corpus},
                    {"--seed", "N", "of machine: the program of that seed, step by step", &request->seed},
                    {"--programs", "N", "of machine: that many at most, from --seed on", &request->programs},
                    {"--list", "", "name the targets", &request->list},
                },
            .action = [request] { return exit_code_of(run_request(*request)); }};
}

}  // namespace tools::fuzz

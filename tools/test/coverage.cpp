// SPDX-License-Identifier: MIT
// Unit tests, then llvm-profdata and llvm-cov; the table is ours.
#include "tools/test/coverage.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <sstream>

#include "base/result.hpp"
#include "tools/support/command.hpp"
#include "tools/support/file.hpp"
#include "tools/support/install.hpp"
#include "tools/support/number.hpp"
#include "tools/support/terminal.hpp"

namespace tools::test {
namespace {

namespace fs = std::filesystem;

struct Lines {
    std::uint64_t found = 0, hit = 0;
    [[nodiscard]] double percent() const {
        return found == 0 ? 0 : 100.0 * static_cast<double>(hit) / static_cast<double>(found);
    }
};
using Folders = std::map<std::string, Lines>;
using Limits = std::map<std::string, std::uint64_t>;

struct Places {
    fs::path bin, source, work;
};

Result<Places> find_places() {
    const Install install = TRY(find_install());
    return Places{install.bin, TRY(install.source()), install.build() / "coverage"};
}

/// Lines of "folder percent"; a '#' begins a comment.
Result<Limits> read_limits(const fs::path& path) {
    const Buffer bytes = TRY(read_file(path));
    std::istringstream text{std::string{reinterpret_cast<const char*>(bytes.data()), bytes.size()}};
    Limits limits;
    for (std::string line; std::getline(text, line);) {
        if (line.empty() || line.starts_with('#')) continue;
        std::istringstream words{line};
        std::string folder, value;
        words >> folder >> value;
        limits[folder] = TRY(parse_number(path.filename().string(), value, 0, 100));
    }
    return limits;
}

Result<std::vector<fs::path>> find_tests(const Places& places) {
    std::vector<fs::path> tests;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator{places.bin, error})
        if (entry.path().filename().string().ends_with("_tests")) tests.push_back(entry.path());
    if (tests.empty())
        return problem("{} holds no unit tests; run ./adyton test --coverage", places.bin.string());
    std::ranges::sort(tests);
    return tests;
}

/// False when one failed.
Result<bool> run_tests(const Places& places, const std::vector<fs::path>& tests) {
    bool passed = true;
    for (const fs::path& test : tests) {
        const std::string name = test.filename().string();
        print_out(formatted("running {} ...\n", name));
        const fs::path profile = places.work / (name + ".profraw");
        ::setenv("LLVM_PROFILE_FILE", profile.c_str(), 1);
        const CommandResult result = TRY(run_command({test.string(), "--gtest_brief=1"}, places.source));
        if (result.status == 0) continue;
        passed = false;
        print_error(result.output + result.errors);
    }
    return passed;
}

/// "SF:" names a file, "LF:" and "LH:" count its lines. [lcov, geninfo(1)]
Folders sum_by_folder(const std::string& report, const fs::path& source) {
    Folders folders;
    std::istringstream text{report};
    std::string folder;
    const auto count = [](const std::string& line) { return std::strtoull(line.c_str() + 3, nullptr, 10); };
    for (std::string line; std::getline(text, line);) {
        if (line.starts_with("SF:")) {
            const fs::path file = fs::path{line.substr(3)}.lexically_normal().lexically_relative(source);
            auto part = file.begin();
            folder = part->string();
            // Two levels are enough to see where tests are missing.
            if (++part != file.end() && std::next(part) != file.end()) folder += "/" + part->string();
        } else if (line.starts_with("LF:")) {
            folders[folder].found += count(line);
        } else if (line.starts_with("LH:")) {
            folders[folder].hit += count(line);
        }
    }
    return folders;
}

Result<std::string> llvm_cov(const Places& places, const std::vector<fs::path>& tests,
                             std::vector<std::string> words) {
    words.insert(words.begin(), "llvm-cov-19");
    words.push_back("-instr-profile=" + (places.work / "all.profdata").string());
    words.push_back("-ignore-filename-regex=(/tests/|^/usr/)");
    for (const fs::path& test : tests) words.push_back("-object=" + test.string());
    return output_of(words, "cannot evaluate the counters");
}

/// True when every limit is kept. A folder with a limit and without lines has missed it.
bool print_table(const Folders& folders, const Limits& limits) {
    print_out(
        formatted("\n{:<24} {:>8} {:>8} {:>8} {:>7}\n", "folder", "lines", "reached", "percent", "limit"));
    bool kept = true;
    Folders all = folders;
    for (const auto& [folder, limit] : limits) all.try_emplace(folder);
    for (const auto& [folder, lines] : all) {
        const auto limit = limits.find(folder);
        const bool has_limit = limit != limits.end();
        if (!has_limit && lines.found == 0) continue;  // headers without code
        const bool met = !has_limit || lines.percent() >= static_cast<double>(limit->second);
        kept &= met;
        std::string row =
            formatted("{:<24} {:>8} {:>8} {:>8.1f}", folder, lines.found, lines.hit, lines.percent());
        if (has_limit) row += formatted(" {:>7}  {}", limit->second, met ? "ok" : "MISSED");
        print_out(coloured(1, met ? Colour::Plain : Colour::Red, row) + "\n");
    }
    return kept;
}

}  // namespace

Result<int> measure_coverage() {
    const Places places = TRY(find_places());
    const Limits limits = TRY(read_limits(places.source / "tests/coverage_limits.txt"));
    const auto tests = TRY(find_tests(places));
    std::error_code error;
    fs::create_directories(places.work, error);
    const bool passed = TRY(run_tests(places, tests));
    std::vector<std::string> merge{"llvm-profdata-19", "merge", "-sparse", "-o",
                                   (places.work / "all.profdata").string()};
    for (const fs::path& test : tests)
        merge.push_back((places.work / (test.filename().string() + ".profraw")).string());
    (void)TRY(output_of(merge, "cannot merge the counters"));

    const auto report = TRY(llvm_cov(places, tests, {"export", "-format=lcov", "-skip-expansions"}));
    const bool kept = print_table(sum_by_folder(report, places.source), limits);
    const fs::path pages = places.work / "html";
    (void)TRY(llvm_cov(places, tests, {"show", "-format=html", "-output-dir=" + pages.string()}));
    print_out(formatted("\nline by line: {}\n", (pages / "index.html").string()));
    if (!passed) return problem("a unit test failed, so the numbers mean little");
    return kept ? 0 : static_cast<int>(ExitCode::GuestFailed);
}

}  // namespace tools::test

// SPDX-License-Identifier: MIT
// The tests of the folder this program was built in, their groups, and what they reached.
#include "tools/test/command.hpp"

#include <algorithm>
#include <memory>
#include <vector>

#include "base/result.hpp"
#include "tools/support/file.hpp"
#include "tools/support/install.hpp"
#include "tools/support/terminal.hpp"
#include "tools/test/coverage.hpp"
#include "tools/test/ctest.hpp"
#include "tools/test/times.hpp"

namespace tools::test {
namespace {

namespace fs = std::filesystem;

struct Request : Choice {
    bool times = false;     ///< a table of groups and their seconds at the end
    bool list = false;      ///< no run: the groups, and whether each test has one
    bool coverage = false;  ///< the unit tests only, counting lines (coverage.hpp)
};

Result<std::string> read_text(const fs::path& path) {
    const Buffer bytes = TRY(read_file(path));
    return std::string{reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Result<Groups> read_groups(const Install& install) {
    const fs::path source = TRY(install.source());
    return parse_groups(TRY(read_text(source / "tests/groups.txt")));
}

/// How many of the tests a run without --all leaves out; a problem when none is left.
Result<std::size_t> left_out(const Request& request, const std::vector<TestCase>& tests,
                             const fs::path& build) {
    if (tests.empty())
        return problem("no test matches '{}'; ctest --test-dir {} -N lists them", request.filter,
                       build.string());
    if (request.all) return 0;
    const auto count =
        std::ranges::count_if(tests, [](const TestCase& test) { return test.has_label(long_label); });
    const auto number = static_cast<std::size_t>(count);
    if (number == tests.size())
        return problem("only tests that take long match '{}'; add --all to run them", request.filter);
    return number;
}

Result<int> run_tests(const Request& request) {
    const Install install = TRY(find_install());
    const fs::path build = install.build(), results = build / "Testing/results.xml";
    const auto tests = TRY(list_tests(build, request.filter));
    const std::size_t omitted = TRY(left_out(request, tests, build));
    // A mistake in the table is reported before the tests run.
    const Groups groups = request.times ? TRY(read_groups(install)) : Groups{};

    std::error_code error;
    fs::remove(results, error);  // or those of the last run would be taken for this one's
    const int code = TRY(run_ctest(request, build, results));
    if (code > static_cast<int>(ExitCode::GuestFailed)) return code;
    if (request.times) {
        const std::string xml = TRY(read_text(results));
        const auto timed = TRY(parse_junit(xml));
        print_out("\n" + times_table(groups, tests, timed));
        print_out(failures(timed));
    }
    // Without results ctest has said what was wrong.
    if (const auto xml = read_text(results))
        if (const auto timed = parse_junit(*xml))
            if (const std::string line = skipped(*timed); !line.empty()) print_error("adyton: " + line);
    if (omitted != 0)
        print_error(
            formatted("adyton: {} tests that take long were left out; --all runs them too\n", omitted));
    return code;
}

/// 2 when tests and groups do not agree.
Result<int> list_groups(const Request& request) {
    const Install install = TRY(find_install());
    const auto tests = TRY(list_tests(install.build(), request.filter));
    const Groups groups = TRY(read_groups(install));
    print_out(groups_table(groups, tests));
    if (!request.filter.empty()) return 0;
    const auto sentences = disagreements(groups, tests);
    for (const std::string& sentence : sentences) (void)report(Problem{sentence});
    return sentences.empty() ? 0 : static_cast<int>(ExitCode::Usage);
}

Result<int> act(const Request& request) {
    if (request.coverage) return measure_coverage();
    return request.list ? list_groups(request) : run_tests(request);
}

}  // namespace

cli::Command command() {
    const auto request = std::make_shared<Request>();
    return {.name = "test",
            .help = "Run the tests",
            .options =
                {
                    {"FILTER", "", "regular expression on the names of tests", &request->filter},
                    {"--all", "", "those that take long (label long) as well", &request->all},
                    {"--times", "", "a table at the end: groups, seconds, what each proves", &request->times},
                    {.names = "--list",
                     .value = "",
                     .help = "run nothing: the groups, their tests, what each proves",
                     .to = &request->list,
                     .excludes = {"--all", "--times"}},
                    {.names = "--coverage",
                     .value = "",
                     .help = "count the lines that the unit tests reach",
                     .to = &request->coverage,
                     .excludes = {"FILTER", "--all", "--times", "--list"}},
                },
            .footer =
                "Exit codes: 0 all passed, 1 a test failed, 2 no test matches, usage, or\n"
                "something is missing; 128 + n interrupted by signal n.",
            .action = [request] { return exit_code_of(act(*request)); }};
}

}  // namespace tools::test

// SPDX-License-Identifier: MIT
// Starts ctest in the folder this program was built in.
#include "tools/test/command.hpp"

#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

#include "base/result.hpp"
#include "tools/support/command.hpp"
#include "tools/support/file.hpp"
#include "tools/support/install.hpp"
#include "tools/support/terminal.hpp"
#include "tools/test/coverage.hpp"
#include "tools/test/times.hpp"

namespace tools::test {
namespace {

namespace fs = std::filesystem;

struct Request {
    std::string filter;     ///< ctest's -R; empty runs everything
    bool all = false;       ///< tests labelled `long` as well
    bool times = false;     ///< a table of groups and their seconds at the end
    bool list = false;      ///< no run: the groups, and whether each test has one
    bool coverage = false;  ///< the unit tests only, counting lines (coverage.hpp)
};

/// CPUs that we may use, which in a container are fewer than the computer has.
unsigned usable_cpus() {
    cpu_set_t set;
    if (::sched_getaffinity(0, sizeof set, &set) != 0) return 1;
    return static_cast<unsigned>(CPU_COUNT(&set));
}

Result<std::string> read_text(const fs::path& path) {
    const Buffer bytes = TRY(read_file(path));
    return std::string{reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Result<Groups> read_groups(const Install& install) {
    const fs::path source = TRY(install.source());
    return parse_groups(TRY(read_text(source / "tests/groups.txt")));
}

/// The tests of the build whose names match `filter`, long ones too.
Result<std::vector<TestCase>> list_tests(const fs::path& build, const std::string& filter) {
    if (std::error_code error; !fs::exists(build / "CTestTestfile.cmake", error))
        return problem("{} holds no tests; build with ./adyton", build.string());
    std::vector<std::string> words{"ctest", "--test-dir", build.string(), "--show-only=json-v1"};
    if (!filter.empty()) words.insert(words.end(), {"-R", filter});
    const CommandResult result = TRY(run_command(words));
    if ((result.output + result.errors).find("RegularExpression::compile") != std::string::npos)
        return problem("'{}' is not a regular expression of CMake", filter);
    if (result.status != 0)
        return problem("ctest cannot list the tests: {}", result.errors.substr(0, result.errors.find('\n')));
    return parse_list(result.output);
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

[[noreturn]] void become_ctest(const std::vector<std::string>& arguments) {
    std::vector<char*> pointers;
    for (const std::string& argument : arguments) pointers.push_back(const_cast<char*>(argument.c_str()));
    pointers.push_back(nullptr);
    ::execvp(pointers.front(), pointers.data());
    (void)report(
        Problem{formatted("cannot start ctest: {}; install the package cmake", std::strerror(errno))});
    std::_Exit(static_cast<int>(ExitCode::Usage));
}

/// What waitpid says about ctest, which shows its progress itself.
Result<int> run_ctest(const Request& request, const fs::path& build, const fs::path& results) {
    std::vector<std::string> arguments{"ctest", "--test-dir", build.string(), "--output-on-failure"};
    arguments.insert(arguments.end(), {"--progress", "--no-tests=error", "--output-junit", results.string()});
    arguments.insert(arguments.end(), {"-j", std::to_string(usable_cpus())});
    if (!request.filter.empty()) arguments.insert(arguments.end(), {"-R", request.filter});
    if (!request.all) arguments.insert(arguments.end(), {"-LE", formatted("^{}$", long_label)});
    const pid_t pid = ::fork();
    if (pid < 0) return problem("cannot start ctest: {}", std::strerror(errno));
    if (pid == 0) become_ctest(arguments);
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

int exit_code(int status) {
    if (WIFSIGNALED(status)) return 128 + WTERMSIG(status);
    const int code = WEXITSTATUS(status);
    if (code == 0 || code == static_cast<int>(ExitCode::Usage)) return code;
    return static_cast<int>(ExitCode::GuestFailed);
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
    const int code = exit_code(TRY(run_ctest(request, build, results)));
    if (code > static_cast<int>(ExitCode::GuestFailed)) return code;
    if (request.times) {
        const std::string xml = TRY(read_text(results));
        const auto timed = TRY(parse_junit(xml));
        print_out("\n" + times_table(groups, tests, timed));
        print_out(failures(timed));
    }
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

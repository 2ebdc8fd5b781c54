// SPDX-License-Identifier: MIT
#include "tools/test/ctest.hpp"

#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/result.hpp"
#include "tools/support/command.hpp"
#include "tools/support/terminal.hpp"

namespace tools::test {
namespace {

namespace fs = std::filesystem;

/// CPUs that we may use, which in a container are fewer than the computer has.
unsigned usable_cpus() {
    cpu_set_t set;
    if (::sched_getaffinity(0, sizeof set, &set) != 0) return 1;
    return static_cast<unsigned>(CPU_COUNT(&set));
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

int exit_code(int status) {
    if (WIFSIGNALED(status)) return 128 + WTERMSIG(status);
    const int code = WEXITSTATUS(status);
    if (code == 0 || code == static_cast<int>(ExitCode::Usage)) return code;
    return static_cast<int>(ExitCode::GuestFailed);
}

}  // namespace

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

Result<int> run_ctest(const Choice& choice, const fs::path& build, const fs::path& results) {
    std::vector<std::string> arguments{"ctest", "--test-dir", build.string(), "--output-on-failure"};
    arguments.insert(arguments.end(), {"--progress", "--no-tests=error", "--output-junit", results.string()});
    arguments.insert(arguments.end(), {"-j", std::to_string(usable_cpus())});
    if (!choice.filter.empty()) arguments.insert(arguments.end(), {"-R", choice.filter});
    if (!choice.all) arguments.insert(arguments.end(), {"-LE", formatted("^{}$", long_label)});
    const pid_t pid = ::fork();
    if (pid < 0) return problem("cannot start ctest: {}", std::strerror(errno));
    if (pid == 0) become_ctest(arguments);
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return exit_code(status);
}

}  // namespace tools::test

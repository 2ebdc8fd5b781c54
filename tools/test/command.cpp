// SPDX-License-Identifier: MIT
// Starts ctest in the folder this program was built in.
#include "tools/test/command.hpp"

#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "base/result.hpp"
#include "tools/support/install.hpp"
#include "tools/support/terminal.hpp"

namespace tools::test {
namespace {

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

/// Output of `ctest -N`: the list of tests that a filter selects.
std::string list_tests(const std::string& build, const std::string& filter) {
    int ends[2];
    if (::pipe(ends) != 0) return {};
    const pid_t pid = ::fork();
    if (pid == 0) {
        ::dup2(ends[1], STDOUT_FILENO);
        ::dup2(ends[1], STDERR_FILENO);
        become_ctest({"ctest", "--test-dir", build, "-N", "-R", filter});
    }
    ::close(ends[1]);
    std::string text(4096, '\0');
    std::string output;
    for (ssize_t got; (got = ::read(ends[0], text.data(), text.size())) > 0;)
        output.append(text, 0, static_cast<std::size_t>(got));
    ::close(ends[0]);
    ::waitpid(pid, nullptr, 0);
    return output;
}

Result<int> run_ctest(const std::string& filter) {
    const Install install = TRY(find_install());
    const std::string build = install.build().string();
    if (std::error_code error; !std::filesystem::exists(install.build() / "CTestTestfile.cmake", error))
        return problem("{} holds no tests; build with ./adyton", build);
    if (!filter.empty() && list_tests(build, filter).find("Total Tests: 0") != std::string::npos)
        return problem("no test matches '{}'; ctest --test-dir {} -N lists them", filter, build);

    std::vector<std::string> arguments{"ctest",
                                       "--test-dir",
                                       build,
                                       "--output-on-failure",
                                       "--no-tests=error",
                                       "-j",
                                       std::to_string(usable_cpus())};
    if (!filter.empty()) arguments.insert(arguments.end(), {"-R", filter});
    const pid_t pid = ::fork();
    if (pid < 0) return problem("cannot start ctest: {}", std::strerror(errno));
    if (pid == 0) become_ctest(arguments);
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

}  // namespace

int test_command(const std::string& filter) {
    const auto status = run_ctest(filter);
    if (!status) return static_cast<int>(report(status.error()));
    if (WIFSIGNALED(*status)) return 128 + WTERMSIG(*status);
    const int code = WEXITSTATUS(*status);
    if (code == 0 || code == static_cast<int>(ExitCode::Usage)) return code;
    return static_cast<int>(ExitCode::GuestFailed);
}

}  // namespace tools::test

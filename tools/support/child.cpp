// SPDX-License-Identifier: MIT
// fork and exec: posix_spawn has no way to ask for a death signal.
#include "tools/support/child.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "base/result.hpp"
#include "tools/support/file.hpp"

namespace tools {
namespace {

constexpr int first_free_descriptor = 64;

/// Runs in the child between fork and exec: system calls only. On failure writes errno to `report` and exits.
[[noreturn]] void become(const char* program, char* const* arguments, const Child::Descriptors& descriptors,
                         std::vector<int>& parked, pid_t parent, int report) {
    // Killed with us, whatever kills us; the second line closes the race with a parent that is dead already.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(0);
    // An own process group: Ctrl-C reaches us alone, and we reach all that QEMU started.
    ::setpgid(0, 0);
    // Out of the way first: a source may have the number that another target wants.
    report = ::fcntl(report, F_DUPFD_CLOEXEC, first_free_descriptor);
    for (std::size_t i = 0; i < descriptors.size(); ++i)
        parked[i] = ::fcntl(descriptors[i].first, F_DUPFD_CLOEXEC, first_free_descriptor);
    for (std::size_t i = 0; i < descriptors.size(); ++i) ::dup2(parked[i], descriptors[i].second);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::execv(program, arguments);
    const int error = errno;
    (void)!::write(report, &error,
                   sizeof error);  // the parent sees an end of file if this fails: still an error
    ::_exit(127);
}

}  // namespace

Result<Child> Child::start(const std::filesystem::path& program, const std::vector<std::string>& arguments,
                           const Descriptors& descriptors) {
    std::vector<char*> pointers{const_cast<char*>(program.c_str())};
    for (const std::string& argument : arguments) pointers.push_back(const_cast<char*>(argument.c_str()));
    pointers.push_back(nullptr);
    std::vector<int> parked(descriptors.size());

    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return problem("cannot make a pipe: {}", std::strerror(errno));
    const Descriptor from_child{ends[0]};
    Descriptor to_parent{ends[1]};
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid < 0) return problem("cannot start {}: {}", program.string(), std::strerror(errno));
    if (pid == 0) become(program.c_str(), pointers.data(), descriptors, parked, parent, to_parent.get());

    to_parent.close();
    Child child{pid};
    int error = 0;
    // A successful exec closes the pipe; then there is nothing to read.
    if (::read(from_child.get(), &error, sizeof error) == sizeof error)
        return problem("cannot execute {}: {}", program.string(), std::strerror(error));
    return child;
}

Child::~Child() { kill(); }

std::optional<int> Child::poll() {
    int status = 0;
    if (!status_ && pid_ != 0 && ::waitpid(pid_, &status, WNOHANG) == pid_) status_ = status;
    return status_;
}

void Child::kill() {
    // Once reaped, the number may belong to another process.
    if (pid_ == 0 || status_) return;
    ::kill(-pid_, SIGKILL);
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    status_ = status;
}

}  // namespace tools

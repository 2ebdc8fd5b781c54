// SPDX-License-Identifier: MIT
// posix_spawn with output into files without names: no pipe can fill up, so no loop has to empty two of them.
#include "tools/support/command.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <sstream>

#include "base/result.hpp"
#include "tools/support/file.hpp"

namespace tools {

namespace fs = std::filesystem;

namespace {

std::string contents(const Descriptor& file) {
    std::string text;
    std::array<char, 65536> chunk;
    ::lseek(file.get(), 0, SEEK_SET);
    for (ssize_t got; (got = ::read(file.get(), chunk.data(), chunk.size())) > 0;)
        text.append(chunk.data(), static_cast<std::size_t>(got));
    return text;
}

/// The child's three standard descriptors.
class Actions {
public:
    Actions(const Descriptor& output, const Descriptor& errors, const std::filesystem::path& folder) {
        ::posix_spawn_file_actions_init(&actions_);
        if (!folder.empty()) ::posix_spawn_file_actions_addchdir_np(&actions_, folder.c_str());
        ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        ::posix_spawn_file_actions_adddup2(&actions_, output.get(), STDOUT_FILENO);
        ::posix_spawn_file_actions_adddup2(&actions_, errors.get(), STDERR_FILENO);
    }
    Actions(const Actions&) = delete;
    ~Actions() { ::posix_spawn_file_actions_destroy(&actions_); }
    [[nodiscard]] const posix_spawn_file_actions_t* get() const { return &actions_; }

private:
    posix_spawn_file_actions_t actions_;
};

/// Ours, but in the language that we read: apt and sha256sum translate the very words that we look for.
std::vector<char*> environment() {
    constexpr std::string_view language = "LC_ALL=";
    static char untranslated[] = "LC_ALL=C";
    std::vector<char*> variables;
    for (char** each = environ; *each != nullptr; ++each)
        if (!std::string_view{*each}.starts_with(language)) variables.push_back(*each);
    variables.push_back(untranslated);
    variables.push_back(nullptr);
    return variables;
}

int exit_code(int wait_status) {
    return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

/// The last line that says something: programs explain themselves at the end.
std::string last_line(const std::string& text) {
    const std::size_t end = text.find_last_not_of(" \n\r\t");
    if (end == std::string::npos) return {};
    const std::size_t before = text.find_last_of('\n', end);
    const std::size_t begin = before == std::string::npos ? 0 : before + 1;
    return text.substr(begin, end - begin + 1);
}

}  // namespace

Result<CommandResult> run_command(const std::vector<std::string>& words,
                                  const std::filesystem::path& folder) {
    const Descriptor output = TRY(anonymous_file("stdout", {}));
    const Descriptor errors = TRY(anonymous_file("stderr", {}));
    const Actions actions{output, errors, folder};
    std::vector<char*> arguments;
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    pid_t pid = 0;
    if (const int error = ::posix_spawnp(&pid, arguments[0], actions.get(), nullptr, arguments.data(),
                                         environment().data()))
        return problem("cannot start {}: {}", words[0], std::strerror(error));
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return CommandResult{exit_code(status), contents(output), contents(errors)};
}

bool is_executable(const fs::path& path) {
    std::error_code error;
    return fs::is_regular_file(path, error) && ::access(path.c_str(), X_OK) == 0;
}

std::optional<fs::path> find_on_path(const std::string& program) {
    const char* path = std::getenv("PATH");
    std::istringstream folders{path == nullptr ? "" : path};
    for (std::string folder; std::getline(folders, folder, ':');)
        if (is_executable(fs::path{folder} / program)) return fs::path{folder} / program;
    return std::nullopt;
}

Result<std::string> output_of(const std::vector<std::string>& words, const std::string& purpose,
                              const std::filesystem::path& folder) {
    CommandResult result = TRY(run_command(words, folder));
    if (result.status == 0) return std::move(result.output);
    std::string reason = last_line(result.errors);
    if (reason.empty()) reason = last_line(result.output);
    return problem("{}: {} ended with code {}{}{}", purpose, words[0], result.status,
                   reason.empty() ? "" : ": ", reason);
}

}  // namespace tools

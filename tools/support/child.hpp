// SPDX-License-Identifier: MIT
// A child process that cannot outlive us, with chosen descriptors and nothing else.
#pragma once
#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tools/support/problem.hpp"

namespace tools {

class [[nodiscard]] Child {
public:
    /// Pairs of (descriptor here, number there). Standard descriptors are among them or closed.
    using Descriptors = std::vector<std::pair<int, int>>;
    /// Starts `program`; a problem when it cannot be executed.
    [[nodiscard]] static Result<Child> start(const std::filesystem::path& program,
                                             const std::vector<std::string>& arguments,
                                             const Descriptors& descriptors);
    Child(Child&& other) noexcept : pid_{std::exchange(other.pid_, 0)} {}
    Child& operator=(Child&&) = delete;
    ~Child();

    /// The wait status once it has ended; empty while it runs.
    [[nodiscard]] std::optional<int> poll();
    /// Ends it and everything it started, now.
    void kill();

private:
    explicit Child(pid_t pid) : pid_{pid} {}
    pid_t pid_;  ///< 0: moved from or reaped
    std::optional<int> status_;
};

}  // namespace tools

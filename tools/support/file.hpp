// SPDX-License-Identifier: MIT
// Whole files in and out of memory, and descriptors that close themselves.
#pragma once
#include <cstddef>
#include <filesystem>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.hpp"
#include "tools/support/problem.hpp"

namespace tools {

using Buffer = std::vector<std::byte>;

/// Reads a regular file. A directory, a device or a file larger than 1 GiB is a problem, not a surprise.
[[nodiscard]] Result<Buffer> read_file(const std::filesystem::path& path);
/// For files of our own in folders of our own; what a user named is an `Output`. Writes beside the target and
/// renames, so that a reader never sees half a file and a failure leaves nothing.
[[nodiscard]] Result<void> write_file(const std::filesystem::path& path, Bytes bytes);

/// Owns a file descriptor.
class [[nodiscard]] Descriptor {
public:
    Descriptor() = default;
    explicit Descriptor(int fd) : fd_{fd} {}
    Descriptor(Descriptor&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~Descriptor() { close(); }
    void close();
    /// Closes it; errno when what was written is not there after all, 0 otherwise.
    [[nodiscard]] int finish();
    [[nodiscard]] int get() const { return fd_; }
    [[nodiscard]] bool is_open() const { return fd_ >= 0; }

private:
    int fd_ = -1;
};

/// Writes everything, across short writes and signals; false when the other side is gone.
[[nodiscard]] bool write_all(int fd, std::string_view text);
/// A file that has no name and so cannot be left behind, filled with `bytes`.
[[nodiscard]] Result<Descriptor> anonymous_file(const char* label, Bytes bytes);

}  // namespace tools

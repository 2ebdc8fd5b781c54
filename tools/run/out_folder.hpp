// SPDX-License-Identifier: MIT
// What a run brings out of its guest: a nonce goes in and files come out, over a disk that has no file.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "tools/support/file.hpp"
#include "tools/support/problem.hpp"

namespace tools::run {

/// The disk with the serial number "adyton-out" begins with the nonce; a guest that has something to hand out writes an
/// archive over it (docs/linux.md "Files out of the guest").
class OutFolder {
public:
    static constexpr std::size_t disk_bytes = 16 << 20;

    /// A problem: the folder is there and not empty, or is no folder. Nothing is written before `save`.
    [[nodiscard]] static Result<OutFolder> make(const std::filesystem::path& folder, Buffer nonce);

    /// The disk, for QEMU.
    [[nodiscard]] int disk() const { return disk_.get(); }
    /// Looks at all that the guest wrote, then writes its files and the nonce into the folder, and returns their names.
    /// A problem leaves nothing: the guest wrote no archive, one that `read_archive` refuses, or a file "nonce".
    [[nodiscard]] Result<std::vector<std::string>> save() const;

private:
    OutFolder(std::filesystem::path folder, Buffer nonce, Descriptor disk)
        : folder_{std::move(folder)}, nonce_{std::move(nonce)}, disk_{std::move(disk)} {}
    std::filesystem::path folder_;
    Buffer nonce_;
    Descriptor disk_;
};

/// 64 bytes of chance: no report for them is older than they are.
[[nodiscard]] Buffer random_nonce();

}  // namespace tools::run

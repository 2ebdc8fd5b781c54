// SPDX-License-Identifier: MIT
// mke2fs fills the file system from a folder.
#include "tools/linux/disk.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <random>

#include "base/result.hpp"
#include "tools/support/command.hpp"

namespace tools::linux_boot {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t data_bytes = 1 << 20;
/// Always the same, because the kernel prints it.
constexpr const char* volume = "ad7a0000-0000-4000-8000-000000000001";

/// A folder that is gone when we are.
class ScratchFolder {
public:
    static Result<ScratchFolder> make() {
        std::error_code error;
        std::string name = (fs::temp_directory_path(error) / "adyton-XXXXXX").string();
        if (error || ::mkdtemp(name.data()) == nullptr) return problem("cannot make a folder {}", name);
        return ScratchFolder{name};
    }
    ScratchFolder(ScratchFolder&& other) noexcept : path_{std::exchange(other.path_, {})} {}
    ~ScratchFolder() {
        std::error_code ignored;  // a leftover in the folder for temporary files is no reason to fail
        if (!path_.empty()) fs::remove_all(path_, ignored);
    }
    [[nodiscard]] const fs::path& path() const { return path_; }

private:
    explicit ScratchFolder(fs::path path) : path_{std::move(path)} {}
    fs::path path_;
};

Buffer data() {
    Buffer bytes(data_bytes);
    std::mt19937 random{1};
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
    return bytes;
}

}  // namespace

Result<Buffer> build_disk() {
    const ScratchFolder scratch = TRY(ScratchFolder::make());
    const fs::path root = scratch.path() / "root", image = scratch.path() / "disk";
    std::error_code error;
    fs::create_directory(root, error);
    const Buffer bytes = data();
    TRY_VOID(write_file(root / "data", bytes));
    const std::string sums = TRY(output_of({"sha256sum", "data"}, "cannot make a disk for the guest", root));
    TRY_VOID(write_file(root / "sums", std::as_bytes(std::span{sums})));
    // A seed of our own, or the directories' hashes would differ from run to run.
    TRY_VOID(output_of(
        {"/sbin/mke2fs", "-q", "-F", "-t", "ext4", "-U", volume, "-E",
         formatted("hash_seed={},root_owner=0:0", volume), "-d", root.string(), image.string(), "16M"},
        "cannot make a disk for the guest (package e2fsprogs)"));
    return read_file(image);
}

}  // namespace tools::linux_boot

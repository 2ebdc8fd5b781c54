// SPDX-License-Identifier: MIT
// The guest is a stranger: all of its archive is judged before the first file is made, and no name of its choice can
// lead out of the folder.
#include "tools/run/out_folder.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <random>

#include "base/result.hpp"
#include "tools/linux/cpio_reader.hpp"
#include "tools/report/nonce.hpp"

namespace tools::run {
namespace {

namespace fs = std::filesystem;

constexpr const char* nonce_name = "nonce";

Result<void> check_folder(const fs::path& folder) {
    std::error_code error;
    const auto status = fs::status(folder, error);
    if (!fs::exists(status)) {
        const fs::path parent = folder.has_parent_path() ? folder.parent_path() : ".";
        if (fs::is_directory(parent, error)) return {};
        return problem("--out {}: there is no folder {}", folder.string(), parent.string());
    }
    if (!fs::is_directory(status)) return problem("--out {} is no folder; name a new one", folder.string());
    const bool is_empty = fs::is_empty(folder, error);
    if (error) return problem("--out {} cannot be read: {}", folder.string(), error.message());
    if (!is_empty) return problem("--out {} is not empty; name a new folder", folder.string());
    return {};
}

/// The descriptor that QEMU has inherited; QEMU is gone.
Result<Buffer> read_disk(int disk) {
    Buffer bytes(OutFolder::disk_bytes);
    std::size_t used = 0;
    while (used < bytes.size()) {
        const ssize_t got = ::pread(disk, bytes.data() + used, bytes.size() - used, static_cast<off_t>(used));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return problem("the disk of --out cannot be read: {}", std::strerror(errno));
        used += static_cast<std::size_t>(got);
    }
    return bytes;
}

}  // namespace

Result<OutFolder> OutFolder::make(const fs::path& folder, Buffer nonce) {
    // "out/" is "out", whose folder is looked at.
    const fs::path plain = folder.has_filename() ? folder : folder.parent_path();
    TRY_VOID(check_folder(plain));
    Buffer contents = nonce;
    contents.resize(disk_bytes);
    return OutFolder{plain, std::move(nonce), TRY(anonymous_file("adyton-out", contents))};
}

Result<std::vector<std::string>> OutFolder::save() const {
    const Buffer disk = TRY(read_disk(disk_.get()));
    if (std::ranges::equal(nonce_, Bytes{disk}.first(nonce_.size())))
        return problem("--out {}: the guest left the disk as it was", folder_.string());
    const auto files = TRY(linux_boot::read_archive(disk));
    if (std::ranges::contains(files, nonce_name, &linux_boot::ArchivedFile::name))
        return problem("the guest's archive has a file '{}', which is the name of yours", nonce_name);
    std::error_code error;
    fs::create_directory(folder_, error);
    if (error) return problem("cannot make the folder {}: {}", folder_.string(), error.message());
    std::vector<std::string> names{nonce_name};
    TRY_VOID(write_file(folder_ / nonce_name, nonce_));
    for (const auto& [name, contents] : files) {
        TRY_VOID(write_file(folder_ / name, contents));
        names.push_back(name);
    }
    return names;
}

Buffer random_nonce() {
    std::random_device random;  // the system's, not a sequence of numbers
    Buffer nonce(attestation::nonce_bytes);
    for (std::byte& byte : nonce) byte = static_cast<std::byte>(random());
    return nonce;
}

}  // namespace tools::run

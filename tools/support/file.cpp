// SPDX-License-Identifier: MIT
// POSIX behind the file helpers.
#include "tools/support/file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>

#include "base/address.hpp"

namespace tools {
namespace {

constexpr off_t largest_file = 1 << 30;

bool write_all(int fd, Bytes bytes) {
    return tools::write_all(fd, std::string_view{reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

/// An image has 64 MiB and more: faults for each 4 KiB of it took twice as long as its digest. A hint, no more.
void prefer_large_pages(const Buffer& reserved) {
    const auto first = reinterpret_cast<std::uintptr_t>(reserved.data());
    const std::uintptr_t begin = round_up(first, large_page_bytes);
    const std::uintptr_t end = round_down(first + reserved.capacity(), large_page_bytes);
    if (begin < end) (void)::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
}

}  // namespace

void Descriptor::close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
}

int Descriptor::finish() {
    const int error = fd_ >= 0 && ::close(fd_) != 0 ? errno : 0;
    fd_ = -1;
    return error;
}

bool write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(fd, text.data(), text.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

Result<Buffer> read_file(const std::filesystem::path& path) {
    // Without O_NONBLOCK a FIFO of that name would hang us before we can see what it is.
    const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    if (!file.is_open()) return problem("cannot read {}: {}", path.string(), std::strerror(errno));
    struct stat status {};
    if (::fstat(file.get(), &status) != 0)
        return problem("cannot read {}: {}", path.string(), std::strerror(errno));
    if (!S_ISREG(status.st_mode)) return problem("{} is not a regular file", path.string());
    if (status.st_size > largest_file) return problem("{} is larger than 1 GiB", path.string());
    const auto size = static_cast<std::size_t>(status.st_size);
    Buffer bytes;
    bytes.reserve(size);
    prefer_large_pages(bytes);
    bytes.resize(size);
    std::size_t used = 0;
    while (used < bytes.size()) {
        const ssize_t got = ::read(file.get(), bytes.data() + used, bytes.size() - used);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return problem("cannot read {}: {}", path.string(), std::strerror(errno));
        if (got == 0) break;
        used += static_cast<std::size_t>(got);
    }
    bytes.resize(used);
    return bytes;
}

Result<void> write_file(const std::filesystem::path& path, Bytes bytes) {
    std::string temporary = path.string() + ".XXXXXX";
    Descriptor file{::mkostemp(temporary.data(), O_CLOEXEC)};
    if (!file.is_open()) return problem("cannot write {}: {}", path.string(), std::strerror(errno));
    const bool written = write_all(file.get(), bytes) && ::fchmod(file.get(), 0644) == 0;
    if (!written || ::rename(temporary.c_str(), path.c_str()) != 0) {
        const int error = errno;
        ::unlink(temporary.c_str());
        return problem("cannot write {}: {}", path.string(), std::strerror(error));
    }
    return {};
}

Result<Descriptor> anonymous_file(const char* label, Bytes bytes) {
    Descriptor file{::memfd_create(label, MFD_CLOEXEC)};
    if (!file.is_open() || !write_all(file.get(), bytes))
        return problem("cannot keep {} bytes in memory: {}", bytes.size(), std::strerror(errno));
    return file;
}

}  // namespace tools

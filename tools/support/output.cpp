// SPDX-License-Identifier: MIT
// POSIX behind the output: which of its names, links and modes allow what.
#include "tools/support/output.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <random>

#include "base/result.hpp"
#include "tools/support/file.hpp"
#include "tools/support/number.hpp"
#include "tools/support/terminal.hpp"

namespace tools {
namespace {

namespace fs = std::filesystem;

constexpr int most_links = 40;  // the kernel's own limit
constexpr mode_t anybody_writes = 0222, permissions = 07777;

std::unexpected<Problem> cannot_write(const std::string& name, int error) {
    return problem("cannot write {}: {}", name, std::strerror(error));
}

bool write_bytes(int fd, Bytes bytes) {
    return write_all(fd, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

fs::path folder_of(const fs::path& path) {
    return path.has_parent_path() ? path.parent_path() : fs::path{"."};
}

/// N of /dev/fd/N and its other names. Opened by that name, a file of the caller's would be written from its
/// beginning, over what the caller wrote into it before, and a socket not at all.
std::optional<int> inherited(const std::string& name) {
    if (name == "-" || name == "/dev/stdout") return STDOUT_FILENO;
    if (name == "/dev/stderr") return STDERR_FILENO;
    for (const std::string_view folder : {"/dev/fd/", "/proc/self/fd/"})
        if (name.starts_with(folder))
            if (const auto number = parse_number("descriptor", name.substr(folder.size()), 0, 1 << 20))
                return static_cast<int>(*number);
    return std::nullopt;
}

bool is_our_stdout(const struct stat& status) {
    struct stat own {};
    return ::fstat(STDOUT_FILENO, &own) == 0 && own.st_dev == status.st_dev && own.st_ino == status.st_ino;
}

struct End {
    fs::path path;
    bool is_magic = false;  ///< a link of /proc, which is a file and no name of one
};

/// Where the links lead; the last one may lead to what is not there yet.
Result<End> follow(const std::string& name) {
    End end{name};
    std::error_code error;
    for (int links = 0; fs::is_symlink(end.path, error); ++links) {
        if (links == most_links) return cannot_write(name, ELOOP);
        struct statfs system {};
        if (::statfs(folder_of(end.path).c_str(), &system) == 0 && system.f_type == PROC_SUPER_MAGIC)
            end.is_magic = true;
        const fs::path next = fs::read_symlink(end.path, error);
        if (error) return cannot_write(name, error.value());
        end.path = folder_of(end.path) / next;
    }
    return end;
}

/// More than one name, or rights that a new file would not have.
bool is_more_than_its_mode(const fs::path& path, const struct stat& status) {
    return status.st_nlink > 1 || ::getxattr(path.c_str(), "system.posix_acl_access", nullptr, 0) > 0;
}

/// A file beside `target` that the umask, or the folder's access list, had its say in.
Descriptor make_beside(const fs::path& target, fs::path& name) {
    std::random_device random;
    for (int attempt = 0; attempt < 100; ++attempt) {
        name = folder_of(target) / formatted(".adyton-{:08x}", random());
        Descriptor file{::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666)};
        if (file.is_open() || errno != EEXIST) return file;
    }
    return Descriptor{};
}

/// Mode and owner of the file that is to be replaced. The owner first: giving a file away takes bits
/// of the mode.
bool take_after(int fd, const struct stat& old) {
    struct stat now {};
    if (::fstat(fd, &now) != 0) return false;
    const bool is_same_owner = now.st_uid == old.st_uid && now.st_gid == old.st_gid;
    if (!is_same_owner && ::fchown(fd, old.st_uid, old.st_gid) != 0) return false;
    return ::fchmod(fd, old.st_mode & permissions) == 0;
}

}  // namespace

Result<Output> Output::to(const std::string& name) {
    if (name.empty()) return problem("output needs the name of a file, or - for stdout");
    if (const auto fd = inherited(name)) {
        const int flags = ::fcntl(*fd, F_GETFL);
        if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY) return cannot_write(name, EBADF);
        return Output{name, Way::Descriptor, {}, *fd};
    }
    struct stat status {};
    if (::stat(name.c_str(), &status) == 0) return to_existing(name);
    if (errno == ENOENT) return to_new(name);
    return cannot_write(name, errno);
}

Result<Output> Output::to_existing(const std::string& name) {
    struct stat status {};
    if (::stat(name.c_str(), &status) != 0) return cannot_write(name, errno);
    if (S_ISDIR(status.st_mode)) return problem("cannot write {}: it is a folder", name);
    if (is_our_stdout(status)) return Output{name, Way::Descriptor, {}, STDOUT_FILENO};
    const bool is_regular = S_ISREG(status.st_mode);
    if (is_regular && (status.st_mode & anybody_writes) == 0)
        return problem(
            "cannot write {}: it is read-only (mode {:04o}); chmod u+w makes it writable, another name "
            "leaves "
            "it alone",
            name, status.st_mode & permissions);
    if (::faccessat(AT_FDCWD, name.c_str(), W_OK, AT_EACCESS) != 0) return cannot_write(name, errno);
    if (!is_regular) return Output{name, Way::Into, name, -1};
    const End end = TRY(follow(name));
    const bool is_whole = !end.is_magic && !is_more_than_its_mode(end.path, status);
    return Output{name, is_whole ? Way::Replace : Way::Into, is_whole ? end.path : fs::path{name}, -1};
}

Result<Output> Output::to_new(const std::string& name) {
    const End end = TRY(follow(name));
    const fs::path folder = folder_of(end.path);
    if (!end.path.has_filename()) return problem("cannot write {}: there is no such folder", name);
    if (::faccessat(AT_FDCWD, folder.c_str(), W_OK | X_OK, AT_EACCESS) != 0) return cannot_write(name, errno);
    return Output{name, Way::Replace, end.path, -1};
}

Result<void> Output::write(Bytes bytes) const {
    if (way_ == Way::Replace) return replace(bytes);
    if (way_ == Way::Into) return write_into(bytes);
    if (write_bytes(descriptor_, bytes)) return {};
    return cannot_write(is_stdout() ? "to stdout" : name_, errno);
}

Result<void> Output::replace(Bytes bytes) const {
    struct stat old {};
    const bool exists = ::stat(target_.c_str(), &old) == 0;
    fs::path beside;
    Descriptor file = make_beside(target_, beside);
    const bool is_closed_folder = !file.is_open() && (errno == EACCES || errno == EPERM || errno == EROFS);
    if (exists && is_closed_folder) return write_into(bytes);
    if (!file.is_open()) return cannot_write(name_, errno);
    if (exists && !take_after(file.get(), old)) {
        ::unlink(beside.c_str());
        return write_into(bytes);
    }
    int error = write_bytes(file.get(), bytes) ? 0 : errno;
    // A file system over the network tells only now that it is full.
    if (const int closed = file.finish(); error == 0) error = closed;
    if (error == 0 && ::rename(beside.c_str(), target_.c_str()) == 0) return {};
    const bool has_failed_to_rename = error == 0;
    if (error == 0) error = errno;
    ::unlink(beside.c_str());
    // Something is mounted on the name, or the folder's sticky bit keeps it for its owner.
    if (has_failed_to_rename && exists && (error == EBUSY || error == EPERM || error == EACCES))
        return write_into(bytes);
    return cannot_write(name_, error);
}

Result<void> Output::write_into(Bytes bytes) const {
    struct stat status {};
    const bool is_regular = ::stat(target_.c_str(), &status) == 0 && S_ISREG(status.st_mode);
    Descriptor file{::open(target_.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY | (is_regular ? O_TRUNC : 0))};
    if (!file.is_open()) return cannot_write(name_, errno);
    int error = write_bytes(file.get(), bytes) ? 0 : errno;
    if (const int closed = file.finish(); error == 0) error = closed;
    if (error == 0) return {};
    return problem("cannot write {}: {}{}", name_, std::strerror(error),
                   is_regular ? "; what it holds now is incomplete" : "");
}

void Output::tell(std::string_view text) const {
    if (is_stdout())
        print_error(text);
    else
        print_out(text);
}

Result<bool> share_stdout(std::initializer_list<const Output*> outputs) {
    int count = 0;
    for (const Output* output : outputs)
        if (output != nullptr && output->is_stdout()) ++count;
    if (count > 1) return problem("only one output can be stdout; name a file for the other");
    return count == 1;
}

}  // namespace tools

// SPDX-License-Identifier: MIT
#include "tools/qemu/disk_format.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/result.hpp"
#include "tools/support/file.hpp"

namespace tools::qemu {
namespace {

namespace fs = std::filesystem;
using namespace std::literals;

/// A mark, and where it stands. Sources: QEMU's docs/interop/qcow2.txt; VMware "Virtual Disk Format 5.0",
/// sparse extents and descriptor; [MS-VHDX] 2.2.1; VirtualBox's VDI header (signature BEDA107Fh);
/// Microsoft "Virtual Hard Disk Image Format Specification", the footer, which dynamic images have at
/// their beginning as well.
struct Mark {
    DiskFormat format;
    off_t offset;  ///< negative: from the end
    std::string_view bytes;
};
constexpr off_t vhd_footer = 512;
constexpr std::array marks{
    Mark{DiskFormat::Qcow2, 0, "QFI\xfb"sv},
    Mark{DiskFormat::Vmdk, 0, "KDMV"sv},
    Mark{DiskFormat::Vmdk, 0, "# Disk DescriptorFile"sv},
    Mark{DiskFormat::Vhdx, 0, "vhdxfile"sv},
    Mark{DiskFormat::Vdi, 0x40, "\x7f\x10\xda\xbe"sv},
    Mark{DiskFormat::Vhd, 0, "conectix"sv},
    Mark{DiskFormat::Vhd, -vhd_footer, "conectix"sv},
};
constexpr std::size_t longest_mark = 32;

struct Name {
    std::string_view word;
    DiskFormat format;
};
/// The first of a format is what we call it.
constexpr std::array names{Name{"raw", DiskFormat::Raw},   Name{"qcow2", DiskFormat::Qcow2},
                           Name{"vmdk", DiskFormat::Vmdk}, Name{"vhdx", DiskFormat::Vhdx},
                           Name{"vdi", DiskFormat::Vdi},   Name{"vhd", DiskFormat::Vhd},
                           Name{"vpc", DiskFormat::Vhd}};

std::string_view name_of(DiskFormat format) {
    for (const Name& name : names)
        if (name.format == format) return name.word;
    return "raw";
}

bool has_mark(int fd, off_t size, const Mark& mark) {
    std::array<char, longest_mark> bytes;
    const off_t at = mark.offset < 0 ? size + mark.offset : mark.offset;
    return at >= 0 && ::pread(fd, bytes.data(), mark.bytes.size(), at) == std::ssize(mark.bytes) &&
           std::string_view{bytes.data(), mark.bytes.size()} == mark.bytes;
}

}  // namespace

std::string_view qemu_name(DiskFormat format) { return format == DiskFormat::Vhd ? "vpc" : name_of(format); }

Result<DiskFormat> parse_disk_format(std::string_view word) {
    for (const Name& name : names)
        if (name.word == word) return name.format;
    return problem("there is no disk format '{}'; choose raw, qcow2, vmdk, vhdx, vdi or vhd", word);
}

Result<DiskFormat> look_at_disk(const fs::path& file) {
    // Without O_NONBLOCK a FIFO of that name would hang us before we can see what it is.
    const Descriptor disk{::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    struct stat status {};
    if (!disk.is_open() || ::fstat(disk.get(), &status) != 0)
        return problem("--disk {} cannot be read: {}", file.string(), std::strerror(errno));
    if (!S_ISREG(status.st_mode) && !S_ISBLK(status.st_mode))
        return problem("--disk {} is neither a file nor a block device", file.string());
    const off_t size = ::lseek(disk.get(), 0, SEEK_END);
    for (const Mark& mark : marks)
        if (has_mark(disk.get(), size, mark)) return mark.format;
    return DiskFormat::Raw;
}

Result<DiskFormat> choose_disk_format(const fs::path& file, std::optional<DiskFormat> wanted) {
    const DiskFormat chosen =
        wanted.value_or(file.extension() == ".qcow2" ? DiskFormat::Qcow2 : DiskFormat::Raw);
    const DiskFormat seen = TRY(look_at_disk(file));
    if (chosen == seen || wanted == DiskFormat::Raw) return chosen;
    const std::string name = file.string();
    if (seen == DiskFormat::Raw)
        return problem("--disk {} does not look like a {} image; write {},format=raw if it is a raw one",
                       name, name_of(chosen), name);
    if (chosen != DiskFormat::Raw)
        return problem("--disk {} looks like a {} image, not like a {} one; write {},format={}", name,
                       name_of(seen), name_of(chosen), name, name_of(seen));
    return problem(
        "--disk {0} looks like a {1} image, which a guest would destroy if it wrote to it as a raw one; "
        "write "
        "{0},format={1} - or {0},format=raw if it is a raw disk on which a guest may have put those bytes",
        name, name_of(seen));
}

}  // namespace tools::qemu

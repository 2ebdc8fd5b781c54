// SPDX-License-Identifier: MIT
// "newc": a header of hexadecimal digits, the name, the contents, each padded to four bytes.
#include "tools/linux/cpio.hpp"

#include <string>

#include "base/address.hpp"
#include "tools/support/format.hpp"

namespace tools::linux_boot {
namespace {

constexpr std::size_t alignment = 4;
constexpr unsigned type_folder = 0040000, type_file = 0100000, type_link = 0120000, type_device = 0020000;

void append(Buffer& to, Bytes bytes) {
    to.insert(to.end(), bytes.begin(), bytes.end());
    to.resize(round_up(to.size(), alignment));
}

Bytes bytes_of(std::string_view text) { return std::as_bytes(std::span{text}); }

}  // namespace

void CpioWriter::folder(std::string_view path) { add({path, type_folder | 0755}); }
void CpioWriter::file(std::string_view path, Bytes contents, bool executable) {
    add({path, type_file | (executable ? 0755u : 0644u), contents});
}
void CpioWriter::link(std::string_view path, std::string_view target) {
    add({path, type_link | 0777, bytes_of(target)});
}
void CpioWriter::device(std::string_view path, unsigned major, unsigned minor) {
    add({path, type_device | 0600, {}, major, minor});
}

void CpioWriter::add(const Entry& entry) {
    // magic, inode, mode, uid, gid, links, mtime, size, device, device of a special file, name's length, sum
    std::string head = formatted(
        "070701{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}{:08x}"
        "{:08x}{:08x}",
        ++inode_, entry.mode, 0, 0, 1, 0, entry.contents.size(), 0, 0, entry.major, entry.minor,
        entry.path.size() + 1, 0);
    head += entry.path;
    head += '\0';
    append(out_, bytes_of(head));
    append(out_, entry.contents);
}

Buffer CpioWriter::finish() && {
    add({"TRAILER!!!", 0});
    return std::move(out_);
}

}  // namespace tools::linux_boot

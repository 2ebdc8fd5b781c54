// SPDX-License-Identifier: MIT
// Archives in the form that Linux unpacks as its first root file system. [Linux "buffer-format.rst"]
#pragma once
#include <string_view>

#include "base/bytes.hpp"
#include "tools/support/file.hpp"

namespace tools::linux_boot {

/// Entries in the order in which they are added; a folder before what is in it. No entry has a time or an
/// owner, so the same input gives the same bytes.
class CpioWriter {
public:
    void folder(std::string_view path);
    void file(std::string_view path, Bytes contents, bool executable);
    void link(std::string_view path, std::string_view target);
    /// The character device `major`:`minor`.
    void device(std::string_view path, unsigned major, unsigned minor);
    /// Ends the archive.
    [[nodiscard]] Buffer finish() &&;

private:
    struct Entry {
        std::string_view path;
        unsigned mode;
        Bytes contents{};
        unsigned major = 0, minor = 0;
    };
    void add(const Entry& entry);
    Buffer out_;
    unsigned inode_ = 0;
};

}  // namespace tools::linux_boot

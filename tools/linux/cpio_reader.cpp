// SPDX-License-Identifier: MIT
// "newc": a header of hexadecimal digits, the name, the contents, each padded to four bytes. [cpio(5) "New ASCII
// Format"] A name is judged before it is printed: it may hold whatever a terminal obeys.
#include "tools/linux/cpio_reader.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

#include "base/address.hpp"
#include "base/result.hpp"

namespace tools::linux_boot {
namespace {

constexpr std::string_view magic = "070701", trailer = "TRAILER!!!";
constexpr std::size_t digits = 8, fields = 13, header_bytes = magic.size() + fields * digits, alignment = 4;
constexpr std::size_t mode_field = 1, size_field = 6, name_field = 11;
constexpr std::uint32_t type_mask = 0170000, type_file = 0100000;

std::string_view text_of(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

/// `bytes` from `at` on; empty when the archive ends before.
std::optional<Bytes> piece(Bytes archive, std::size_t at, std::size_t bytes) {
    if (at > archive.size() || bytes > archive.size() - at) return std::nullopt;
    return archive.subspan(at, bytes);
}

std::optional<std::uint32_t> number(std::string_view header, std::size_t field) {
    const std::string_view text = header.substr(magic.size() + field * digits, digits);
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.begin(), text.end(), value, 16);
    if (error != std::errc{} || end != text.end()) return std::nullopt;
    return value;
}

bool is_plain(std::string_view name) {
    constexpr std::string_view more = "._-";
    const auto is_letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    return !name.empty() && name.size() <= max_archived_name && (is_letter(name[0]) || name[0] == '_') &&
           std::ranges::all_of(name, [&](char c) { return is_letter(c) || more.contains(c); });
}

struct Entry {
    std::string_view name;
    Bytes contents;
    std::uint32_t mode;
    std::size_t end;  ///< where the next one begins
};

Result<Entry> read_entry(Bytes archive, std::size_t at, std::size_t index) {
    const auto cut = [&] { return problem("the guest's archive ends within entry {}", index); };
    const auto head = piece(archive, at, header_bytes);
    if (!head) return cut();
    const std::string_view header = text_of(*head);
    if (!header.starts_with(magic)) return problem("entry {} of the guest's archive has no header", index);
    const auto mode = number(header, mode_field), size = number(header, size_field),
               name_bytes = number(header, name_field);
    if (!mode || !size || !name_bytes)
        return problem("entry {} of the guest's archive has a number that is none", index);
    const auto named = piece(archive, at + header_bytes, *name_bytes);
    const std::size_t data = round_up(at + header_bytes + *name_bytes, alignment);
    const auto contents = piece(archive, data, *size);
    if (!named || !contents) return cut();
    // The terminating zero is counted.
    const std::string_view name = text_of(*named);
    if (name.empty() || name.back() != '\0')
        return problem("the name of entry {} of the guest's archive has no end", index);
    return Entry{name.substr(0, name.size() - 1), *contents, *mode, round_up(data + *size, alignment)};
}

}  // namespace

Result<std::vector<ArchivedFile>> read_archive(Bytes archive) {
    if (!text_of(archive).starts_with(magic)) return problem("the guest wrote no archive");
    std::vector<ArchivedFile> files;
    for (std::size_t at = 0, index = 0;; ++index) {
        const Entry entry = TRY(read_entry(archive, at, index));
        if (entry.name == trailer) return files;
        if (!is_plain(entry.name))
            return problem("entry {} of the guest's archive has no plain file name", index);
        if ((entry.mode & type_mask) != type_file)
            return problem("{} in the guest's archive is no regular file", entry.name);
        if (std::ranges::contains(files, entry.name, &ArchivedFile::name))
            return problem("{} is in the guest's archive twice", entry.name);
        if (files.size() == max_archived_files)
            return problem("the guest's archive has more than {} files", max_archived_files);
        files.push_back({std::string{entry.name}, entry.contents});
        at = entry.end;
    }
}

}  // namespace tools::linux_boot

// SPDX-License-Identifier: MIT
#include "tools/qemu/devices.hpp"

#include <unistd.h>

#include <optional>
#include <sstream>

#include "base/result.hpp"

namespace tools::qemu {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view behind_iommu = "disable-legacy=on,iommu_platform=on";

/// The file and the words behind it. Only known words are taken off the end: a file's name may have commas.
struct DiskText {
    std::string file;
    std::optional<DiskMode> mode{};
    std::optional<DiskFormat> format{};
};

/// True when `word` is one of ours, and noted.
Result<bool> take_word(DiskText& text, std::string_view word) {
    constexpr std::string_view format = "format=";
    const bool is_mode = word == "ro" || word == "snapshot", is_format = word.starts_with(format);
    if ((is_mode && text.mode) || (is_format && text.format))
        return problem("--disk {}: a second word '{}' contradicts the first", text.file, word);
    if (is_mode) text.mode = word == "ro" ? DiskMode::ReadOnly : DiskMode::Snapshot;
    if (is_format) text.format = TRY(parse_disk_format(word.substr(format.size())));
    return is_mode || is_format;
}

Result<DiskText> split(const std::string& typed) {
    DiskText text{typed};
    for (auto comma = text.file.rfind(','); comma != std::string::npos; comma = text.file.rfind(',')) {
        const std::string word = text.file.substr(comma + 1);
        if (!TRY(take_word(text, word))) break;
        text.file.resize(comma);
    }
    return text;
}

/// There is no such file, perhaps because its name ends at a comma.
std::unexpected<Problem> no_such_file(const std::string& file) {
    const auto comma = file.find(',');
    std::error_code error;
    if (comma != std::string::npos && fs::exists(file.substr(0, comma), error))
        return problem(
            "--disk {}: '{}' is not known; write FILE, FILE,ro or FILE,snapshot, then ,format=NAME if it is "
            "not "
            "raw",
            file.substr(0, comma), file.substr(comma + 1));
    return problem("--disk {}: there is no such file; write FILE, FILE,ro or FILE,snapshot", file);
}

std::string name_of(std::size_t index) { return formatted("vd{}", static_cast<char>('a' + index)); }

}  // namespace

Result<Disk> parse_disk(const std::string& text) {
    const auto [file, mode, format] = TRY(split(text));
    Disk disk{file, mode.value_or(DiskMode::Kept)};
    std::error_code error;
    if (!fs::exists(disk.file, error)) return no_such_file(file);
    if (fs::is_directory(disk.file, error))
        return problem("--disk {} is a folder; make an image of it with mke2fs -d", file);
    disk.format = TRY(choose_disk_format(disk.file, format));
    if (disk.mode == DiskMode::Kept && ::access(disk.file.c_str(), W_OK) != 0)
        return problem("--disk {} cannot be written; use {},ro or {},snapshot", file, file, file);
    return disk;
}

Result<std::string> parse_net(const std::string& text) {
    std::istringstream words{text};
    std::string word;
    if (!std::getline(words, word, ',') || word != "user")
        return problem("--net {} is not possible; write user, or user,hostfwd=tcp::2222-:22", text);
    while (std::getline(words, word, ','))
        if (!word.starts_with("hostfwd="))
            return problem("--net {}: '{}' is not known; write hostfwd=tcp::2222-:22", text, word);
    return text;
}

void add_disk(Options& to, const Disk& disk, std::size_t index) {
    std::string drive = formatted("if=none,id={},format={},file.driver=file,file.filename={}", name_of(index),
                                  qemu_name(disk.format), part(disk.file.string()));
    if (disk.mode == DiskMode::ReadOnly) drive += ",readonly=on";
    if (disk.mode == DiskMode::Snapshot) drive += ",snapshot=on";
    to.emplace_back("-drive", std::move(drive));
    to.emplace_back("-device",
                    formatted("virtio-blk-pci,drive={0},serial={0},{1}", name_of(index), behind_iommu));
}

namespace {

void add_inherited(Options& to, int descriptor, std::string_view name, std::string_view more) {
    to.emplace_back("-drive",
                    formatted("if=none,id={},format=raw,file=/dev/fd/{},file.locking=off", name, descriptor));
    to.emplace_back("-device", formatted("virtio-blk-pci,drive={},{}{}", name, more, behind_iommu));
}

}  // namespace

void add_disk(Options& to, int descriptor, const std::string& serial) {
    add_inherited(to, descriptor, "disk", serial.empty() ? "" : formatted("serial={},", serial));
}

void add_out_disk(Options& to, int descriptor) { add_inherited(to, descriptor, "out", "serial=adyton-out,"); }

void add_net(Options& to, const std::string& net) {
    // The network's own name, then what was said about it. No ROM: no guest boots from this card.
    to.emplace_back("-netdev",
                    formatted("user,id=net{}",
                              net.substr(net.find(',') == std::string::npos ? net.size() : net.find(','))));
    to.emplace_back("-device", formatted("virtio-net-pci,netdev=net,romfile=,{}", behind_iommu));
}

}  // namespace tools::qemu

// SPDX-License-Identifier: MIT
#include "tools/run/devices.hpp"

#include <unistd.h>

#include <sstream>

#include "base/result.hpp"

namespace tools::run {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view behind_iommu = "disable-legacy=on,iommu_platform=on";

/// Removes `,word` from the end of the text.
bool take_word(std::string& text, std::string_view word) {
    if (!text.ends_with(formatted(",{}", word))) return false;
    text.resize(text.size() - word.size() - 1);
    return true;
}

/// A comma ends a value of QEMU's; two are one.
std::string escaped(const std::string& text) {
    std::string result;
    for (const char c : text) result += c == ',' ? ",," : std::string{c};
    return result;
}

/// By the name and never by the contents: those are the guest's to write, and a raw disk on which it puts the
/// beginning of another format would open any file of the host's as its base the next time.
const char* format_of(const fs::path& file) { return file.extension() == ".qcow2" ? "qcow2" : "raw"; }

std::string name_of(std::size_t index) { return formatted("vd{}", static_cast<char>('a' + index)); }

}  // namespace

Result<Disk> parse_disk(const std::string& text) {
    Disk disk;
    std::string file = text;
    if (take_word(file, "ro"))
        disk.mode = DiskMode::ReadOnly;
    else if (take_word(file, "snapshot"))
        disk.mode = DiskMode::Snapshot;
    disk.file = file;
    std::error_code error;
    if (!fs::exists(disk.file, error))
        return problem("--disk {}: there is no such file; write FILE, FILE,ro or FILE,snapshot", file);
    if (fs::is_directory(disk.file, error))
        return problem("--disk {} is a folder; make an image of it with mke2fs -d", file);
    if (::access(disk.file.c_str(), R_OK) != 0) return problem("--disk {} cannot be read", file);
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

void add_disk(std::vector<QemuOption>& to, const Disk& disk, std::size_t index) {
    std::string drive = formatted("if=none,id={},format={},file.driver=file,file.filename={}", name_of(index),
                                  format_of(disk.file), escaped(disk.file.string()));
    if (disk.mode == DiskMode::ReadOnly) drive += ",readonly=on";
    if (disk.mode == DiskMode::Snapshot) drive += ",snapshot=on";
    to.emplace_back("-drive", std::move(drive));
    to.emplace_back("-device",
                    formatted("virtio-blk-pci,drive={0},serial={0},{1}", name_of(index), behind_iommu));
}

void add_disk(std::vector<QemuOption>& to, int descriptor) {
    to.emplace_back("-drive",
                    formatted("if=none,id=disk,format=raw,file=/dev/fd/{},file.locking=off", descriptor));
    to.emplace_back("-device", formatted("virtio-blk-pci,drive=disk,{}", behind_iommu));
}

void add_net(std::vector<QemuOption>& to, const std::string& net) {
    // The network's own name, then what was said about it. No ROM: nobody boots from this card.
    to.emplace_back("-netdev",
                    formatted("user,id=net{}",
                              net.substr(net.find(',') == std::string::npos ? net.size() : net.find(','))));
    to.emplace_back("-device", formatted("virtio-net-pci,netdev=net,romfile=,{}", behind_iommu));
}

}  // namespace tools::run

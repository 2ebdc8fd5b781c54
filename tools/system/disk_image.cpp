// SPDX-License-Identifier: MIT
#include "tools/system/disk_image.hpp"

#include <set>

#include "base/address.hpp"
#include "base/result.hpp"
#include "tools/support/file.hpp"
#include "tools/system/partition_table.hpp"
#include "tools/system/tool.hpp"

namespace tools::system {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t mebi = 1ull << 20, block_bytes = 4096;
/// FAT32 begins at 33 MiB.
constexpr std::uint64_t least_efi_bytes = 48 * mebi;
/// What an ext2 lacks of an ext4 that every later kernel and GRUB know.
constexpr const char* features = "extents,dir_index,filetype,has_journal,large_file,sparse_super,uninit_bg";
/// What the system may write besides its packages.
constexpr std::uint64_t spare_bytes = 256 * mebi;

/// `mtools` finds the file system in the file that MTOOLSRC does not name; without a configuration it asks nothing.
Result<void> make_efi_partition(const DiskTools& tools, const std::vector<EfiFile>& files, const fs::path& to,
                                std::uint64_t bytes) {
    const std::string mtools = (tools.programs / "mtools").string(), purpose = "mtools cannot make the EFI partition";
    const auto run = [&](std::vector<std::string> words) {
        words.insert(words.begin(), {"MTOOLS_SKIP_CHECK=1", mtools, "-c"});
        return use_tool(words, purpose);
    };
    TRY_VOID(use_tool({"truncate", "-s", std::to_string(bytes), to.string()}, purpose));
    TRY_VOID(run({"mformat", "-i", to.string(), "-F", "-v", "EFI", "::"}));
    std::set<std::string> folders;
    for (const EfiFile& file : files)
        for (fs::path folder{fs::path{file.to}.parent_path()}; !folder.empty(); folder = folder.parent_path())
            folders.insert(folder.string());
    for (const std::string& folder : folders) TRY_VOID(run({"mmd", "-i", to.string(), "::/" + folder}));
    for (const EfiFile& file : files)
        TRY_VOID(run({"mcopy", "-i", to.string(), file.from.string(), "::/" + file.to}));
    return {};
}

/// genext2fs reads the tar, so that no file has to be owned by root here. Its ext2 becomes an ext4.
Result<std::uint64_t> make_root(const DiskTools& tools, const fs::path& tar, const fs::path& to) {
    std::error_code error;
    const std::uint64_t bytes = round_up(fs::file_size(tar, error) * 11 / 10 + spare_bytes, mebi);
    const std::string purpose = "genext2fs cannot make the system's file system";
    TRY_VOID(use_tool({(tools.programs / "genext2fs").string(), "-z", "-m", "0", "-B", std::to_string(block_bytes),
                       "-b", std::to_string(bytes / block_bytes), "-N", std::to_string(bytes / (4 * block_bytes)), "-L",
                       "adyton-root", "-a", tar.string(), to.string()},
                      purpose));
    TRY_VOID(use_tool({"tune2fs", "-c", "0", "-O", features, to.string()},
                      "tune2fs cannot make it an ext4 (package e2fsprogs)"));
    TRY_VOID(use_tool({"sh", "-c", "e2fsck -fyD \"$1\" >&2 || [ $? = 1 ]", "sh", to.string()},
                      "e2fsck finds the new file system damaged"));
    return bytes;
}

Result<void> copy_into(const fs::path& from, const fs::path& disk, std::uint64_t at) {
    return use_tool({"dd", formatted("if={}", from.string()), formatted("of={}", disk.string()), "bs=1M",
                     formatted("seek={}", at / mebi), "conv=sparse,notrunc", "status=none"},
                    "cannot write the disk");
}

std::uint64_t efi_bytes(const std::vector<EfiFile>& files) {
    std::uint64_t bytes = 4 * mebi;
    std::error_code error;
    for (const EfiFile& file : files) bytes += fs::file_size(file.from, error);
    return std::max(least_efi_bytes, round_up(bytes, mebi));
}

Result<void> write_table(const fs::path& disk, std::uint64_t bytes, const std::vector<Partition>& partitions,
                         const fs::path& scratch) {
    const PartitionTable table = partition_table(bytes, partitions);
    const fs::path head = scratch / "head", tail = scratch / "tail";
    TRY_VOID(write_file(head, table.head));
    // At the end of the last MiB.
    Buffer last(mebi);
    std::ranges::copy(table.tail, last.end() - std::ssize(table.tail));
    TRY_VOID(write_file(tail, last));
    TRY_VOID(copy_into(head, disk, 0));
    return copy_into(tail, disk, bytes - mebi);
}

}  // namespace

Result<void> make_disk(const DiskTools& tools, const std::vector<EfiFile>& files, const fs::path& system,
                       const fs::path& to) {
    const fs::path efi = tools.scratch / "efi.img", root = tools.scratch / "root.img";
    std::vector<Partition> partitions{{PartitionType::EfiSystem, "EFI", first_partition, efi_bytes(files)}};
    std::uint64_t end = first_partition + partitions[0].bytes;
    TRY_VOID(make_efi_partition(tools, files, efi, partitions[0].bytes));
    if (!system.empty()) {
        partitions.push_back({PartitionType::LinuxData, "root", end, TRY(make_root(tools, system, root))});
        end += partitions[1].bytes;
    }
    const std::uint64_t bytes = end + table_room;
    TRY_VOID(use_tool({"truncate", "-s", std::to_string(bytes), to.string()}, "cannot write the disk"));
    TRY_VOID(copy_into(efi, to, first_partition));
    if (!system.empty()) TRY_VOID(copy_into(root, to, partitions[1].begin));
    TRY_VOID(write_table(to, bytes, partitions, tools.scratch));
    std::error_code error;
    for (const fs::path& part : {efi, root}) fs::remove(part, error);
    return {};
}

}  // namespace tools::system

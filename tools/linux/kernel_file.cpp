// SPDX-License-Identifier: MIT
// Parses the setup header, and says what is wrong with files that are something else.
#include "tools/linux/kernel_file.hpp"

#include <elf.h>

#include <algorithm>
#include <cstring>

#include "abi/adyton/boot_block.hpp"
#include "base/result.hpp"

namespace tools::linux_boot {
namespace {

using namespace abi::linux_boot;

constexpr std::uint64_t sector_bytes = 512, paragraph_bytes = 16;
constexpr unsigned sectors_when_zero = 4;

/// The header is as long as it says: an older kernel's ends earlier, and what follows it is code.
Result<SetupHeader> read_header(Bytes file, const std::string& name) {
    const auto end_field = load<std::uint8_t>(file, setup_header_offset + offsetof(SetupHeader, header_end));
    const auto magic = load<std::uint32_t>(file, setup_header_offset + offsetof(SetupHeader, magic));
    if (load<std::uint32_t>(file, 0) == std::uint32_t{0x464c'457f})  // "\x7fELF"
        return problem("{} is an ELF file; give the compressed kernel, bzImage or vmlinuz", name);
    if (!end_field || magic != setup_magic)
        return problem("{} is not a Linux kernel for x86: there is no setup header in it", name);
    const std::uint64_t bytes = setup_header_end_base + *end_field - setup_header_offset;
    const auto part = slice(file, setup_header_offset, std::min(bytes, sizeof(SetupHeader)));
    if (!part) return problem("{} ends within its setup header", name);
    SetupHeader header{};
    std::memcpy(&header, part->data(), part->size());
    return header;
}

Result<void> check(const SetupHeader& header, const std::string& name) {
    if (header.boot_flag != boot_flag) return problem("{} is not a Linux kernel: no boot signature", name);
    if (header.version < least_version)
        return problem("{} speaks boot protocol {}.{}; 2.12 is needed, which Linux has since version 3.8",
                       name, header.version >> 8, header.version & 0xff);
    if ((header.load_flags & LoadFlags::loaded_high) == 0)
        return problem("{} is a zImage for low memory; build a bzImage", name);
    if ((header.extended_load_flags & ExtendedLoadFlags::kernel_64) == 0)
        return problem("{} is a 32-bit kernel; SEV-SNP needs a 64-bit one", name);
    return {};
}

Result<void> check_place(const KernelFile& kernel, const std::string& name) {
    constexpr std::uint64_t low = abi::adyton::guest_image_begin, high = abi::adyton::guest_image_end;
    const std::uint64_t begin = kernel.header.preferred_address;
    const std::uint64_t bytes =
        std::max<std::uint64_t>(kernel.header.init_bytes, kernel.protected_mode.size());
    if (begin % large_page_bytes != 0 || begin < low || begin >= high || bytes > high - begin)
        return problem("{} wants {} MiB of memory at {:#x}; only {} to {} MiB are free for it", name,
                       (bytes + 0xfffff) >> 20, begin, low >> 20, high >> 20);
    return {};
}

std::size_t setup_bytes_of(const SetupHeader& header) {
    const unsigned sectors = header.setup_sectors == 0 ? sectors_when_zero : header.setup_sectors;
    return (sectors + 1) * sector_bytes;
}

std::string read_version(Bytes file, const SetupHeader& header) {
    const auto text = slice(file, 0x200ull + header.kernel_version, 1);
    if (header.kernel_version == 0 || !text) return "unknown";
    const Bytes rest = file.subspan(0x200ull + header.kernel_version);
    std::string version;
    for (const std::byte byte : rest.first(std::min<std::size_t>(rest.size(), 80))) {
        const char c = static_cast<char>(byte);
        if (c <= ' ' || c > '~') break;
        version += c;
    }
    return version.empty() ? "unknown" : version;
}

}  // namespace

Result<KernelFile> read_kernel(Bytes file, const std::string& name) {
    KernelFile kernel{TRY(read_header(file, name)), {}, {}};
    const SetupHeader& header = kernel.header;
    TRY_VOID(check(header, name));
    const auto part = slice(file, setup_bytes_of(header), header.protected_mode_paragraphs * paragraph_bytes);
    if (!part || part->size() <= entry_64_offset)
        return problem("{} is cut off: it is shorter than its header says", name);
    kernel.protected_mode = *part;
    kernel.version = read_version(file, header);
    TRY_VOID(check_place(kernel, name));
    return kernel;
}

Result<std::size_t> setup_bytes(Bytes file, const std::string& name) {
    const SetupHeader header = TRY(read_header(file, name));
    TRY_VOID(check(header, name));
    const std::size_t bytes = setup_bytes_of(header);
    if (bytes >= file.size()) return problem("{} is cut off: it is shorter than its header says", name);
    return bytes;
}

}  // namespace tools::linux_boot

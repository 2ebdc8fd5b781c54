// SPDX-License-Identifier: MIT
// A valid bzImage for the tests to spoil.
#pragma once
#include <cstring>
#include <string>

#include "abi/linux/boot_params.hpp"
#include "tools/support/file.hpp"

namespace tools {

struct KernelImage {
    abi::linux_boot::SetupHeader header{};
    std::size_t protected_bytes = 0x3000;
    std::string version = "6.12.0-test (builder@host) #1";

    KernelImage() {
        header.setup_sectors = 1;
        header.boot_flag = abi::linux_boot::boot_flag;
        header.jump = 0xeb;
        header.header_end = 0x6a;
        header.magic = abi::linux_boot::setup_magic;
        header.version = 0x020f;
        header.kernel_version = 0x100;
        header.load_flags = abi::linux_boot::LoadFlags::loaded_high;
        header.ramdisk_max = 0x7fff'ffff;
        header.extended_load_flags = abi::linux_boot::ExtendedLoadFlags::kernel_64;
        header.command_line_max = 2047;
        header.preferred_address = 0x100'0000;
        header.init_bytes = 0x40'0000;
    }
    [[nodiscard]] Buffer bytes() const {
        Buffer file((header.setup_sectors + 1u) * 512 + protected_bytes, std::byte{0x90});
        auto written = header;
        if (written.protected_mode_paragraphs == 0)
            written.protected_mode_paragraphs = static_cast<std::uint32_t>(protected_bytes / 16);
        std::memset(file.data(), 0, 1024);
        std::memcpy(&file[abi::linux_boot::setup_header_offset], &written, sizeof written);
        std::memcpy(&file[0x200u + header.kernel_version], version.c_str(), version.size() + 1);
        return file;
    }
};

}  // namespace tools

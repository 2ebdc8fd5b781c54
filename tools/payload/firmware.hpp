// SPDX-License-Identifier: MIT
// The kind `firmware`: OVMF, and a kernel that it finds beside the disks.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "base/address.hpp"
#include "igvm/reader.hpp"
#include "tools/image/firmware.hpp"
#include "tools/payload/linux.hpp"
#include "tools/payload/loaded.hpp"
#include "tools/payload/options.hpp"

namespace tools::payload {

/// The guest with this name is a firmware file.
inline constexpr std::string_view firmware_guest_name = "firmware";
inline constexpr std::uint64_t firmware_default_memory = 512ull << 20;

/// The guest with this name is Debian on a disk, behind firmware.
inline constexpr std::string_view debian_guest_name = "debian";

/// What starts the system on Debian's disk.
enum class BootLoader { Grub, SystemdBoot };

/// What `run debian` takes in addition.
struct SystemOptions {
    std::string release;
    BootLoader loader = BootLoader::Grub;
    bool has_checks = true;  ///< the system checks itself and powers off; otherwise it waits at its console
};

/// The host file with a kernel's command line and its NUL.
inline constexpr std::string_view command_line_file = "opt/adyton/cmdline";

/// What `run firmware` takes in addition.
struct FirmwareOptions {
    std::string source = "debian";  ///< a file, "debian" or "debian-amdsev", or with ":RELEASE"
    bool has_kernel = false;        ///< it starts the kernel of LinuxOptions; otherwise it looks for disks
    std::optional<SystemOptions> system{};  ///< disks of ours, which are made if they are not there
    image::KernelHashes hashes = image::KernelHashes::WhereLookedAt;  ///< of that kernel
};

/// "on", "off", or nothing, which is on for firmware that looks at hashes.
[[nodiscard]] Result<image::KernelHashes> parse_kernel_hashes(const std::string& text);
/// The file of `FirmwareOptions::source`. May fetch a package. A problem: a release that does not exist.
[[nodiscard]] Result<std::filesystem::path> find_firmware(const std::string& source);

/// Reads or fetches the firmware, and the kernel that it starts. `linux_guest` counts with a kernel only. A problem: a
/// release or a file that does not exist, no firmware for SEV-SNP at this level, no kernel, or hashes that the
/// firmware does not look at.
[[nodiscard]] Result<Loaded> load_firmware(const FirmwareOptions& options, const Build& build,
                                           const LinuxOptions& linux_guest, const LinuxScene& scene);

/// The window of a finished image without an SVSM that starts at the reset vector; empty for other images.
[[nodiscard]] std::optional<GpaRange> firmware_window(const igvm::File& file);

}  // namespace tools::payload

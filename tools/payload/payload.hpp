// SPDX-License-Identifier: MIT
// From what the user calls a guest to an image that can be started.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "abi/adyton/boot_block.hpp"
#include "base/address.hpp"
#include "tools/elf/symbolizer.hpp"
#include "tools/image/policy.hpp"
#include "tools/payload/firmware.hpp"
#include "tools/payload/linux.hpp"
#include "tools/payload/options.hpp"
#include "tools/support/file.hpp"
#include "tools/support/install.hpp"
#include "tools/support/problem.hpp"

namespace tools::payload {

/// The kinds of payloads, one file of this folder each: what an image's boot block, the SVSM and every part
/// of the tools call them.
using Kind = abi::adyton::GuestKind;

/// The kind that `guest` asks for: a name that stands for a kind, else a program or a finished image.
[[nodiscard]] Kind kind_of(const std::string& guest);

struct Request {
    Kind kind = Kind::Elf;
    std::string guest;           ///< Elf: name of a guest of this build, ELF file, or IGVM file
    LinuxOptions linux_guest{};  ///< Linux, and Firmware with a kernel
    FirmwareOptions firmware{};  ///< Firmware only
    Build build{};
    std::uint64_t memory = default_memory;  ///< bytes of the guest's whose states the SVSM has to keep
    unsigned cpus = 1;                      ///< for which there is room, and which Linux's checks are to find
    bool pages_stay = false;                ///< see image::Options
    std::uint64_t policy = image::default_policy;
    unsigned only_check = 0;  ///< of the conformance suite, from 1; 0: all, and of any guest
};

struct Payload {
    Buffer image;  ///< IGVM
    std::string name;
    Kind kind = Kind::Elf;            ///< how its termination codes are to be read
    bool is_finished = false;         ///< came as an image, and may hold anything
    std::optional<unsigned> vmpl{};   ///< empty when the image is not ours and does not say
    std::uint64_t sev_features = 0;   ///< of the VMSA that is launched
    std::optional<unsigned> c_bit{};  ///< that its page tables are made for; empty when it does not say
    std::string about{};              ///< what an image without our SVSM asks for, for people; else empty
    elf::Symbolizer symbols{};
    Buffer disk{};  ///< for the guest; empty: none
    std::string disk_serial{};  ///< see Loaded
    std::vector<std::filesystem::path> system_disks{};  ///< raw, before the user's; the guest's changes are lost
    Descriptor held{};  ///< see Loaded
    std::optional<GpaRange> window{};  ///< Firmware: where its file is
    std::vector<HostFile> files{};     ///< Firmware: what it reads from the host
};

/// Finds, recognises and packs the payload. A finished image stays as it is, and `build` may ask nothing
/// of it. Linux may fetch packages. A problem names the file, and says what is wrong with it; nothing
/// was written then.
[[nodiscard]] Result<Payload> prepare(const Request& request, const Install& install);

}  // namespace tools::payload

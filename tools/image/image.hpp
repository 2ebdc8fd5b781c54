// SPDX-License-Identifier: MIT
// Builds the IGVM file that starts the SVSM and its guest, on the emulated machine or on silicon.
#pragma once
#include <cstdint>
#include <string>

#include "abi/adyton/boot_block.hpp"
#include "base/bytes.hpp"
#include "tools/image/guest.hpp"
#include "tools/image/own_report.hpp"
#include "tools/image/policy.hpp"
#include "tools/image/sev_features.hpp"
#include "tools/support/file.hpp"
#include "tools/support/problem.hpp"

namespace tools::image {

struct Options {
    Bytes svsm;                          ///< ELF file
    std::string svsm_file = "svsm.elf";  ///< what sentences call it
    std::string guest_name = "guest";    ///< what the SVSM's log calls the guest
    unsigned guest_vmpl = 1;
    unsigned c_bit = 47;  ///< of the machine that will run the image: 47 emulated, 51 on current processors
    bool pages_stay =
        false;  ///< the policy forbids the host to move pages, and the boot need not zero memory
    std::uint64_t policy = default_policy;              ///< with `pages_stay` also PAGE_SWAP_DISABLE
    OwnReportDemand own_report{};  ///< what the SVSM demands of the report about its launch
    std::uint64_t sev_features = default_sev_features;  ///< of the SVSM's vCPUs, and hence of the guest's
    std::uint64_t memory_bytes = 0;                     ///< of a Linux guest at VMPL0: all of it is launched
    std::uint64_t region_gpa = abi::adyton::svsm_default_base, region_bytes = abi::adyton::svsm_default_bytes;
};

/// The image; the same options and guest give the same bytes. Its own reader has accepted it before it
/// is returned. A problem: options that are out of range, an SVSM that is no usable ELF file or does not
/// fit its region.
[[nodiscard]] Result<Buffer> build_image(const Options& options, LoadedGuest guest);

/// The policy of the image.
[[nodiscard]] constexpr std::uint64_t policy_of(const Options& options) {
    return options.policy | (options.pages_stay ? abi::GuestPolicy::PageSwapDisable::mask : 0);
}

}  // namespace tools::image

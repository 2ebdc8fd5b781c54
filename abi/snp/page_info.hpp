// SPDX-License-Identifier: MIT
// What the AMD-SP hashes for each page of a launch. [SNP-ABI "PAGE_INFO Structure"]
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>

namespace abi {

/// A SHA-384, most significant byte first.
using Sha384 = std::array<std::byte, 48>;

struct PageInfo {
    Sha384 digest_current;  ///< the launch digest before this page
    Sha384 contents;        ///< of the page, or zeros for types whose contents are not measured
    std::uint16_t length;
    std::uint8_t page_type, imi_page;
    /// Rights of VMPL1 to 3. Programs that compute digests disagree about their order; all of them have zeros here.
    std::uint8_t reserved, vmpl1_permissions, vmpl2_permissions, vmpl3_permissions;
    std::uint64_t gpa;
};
static_assert(sizeof(PageInfo) == 0x70 && offsetof(PageInfo, length) == 0x60 &&
              offsetof(PageInfo, gpa) == 0x68);

}  // namespace abi

// SPDX-License-Identifier: MIT
// What the AMD-SP leaves in a page of the launch, by its type. [SNP-ABI "SNP_LAUNCH_UPDATE"]
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "abi/snp/cpuid_page.hpp"
#include "abi/snp/secrets.hpp"
#include "base/bytes.hpp"
#include "model/psp/launch.hpp"

namespace model::psp {

/// Version of the secrets page that this AMD-SP writes. [SNP-ABI "Secrets Page"]
inline constexpr std::uint32_t secrets_version = 3;

/// What the AMD-SP knows and keeps from the host.
struct Secrets {
    std::uint32_t fms = 0;  ///< family, model and stepping: CPUID Fn0000_0001 EAX
    std::array<std::array<std::uint8_t, 32>, 4> keys{};  ///< VMPCKs, one per VMPL
};

using Page = std::span<std::byte, page_bytes>;

/// Overwrites all of `page`: with `contents` and zeros behind them, with zeros, or with the secrets. Contents
/// longer than a page are cut. This AMD-SP copies the host's CPUID table without checking it.
void fill(Page page, PageType type, Bytes contents, const Secrets& secrets);

}  // namespace model::psp

// SPDX-License-Identifier: MIT
// The page in which the AMD-SP gives a guest its keys, and the SVSM its guest the discovery fields.
// [SNP-ABI "Secrets Page"] [SVSM "Table 1: Secrets Page Fields"]
#pragma once
#include <cstddef>
#include <cstdint>

namespace abi {

struct SecretsPage {
    std::uint32_t version, flags, fms, reserved_00c;
    std::uint8_t gosvw[16];
    std::uint8_t vmpck[4][32];  ///< keys of the message channels, one per VMPL
    std::uint8_t os_area[96];
    std::uint8_t vmsa_tweak_bitmap[64];
    std::uint64_t svsm_base, svsm_size;  ///< size 0: there is no SVSM
    std::uint64_t svsm_caa;              ///< calling area of the boot vCPU
    std::uint32_t svsm_max_version;      ///< of the core protocol
    std::uint8_t svsm_guest_vmpl;
    std::uint8_t reserved_15d[3];
    std::uint32_t tsc_factor;
    std::uint8_t reserved_164[0xe9c];
};
static_assert(sizeof(SecretsPage) == 4096 && offsetof(SecretsPage, vmpck) == 0x20);
static_assert(offsetof(SecretsPage, os_area) == 0xa0 && offsetof(SecretsPage, vmsa_tweak_bitmap) == 0x100);
static_assert(offsetof(SecretsPage, svsm_base) == 0x140 && offsetof(SecretsPage, svsm_caa) == 0x150);
static_assert(offsetof(SecretsPage, svsm_max_version) == 0x158 &&
              offsetof(SecretsPage, svsm_guest_vmpl) == 0x15c);
static_assert(offsetof(SecretsPage, tsc_factor) == 0x160);

}  // namespace abi

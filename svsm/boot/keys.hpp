// SPDX-License-Identifier: MIT
// VMPCK0, the part of the secrets page that only VMPL0 may know. It stays in one page that no
// page table maps.
#pragma once
#include <array>
#include <cstdint>

#include "abi/snp/secrets.hpp"
#include "base/address.hpp"

namespace svsm {

/// The key has a page of its own: the SVSM unmaps it before the guest runs, and maps it only for a message
/// to the AMD-SP.
struct alignas(page_bytes) KeyPage {
    std::array<std::uint8_t, sizeof abi::SecretsPage{}.vmpck[0]> vmpck0;
};
static_assert(sizeof(KeyPage) == page_bytes);

/// Moves VMPCK0: afterwards it is in `keys` and not in `original`. Comes before the guest's copy of the page,
/// so that no buffer of that copy has ever held the key. [SNP-ABI "Secrets Page"]
void take_keys(KeyPage& keys, abi::SecretsPage& original);

/// Zeroes the page that the AMD-SP filled, once the SVSM needs nothing in it. The host may later map a page
/// that the SVSM no longer reads at an address of the guest: the guest then finds zeros.
void wipe_secrets(abi::SecretsPage& original);

}  // namespace svsm

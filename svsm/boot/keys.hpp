// SPDX-License-Identifier: MIT
// What of the secrets page only VMPL0 may know, and where it stays: in one page that nothing maps.
#pragma once
#include <array>
#include <cstdint>

#include "abi/snp/secrets.hpp"
#include "base/address.hpp"

namespace svsm {

/// A page of its own: it is taken out of the page tables before the guest runs, and a message to the AMD-SP
/// needs it for a moment only.
struct alignas(page_bytes) KeyPage {
    std::array<std::uint8_t, sizeof abi::SecretsPage{}.vmpck[0]> vmpck0;
};
static_assert(sizeof(KeyPage) == page_bytes);

/// Moves VMPCK0: afterwards it is in `keys` and not in `original`. Before the guest's copy is made, so that
/// no page through which that copy goes has ever held it. [SNP-ABI "Secrets Page"]
void take_keys(KeyPage& keys, abi::SecretsPage& original);

/// Zeroes the page that the AMD-SP filled, once nothing in it is needed. The host may put a page that the
/// SVSM does not look at any more behind an address of the guest's: it finds nothing in this one.
void wipe_secrets(abi::SecretsPage& original);

}  // namespace svsm

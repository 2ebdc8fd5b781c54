// SPDX-License-Identifier: MIT
#include "svsm/boot/keys.hpp"

#include <cstring>

#include "crypto/wipe.hpp"

namespace svsm {

void take_keys(KeyPage& keys, abi::SecretsPage& original) {
    std::memcpy(keys.vmpck0.data(), original.vmpck[0], sizeof original.vmpck[0]);
    crypto::wipe(std::as_writable_bytes(std::span{original.vmpck[0]}));
}

void wipe_secrets(abi::SecretsPage& original) { crypto::wipe_object(original); }

}  // namespace svsm

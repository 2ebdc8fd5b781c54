// SPDX-License-Identifier: MIT
#include "svsm/boot/keys.hpp"

#include <cstring>

namespace svsm {
namespace {

/// A compiler drops a store that no code reads, so the assembler statement claims to read it.
void wipe(void* at, std::size_t bytes) {
    std::memset(at, 0, bytes);
    asm volatile("" : : "r"(at) : "memory");
}

}  // namespace

void take_keys(KeyPage& keys, abi::SecretsPage& original) {
    std::memcpy(keys.vmpck0.data(), original.vmpck[0], sizeof original.vmpck[0]);
    wipe(original.vmpck[0], sizeof original.vmpck[0]);
}

void wipe_secrets(abi::SecretsPage& original) { wipe(&original, sizeof original); }

}  // namespace svsm

// SPDX-License-Identifier: MIT
// Encrypts and authenticates messages with VMPCK0. [SNP-ABI "Guest Messages"]
#pragma once
#include "abi/snp/guest_message.hpp"
#include "crypto/aes_gcm.hpp"
#include "crypto/wipe.hpp"
#include "machine/machine.hpp"

namespace svsm::psp {

/// VMPCK0, for the time of one encryption: it leaves nothing behind.
struct Key {
    crypto::AesKey bytes{};
    Key() = default;
    ~Key() { crypto::wipe(bytes); }
    Key(Key&&) = delete;
};

/// Reads the key from its page through a window of this CPU. GuestFault when the host has taken the page.
[[nodiscard]] std::expected<void, machine::GuestFault> load_key(Key& key, Gpa page);
/// Overwrites the key in its page. A page that the host has taken is out of reach for the SVSM and useless to the host.
void wipe_key(Gpa page);

/// Encrypts `payload` in place and writes the tag into `header`, whose other fields are authenticated by it.
void seal(const Key& key, abi::MessageHeader& header, std::span<std::byte> payload);
/// Decrypts `payload` in place. False when key, number, header or payload are not what was sealed; the payload
/// is all zeros then.
[[nodiscard]] bool open(const Key& key, const abi::MessageHeader& header, std::span<std::byte> payload);

}  // namespace svsm::psp

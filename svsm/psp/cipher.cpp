// SPDX-License-Identifier: MIT
#include "svsm/psp/cipher.hpp"

#include <cstring>

#include "svsm/guest/mapped_page.hpp"

namespace svsm::psp {
namespace {

static_assert(std::tuple_size_v<crypto::GcmTag> == abi::message_tag_bytes);

using Header = abi::MessageHeader;

/// The number of the message, and zeros.
crypto::GcmNonce nonce_of(const Header& header) {
    crypto::GcmNonce nonce{};
    std::memcpy(nonce.data(), &header.sequence, sizeof header.sequence);
    return nonce;
}

/// All behind tag and number. The number is the nonce.
Bytes authenticated(const Header& header) {
    return bytes_of_object(header).subspan(abi::authenticated_header, abi::authenticated_header_bytes);
}

/// Overwrites the stack below the caller: the library's functions expand round keys in frames that have ended.
[[gnu::noinline]] void wipe_stack() {
    std::array<std::byte, 3072> frames;
    crypto::wipe(frames);
}

}  // namespace

std::expected<void, machine::GuestFault> load_key(Key& key, Gpa page) {
    const MappedPage window{machine::Window::Scratch4K, page};
    return machine::copy_in(key.bytes, window.va());
}

void wipe_key(Gpa page) {
    const MappedPage window{machine::Window::Scratch4K, page};
    (void)machine::zero(window.va(), sizeof Key::bytes);
}

void seal(const Key& key, Header& header, std::span<std::byte> payload) {
    const auto tag = crypto::seal(key.bytes, nonce_of(header), authenticated(header), payload);
    wipe_stack();
    std::memcpy(header.tag, tag.data(), tag.size());
}

bool open(const Key& key, const Header& header, std::span<std::byte> payload) {
    crypto::GcmTag tag;
    std::memcpy(tag.data(), header.tag, tag.size());
    const bool is_authentic = crypto::open(key.bytes, nonce_of(header), authenticated(header), payload, tag);
    wipe_stack();
    return is_authentic;
}

}  // namespace svsm::psp

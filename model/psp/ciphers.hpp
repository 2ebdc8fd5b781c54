// SPDX-License-Identifier: MIT
// The ciphers that the AMD-SP needs, by whatever library the program has, and the numbers of signatures as its
// structures have them. The rules around them are told without any library.
#pragma once
#include <array>
#include <optional>
#include <span>

#include "abi/snp/id_block.hpp"
#include "abi/snp/page_info.hpp"
#include "base/bytes.hpp"

namespace model::psp {

/// SHA-384 of all `bytes`.
using Sha384Of = abi::Sha384 (*)(Bytes bytes);

/// A number of the curve P-384, most significant byte first, as libraries take it.
using P384Number = std::array<std::byte, 48>;
/// Two of them: a point, or a signature.
struct P384Pair {
    P384Number first, second;
    friend bool operator==(const P384Pair&, const P384Pair&) = default;
};

/// Whether `signature` (r, s) of a message with that SHA-384 was made with the private key of `point`.
using VerifiesP384 = bool (*)(const P384Pair& point, const abi::Sha384& digest, const P384Pair& signature);

/// The field of a structure, least significant byte first. Empty when the number is longer than 48 bytes.
[[nodiscard]] std::optional<P384Number> number_in(std::span<const std::uint8_t, 72> field);
/// Writes `number` into such a field, with zeros behind.
void put_number(std::span<std::uint8_t, 72> field, const P384Number& number);

/// The point of a key structure; empty for another curve, or a number that is too long.
[[nodiscard]] std::optional<P384Pair> point_in(const abi::EcdsaPublicKey& key);
/// Empty when a number is too long.
[[nodiscard]] std::optional<P384Pair> signature_in(const abi::EcdsaSignature& signature);

}  // namespace model::psp

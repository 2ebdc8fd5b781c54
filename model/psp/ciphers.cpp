// SPDX-License-Identifier: MIT
#include "model/psp/ciphers.hpp"

#include <algorithm>

namespace model::psp {
namespace {

std::optional<P384Pair> pair_in(std::span<const std::uint8_t, 72> first,
                                std::span<const std::uint8_t, 72> second) {
    const auto a = number_in(first), b = number_in(second);
    if (!a || !b) return std::nullopt;
    return P384Pair{*a, *b};
}

}  // namespace

std::optional<P384Number> number_in(std::span<const std::uint8_t, 72> field) {
    P384Number number;
    if (std::ranges::any_of(field.subspan<48>(), [](std::uint8_t byte) { return byte != 0; }))
        return std::nullopt;
    for (std::size_t i = 0; i < number.size(); ++i) number[number.size() - 1 - i] = std::byte{field[i]};
    return number;
}

void put_number(std::span<std::uint8_t, 72> field, const P384Number& number) {
    std::ranges::fill(field, std::uint8_t{0});
    for (std::size_t i = 0; i < number.size(); ++i)
        field[i] = std::to_integer<std::uint8_t>(number[number.size() - 1 - i]);
}

std::optional<P384Pair> point_in(const abi::EcdsaPublicKey& key) {
    if (key.curve != abi::curve_p384) return std::nullopt;
    return pair_in(key.qx, key.qy);
}

std::optional<P384Pair> signature_in(const abi::EcdsaSignature& signature) {
    return pair_in(signature.r, signature.s);
}

}  // namespace model::psp

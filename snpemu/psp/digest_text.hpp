// SPDX-License-Identifier: MIT
// A digest in a line of the machine's report.
#pragma once
#include <string_view>

#include "abi/snp/page_info.hpp"

namespace snpemu::psp {

/// 96 lower-case hexadecimal digits.
struct DigestText {
    explicit DigestText(const abi::Sha384& digest) {
        constexpr std::string_view digits = "0123456789abcdef";
        for (std::size_t i = 0; i < digest.size(); ++i) {
            chars[2 * i] = digits[std::to_integer<unsigned>(digest[i]) >> 4];
            chars[2 * i + 1] = digits[std::to_integer<unsigned>(digest[i]) & 15];
        }
    }
    operator std::string_view() const { return {chars, sizeof chars}; }
    char chars[2 * sizeof(abi::Sha384)];
};

}  // namespace snpemu::psp

// SPDX-License-Identifier: MIT
// Hashes, by OpenSSL.
#pragma once
#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "abi/snp/page_info.hpp"
#include "base/bytes.hpp"

namespace tools::crypto {

using Sha256 = std::array<std::byte, 32>;
using Sha512 = std::array<std::byte, 64>;

[[nodiscard]] Sha256 sha256(Bytes bytes);
/// Fit to be a `model::psp::Sha384Of`: it takes no memory and looks nothing up after the first call of a thread.
[[nodiscard]] abi::Sha384 sha384(Bytes bytes);

[[nodiscard]] Sha512 sha512(Bytes bytes);

/// Lower-case hexadecimal, two digits a byte.
[[nodiscard]] std::string hex(Bytes bytes);
/// The bytes that `text` writes, two digits each, in either case; empty when a digit is missing or is none.
[[nodiscard]] std::optional<std::vector<std::byte>> from_hex(std::string_view text);

}  // namespace tools::crypto

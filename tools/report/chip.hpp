// SPDX-License-Identifier: MIT
// Generations of chips, and what a TCB version says in each of them.
#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "abi/snp/attestation_report.hpp"

namespace tools::attestation {

/// As AMD's certificates name them. Bergamo and Siena have the certificates of Genoa.
enum class Product { Milan, Genoa, Turin };
[[nodiscard]] std::string_view name_of(Product product);
/// "Milan-B0", "Genoa": what the certificates write; a stepping may follow behind a hyphen.
[[nodiscard]] std::optional<Product> product_of(std::string_view name);
/// From CPUID's family and model, combined; empty for a chip that this program does not know.
[[nodiscard]] std::optional<Product> product_of(std::uint8_t family, std::uint8_t model);

/// The chip id of Turin is its first bytes; the rest is zero.
inline constexpr std::size_t turin_chip_id_bytes = 8;

/// Security versions of the parts of the firmware.
struct TcbParts {
    std::optional<unsigned> fmc;  ///< first mutable code: since Turin
    unsigned bootloader, tee, snp, microcode;
    friend bool operator==(const TcbParts&, const TcbParts&) = default;
};
/// No part is older in `a` than in `b`.
[[nodiscard]] bool is_at_least(const TcbParts& a, const TcbParts& b);

/// Milan and Genoa have one layout, Turin another.
[[nodiscard]] TcbParts parts_of(const abi::TcbVersion& tcb, Product product);
/// Index of the first reserved byte that is not zero; empty when there is none.
[[nodiscard]] std::optional<std::size_t> reserved_byte_in(const abi::TcbVersion& tcb, Product product);
/// "bootloader 10, TEE 0, SNP 23, microcode 84"
[[nodiscard]] std::string text_of(const TcbParts& parts);

}  // namespace tools::attestation

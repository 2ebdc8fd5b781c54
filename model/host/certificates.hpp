// SPDX-License-Identifier: MIT
// The certificates that a host hands out beside a report. Nothing protects them: a guest hands them on to the verifier.
// [GHCB "SNP Extended Guest Request"]
#pragma once
#include <array>
#include <cstdint>
#include <span>

#include "abi/snp/certificate_table.hpp"
#include "base/address.hpp"
#include "base/bytes.hpp"

namespace model::host {

struct Certificate {
    Guid guid;
    Bytes der;
};
inline constexpr std::size_t most_certificates = 4;
using Certificates = std::span<const Certificate>;

/// Bytes of the table with its certificates; without any it is an empty entry.
[[nodiscard]] std::uint64_t table_bytes(Certificates certificates);
/// What an extended request needs.
[[nodiscard]] inline std::uint64_t table_pages(Certificates certificates) {
    return round_up(table_bytes(certificates), page_bytes) / page_bytes;
}
/// Writes the table: entries, an empty one, the certificates behind them, and zeros to the end of `to`. At most
/// `most_certificates`. False when `to` is too small or there are more; nothing is written then.
[[nodiscard]] bool write_table(Certificates certificates, std::span<std::byte> to);

}  // namespace model::host

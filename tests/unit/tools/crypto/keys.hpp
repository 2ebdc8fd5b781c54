// SPDX-License-Identifier: MIT
// Keys that protect nothing: those of the tests' vectors.
#pragma once
#include <span>
#include <string_view>

#include "base/bytes.hpp"
#include "tools/crypto/key.hpp"

namespace tools::crypto {

/// The private number is 48 bytes 01.
inline constexpr std::string_view id_key_pem =
    "-----BEGIN EC PRIVATE KEY-----\n"
    "MIGkAgEBBDABAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB\n"
    "AQEBAQEBAQGgBwYFK4EEACKhZANiAARD468qDbkIZ1CXaHdlD0JtIVekXhDeZG/4\n"
    "VxmLIm3w1LIkNAjgO6cR2cNMUcs0RBPdEuPOog1REvBrCDHS6hObo0Bh+DEOl0T9\n"
    "GNkV7zT28sZw40xj7rgLzGE+y5HywZY=\n"
    "-----END EC PRIVATE KEY-----\n";
/// 48 bytes 02.
inline constexpr std::string_view author_key_pem =
    "-----BEGIN EC PRIVATE KEY-----\n"
    "MIGkAgEBBDACAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIC\n"
    "AgICAgICAgKgBwYFK4EEACKhZANiAAQxYUDCaMiEHN3R3LtRoR1RbShc3aaXnx25\n"
    "IwualDbwfqO6y49CAOOCY0M4SE0ZzfSUoaRX30Kz5+IqJVMASVMFtdbwII8qraF0\n"
    "GvGpuqpzw525ce8G0YDZUk4aKk0z36A=\n"
    "-----END EC PRIVATE KEY-----\n";

inline Bytes bytes_of(std::string_view text) { return std::as_bytes(std::span{text}); }

}  // namespace tools::crypto

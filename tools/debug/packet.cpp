// SPDX-License-Identifier: MIT
#include "tools/debug/packet.hpp"

#include <charconv>
#include <numeric>

#include "tools/support/format.hpp"

namespace tools::debug {

std::string framed(std::string_view payload) {
    unsigned sum = 0;
    for (const char c : payload) sum += static_cast<unsigned char>(c);
    return formatted("${}#{:02x}", payload, sum & 0xff);
}

std::optional<std::string> Deframer::next() {
    // Everything before a frame is an acknowledgement or an interrupt.
    while (!waiting_.empty() && waiting_.front() != '$') {
        const char c = waiting_.front();
        waiting_.erase(0, 1);
        if (c == interrupt.front()) return std::string{interrupt};
    }
    constexpr std::size_t checksum_digits = 2;
    const std::size_t end = waiting_.find('#');
    if (end == std::string::npos || waiting_.size() - end <= checksum_digits) return std::nullopt;
    std::string payload = waiting_.substr(1, end - 1);
    waiting_.erase(0, end + 1 + checksum_digits);
    return payload;
}

std::string to_hex(std::string_view bytes) {
    std::string digits;
    for (const char c : bytes) digits += formatted("{:02x}", static_cast<unsigned char>(c));
    return digits;
}

std::string from_hex(std::string_view digits) {
    std::string bytes;
    for (std::size_t at = 0; at + 2 <= digits.size(); at += 2) {
        unsigned char value = 0;
        const auto [end, error] = std::from_chars(&digits[at], &digits[at] + 2, value, 16);
        if (error != std::errc{} || end != &digits[at] + 2) break;
        bytes += static_cast<char>(value);
    }
    return bytes;
}

}  // namespace tools::debug

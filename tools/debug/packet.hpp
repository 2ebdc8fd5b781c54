// SPDX-License-Identifier: MIT
// The frames of gdb's remote protocol: '$' payload '#' checksum. [GDB "Remote Protocol", "Overview"]
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace tools::debug {

[[nodiscard]] std::string framed(std::string_view payload);

/// Cuts a stream of bytes into frames. Acknowledgements are dropped; damage cannot happen on our sockets.
class Deframer {
public:
    /// The user's Ctrl-C, which comes as a bare byte.
    static constexpr std::string_view interrupt = "\x03";
    void feed(std::string_view chunk) { waiting_ += chunk; }
    /// The next payload, or `interrupt`; empty when none is complete.
    [[nodiscard]] std::optional<std::string> next();

private:
    std::string waiting_;
};

/// Bytes as the protocol writes them, two hexadecimal digits each.
[[nodiscard]] std::string to_hex(std::string_view bytes);
[[nodiscard]] std::string from_hex(std::string_view digits);

}  // namespace tools::debug

// SPDX-License-Identifier: MIT
#include "tools/report/nonce.hpp"

#include "base/result.hpp"
#include "tools/crypto/hash.hpp"

namespace tools::attestation {

Result<Buffer> parse_nonce(const std::string& text) {
    if (text.size() == 2 * nonce_bytes)
        if (auto bytes = crypto::from_hex(text)) return *std::move(bytes);
    std::error_code error;
    if (!std::filesystem::exists(text, error))
        return problem("--nonce {} is neither {} hexadecimal digits nor a file", text, 2 * nonce_bytes);
    Buffer bytes = TRY(read_file(text));
    if (bytes.size() != nonce_bytes)
        return problem("--nonce: {} has {} bytes, and a nonce has {}", text, bytes.size(), nonce_bytes);
    return bytes;
}

}  // namespace tools::attestation

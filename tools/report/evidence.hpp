// SPDX-License-Identifier: MIT
// What a report is held against. All of it is read before the first check runs, so that checks are pure.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "abi/snp/page_info.hpp"
#include "tools/report/certificates.hpp"
#include "tools/report/floor.hpp"
#include "tools/report/parse.hpp"

namespace tools::attestation {

/// What must be true of a launch of this image.
struct ExpectedImage {
    std::string name;
    abi::Sha384 digest;
    std::uint64_t policy;
    /// Its SVSM does not zero what it hands out, because PAGE_SWAP_DISABLE keeps the pages in place.
    bool relies_on_page_swap_disable = false;
};

/// What the person that verifies asks for. What is empty was not asked.
struct Demands {
    std::optional<ExpectedImage> image{};
    std::optional<Buffer> nonce{};     ///< 64 bytes
    std::optional<Buffer> manifest{};  ///< only with a nonce
    std::optional<crypto::Certificate> root{};
    std::uint32_t vmpl = 0;  ///< level that must have asked: 0 is the SVSM's
    bool accepts_emulated = false, allows_debug = false, allows_provisional = false;
    Floor floor{};
    std::int64_t now = 0;  ///< seconds since 1970
};

struct Evidence {
    Report report;
    Certificates certificates;
    Demands demands;

    /// By the flags of the report: the VCEK's chain or the VLEK's. A certificate that was not given is null.
    struct Chain {
        const crypto::Certificate *ark, *intermediate, *key;
        Role intermediate_role, key_role;
        [[nodiscard]] bool is_complete() const {
            return ark != nullptr && intermediate != nullptr && key != nullptr;
        }
    };
    [[nodiscard]] Chain chain() const;
    /// Of the report, or where its version does not say, of the key's certificate.
    [[nodiscard]] std::optional<Product> product() const;
};

}  // namespace tools::attestation

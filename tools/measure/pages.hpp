// SPDX-License-Identifier: MIT
// Ranges of pages that go into a launch digest.
#pragma once
#include "model/psp/digest.hpp"
#include "tools/crypto/hash.hpp"
#include "tools/measure/measurement.hpp"

namespace tools::measure {

/// The digest, and each page on its way where they are wanted.
class Chain {
public:
    /// `links` may be null. `rights` are those of VMPL1, 2 and 3 in each page but the VMSA.
    explicit Chain(Links* links = nullptr, std::uint8_t rights = 0) : links_{links}, rights_{rights} {}
    void add(model::psp::PageType type, Gpa gpa, Bytes page = {}) {
        const std::uint8_t each = type == model::psp::PageType::Vmsa ? 0 : rights_;
        digest_.add(type, gpa, page, {each, each, each});
        if (links_ != nullptr) links_->push_back({gpa.value(), type, digest_.value()});
    }
    [[nodiscard]] const abi::Sha384& value() const { return digest_.value(); }
    [[nodiscard]] std::uint64_t pages() const { return digest_.pages(); }

private:
    model::psp::LaunchDigest digest_{crypto::sha384};
    Links* links_;
    std::uint8_t rights_;
};

/// All of `data`, whole pages, at `gpa` onwards.
inline void add_pages(Chain& digest, model::psp::PageType type, Gpa gpa, Bytes data) {
    for (std::uint64_t done = 0; done < data.size(); done += page_bytes)
        digest.add(type, gpa + done, data.subspan(done, page_bytes));
}
/// Every page of `range`, of a type whose contents do not count.
inline void add_range(Chain& digest, model::psp::PageType type, GpaRange range) {
    for (Gpa page = range.begin; page < range.end; page = page + page_bytes) digest.add(type, page);
}

}  // namespace tools::measure

// SPDX-License-Identifier: MIT
// Ranges of pages that go into a launch digest.
#pragma once
#include "model/psp/digest.hpp"
#include "tools/crypto/hash.hpp"

namespace tools::measure {

/// All of `data`, whole pages, at `gpa` onwards.
inline void add_pages(model::psp::LaunchDigest& digest, model::psp::PageType type, Gpa gpa, Bytes data) {
    for (std::uint64_t done = 0; done < data.size(); done += page_bytes)
        digest.add(type, gpa + done, data.subspan(done, page_bytes));
}
/// Every page of `range`, of a type whose contents do not count.
inline void add_range(model::psp::LaunchDigest& digest, model::psp::PageType type, GpaRange range) {
    for (Gpa page = range.begin; page < range.end; page = page + page_bytes) digest.add(type, page);
}

}  // namespace tools::measure

// SPDX-License-Identifier: MIT
#include "model/psp/pages.hpp"

#include <algorithm>
#include <cstring>

namespace model::psp {
namespace {

/// Writes field by field: a kernel's stack has no room for a whole page. `page` is all zeros.
void write_secrets(Page page, const Secrets& secrets) {
    const auto write = [&](std::size_t offset, const auto& value) {
        std::memcpy(&page[offset], &value, sizeof value);
    };
    static_assert(sizeof abi::SecretsPage::vmpck == sizeof secrets.keys);
    write(offsetof(abi::SecretsPage, version), secrets_version);
    write(offsetof(abi::SecretsPage, fms), secrets.fms);
    write(offsetof(abi::SecretsPage, vmpck), secrets.keys);
}

}  // namespace

void fill(Page page, PageType type, Bytes contents, const Secrets& secrets) {
    // A launch fills thousands of pages: each byte is written once.
    const bool has_contents = type != PageType::Zero && type != PageType::Secrets;
    const std::size_t copied = has_contents ? std::min<std::size_t>(contents.size(), page.size()) : 0;
    // A page that a directive names without data has no bytes to copy from either.
    if (copied != 0) std::memcpy(page.data(), contents.data(), copied);
    if (copied != page.size()) std::memset(page.data() + copied, 0, page.size() - copied);
    if (type == PageType::Secrets) write_secrets(page, secrets);
}

}  // namespace model::psp

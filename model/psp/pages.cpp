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
    std::memset(page.data(), 0, page.size());
    switch (type) {
        case PageType::Zero: return;
        case PageType::Secrets: return write_secrets(page, secrets);
        case PageType::Normal:
        case PageType::Unmeasured:
        case PageType::Vmsa:
        case PageType::Cpuid: break;
    }
    // A page that a directive names without data has no bytes to copy from either.
    if (contents.empty()) return;
    std::memcpy(page.data(), contents.data(), std::min<std::size_t>(contents.size(), page.size()));
}

}  // namespace model::psp

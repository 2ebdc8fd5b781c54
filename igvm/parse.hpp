// SPDX-License-Identifier: MIT
// What one variable header of an IGVM file says to a loader of SEV-SNP images. Part of the reader.
#pragma once
#include <cstdint>
#include <expected>
#include <optional>

#include "base/bytes.hpp"
#include "igvm/directive.hpp"
#include "igvm/error.hpp"
#include "igvm/headers.hpp"

namespace igvm {

/// What a directive needs besides its own header.
struct Context {
    const Headers& headers;
    std::uint32_t snp_mask;
    /// BadFileOffset.
    [[nodiscard]] std::expected<Bytes, Error> page_at(std::uint64_t offset) const;
    [[nodiscard]] bool applies(std::uint32_t mask) const { return (mask & snp_mask) != 0; }
};

/// The directive of a header; empty when it is for another platform, is optional and no directive here, or is an ID
/// block, which loads nothing. UnknownType, UnsupportedType, UnalignedGpa, UnknownPageType, BadPageFlags, BadVmsaGpa,
/// ManyVpContexts, BadFileOffset, AreaContents.
[[nodiscard]] std::expected<std::optional<Directive>, Error> parse(const Item& item, const Context& context);

}  // namespace igvm

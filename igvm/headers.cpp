// SPDX-License-Identifier: MIT
// Checks what holds for files of all platforms.
#include "igvm/headers.hpp"

#include <algorithm>
#include <bit>

#include "base/address.hpp"
#include "base/result.hpp"
#include "igvm/fixed_header.hpp"

namespace igvm {
namespace {

namespace format = abi::igvm;
using format::Type;

std::unexpected<Fault> fault(Error error, std::uint64_t offset, std::uint32_t type = 0) {
    return std::unexpected{Fault{error, offset, type}};
}

/// A loader skips an optional header whatever is in it.
bool has_its_length(const Item& item) {
    const TypeInfo* const info = item.info();
    if (info == nullptr || item.is_optional()) return true;
    return info->is_longer ? item.payload.size() >= info->bytes : item.payload.size() == info->bytes;
}

}  // namespace

std::optional<std::uint32_t> Item::mask() const {
    const TypeInfo* const type_info = info();
    if (type_info == nullptr || !type_info->mask_at) return std::nullopt;
    return load<std::uint32_t>(payload, *type_info->mask_at);
}

std::expected<Headers, Fault> Headers::open(Bytes bytes) {
    const auto fixed = TRY(read_fixed_header(bytes));
    Headers headers;
    headers.bytes_ = bytes;
    headers.first_ = fixed.variable_header_offset;
    headers.end_ = headers.first_ + fixed.variable_header_size;
    TRY_VOID(headers.check_platforms());
    TRY_VOID(headers.check_items());
    return headers;
}

std::expected<Item, Fault> Headers::read(std::uint64_t at) const {
    const Bytes headers = bytes_.first(end_);
    const auto head = load<format::VariableHeader>(headers, at);
    if (!head) return fault(Error::TruncatedHeader, at);
    const auto payload = slice(headers, at + sizeof *head, head->length);
    if (!payload) return fault(Error::TruncatedHeader, at, head->type);
    return Item{at, head->type, *payload};
}

std::optional<Item> Headers::next(std::uint64_t& at) const {
    // Fails at the end only: `open` has checked the same bytes.
    const auto item = read(at);
    if (!item) return std::nullopt;
    at = item->end();
    return *item;
}

std::expected<void, Fault> Headers::check_items() const {
    Section reached = Section::Platform;
    for (std::uint64_t at = first_; at < end_;) {
        const Item item = TRY(read(at));
        at = item.end();
        const Section section = section_of(item.type);
        // A header that a loader may skip may stand anywhere.
        const bool has_place = !item.is_optional() && section != Section::Unknown;
        if (has_place && section < reached) return fault(Error::BadOrder, item.offset, item.type);
        if (has_place) reached = section;
        if (!has_its_length(item)) return fault(Error::BadLength, item.offset, item.type);
    }
    return {};
}

std::expected<void, Fault> Headers::check_platforms() const {
    std::uint32_t all = 0;
    for (std::uint64_t at = first_; at < end_;) {
        const Item item = TRY(read(at));
        at = item.end();
        if (Type{item.type} != Type::SupportedPlatform) continue;
        const auto platform = item.as<format::SupportedPlatform>();
        if (!platform || !has_its_length(item)) return fault(Error::BadLength, item.offset, item.type);
        // One bit each, or the masks of the directives would be ambiguous.
        if (!std::has_single_bit(platform->compatibility_mask) || (all & platform->compatibility_mask) != 0)
            return fault(Error::BadPlatform, item.offset, item.type);
        if (mask_of(format::PlatformType{platform->platform_type}) != platform->compatibility_mask)
            return fault(Error::BadPlatform, item.offset, item.type);
        all |= platform->compatibility_mask;
    }
    return {};
}

std::uint32_t Headers::mask_of(format::PlatformType platform) const {
    std::uint32_t mask = 0;
    for_each([&](const Item& item) {
        const auto supported = item.as<format::SupportedPlatform>();
        if (Type{item.type} != Type::SupportedPlatform || !supported ||
            supported->platform_type != static_cast<std::uint8_t>(platform))
            return true;
        mask = supported->compatibility_mask;
        return false;
    });
    return mask;
}

std::optional<Fault> Headers::other_architecture() const {
    using Tail = format::FixedHeaderTail;
    const auto tail = load<Tail>(tail_of(*load<format::FixedHeader>(bytes_, 0), bytes_), 0);
    if (!tail) return std::nullopt;
    const bool is_x64 = format::Architecture{tail->architecture} == format::Architecture::X64;
    if (is_x64 && tail->page_bytes == page_bytes) return std::nullopt;
    const std::uint64_t field = is_x64 ? offsetof(Tail, page_bytes) : offsetof(Tail, architecture);
    return Fault{Error::BadArchitecture, sizeof(format::FixedHeader) + field, 0};
}

std::optional<Bytes> Headers::data_at(std::uint64_t offset, std::uint64_t bytes) const {
    if (offset < end_) return std::nullopt;
    return slice(bytes_, offset, bytes);
}

std::uint64_t Headers::padding_behind_headers() const {
    // The byte that must follow the headers is data, whatever it holds.
    std::uint64_t first = bytes_.size() - 1;
    for_each([&](const Item& item) {
        const TypeInfo* const info = item.info();
        if (info == nullptr || !info->data_at) return true;
        const auto place = load<std::uint32_t>(item.payload, *info->data_at);
        if (place && *place >= end_) first = std::min<std::uint64_t>(first, *place);
        return true;
    });
    return first - end_;
}

}  // namespace igvm

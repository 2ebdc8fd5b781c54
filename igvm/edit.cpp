// SPDX-License-Identifier: MIT
#include "igvm/edit.hpp"

#include <algorithm>

#include "base/address.hpp"
#include "base/result.hpp"
#include "igvm/append.hpp"
#include "igvm/fixed_header.hpp"
#include "igvm/limits.hpp"

namespace igvm {
namespace {

namespace format = abi::igvm;
using format::Type;
using Buffer = std::vector<std::byte>;

bool is_id_block(const Item& item, std::uint32_t snp) {
    return Type{item.type} == Type::SnpIdBlock && (item.mask().value_or(0) & snp) != 0;
}

/// Adds `distance` to the field that names a place in the file; 0 stands for no place.
void move_data(Buffer& payload, const TypeInfo& info, std::uint64_t distance) {
    if (!info.data_at) return;
    std::uint32_t place;
    std::memcpy(&place, &payload[*info.data_at], sizeof place);
    if (place == 0) return;
    place += static_cast<std::uint32_t>(distance);
    std::memcpy(&payload[*info.data_at], &place, sizeof place);
}

/// The headers that stay, and the block at their end; what they name in the file lies `distance` further on.
std::expected<Buffer, Fault> headers_with(const Headers& file, const format::SnpIdBlock& block,
                                          std::uint64_t distance) {
    Buffer headers;
    std::expected<void, Fault> state;
    file.for_each([&](const Item& item) {
        if (is_id_block(item, block.compatibility_mask)) return true;
        Buffer payload{item.payload.begin(), item.payload.end()};
        // Even a header that a loader skips may name a place, and another loader may know it.
        if (item.info() == nullptr)
            state = std::unexpected{Fault{Error::UnknownType, item.offset, item.type}};
        else if (payload.size() >= item.info()->bytes)
            move_data(payload, *item.info(), distance);
        append_header(headers, Type{item.type}, payload);
        return state.has_value();
    });
    TRY_VOID(state);
    append_header(headers, Type::SnpIdBlock, bytes_of_object(block));
    return headers;
}

}  // namespace

std::expected<Buffer, Fault> with_id_block(const Headers& file, format::SnpIdBlock block) {
    block.compatibility_mask = file.mask_of(format::PlatformType::SevSnp);
    if (block.compatibility_mask == 0) return std::unexpected{Fault{Error::NoSnpPlatform, 0, 0}};
    auto fixed = *load<format::FixedHeader>(file.file(), 0);
    const std::uint64_t old_end = std::uint64_t{fixed.variable_header_offset} + fixed.variable_header_size;
    const std::uint64_t size = TRY(headers_with(file, block, 0)).size();
    // Between the headers and the data there may be room already; data stays aligned as it is.
    const std::uint64_t room = file.padding_behind_headers();
    const std::uint64_t needed = fixed.variable_header_offset + size, available = old_end + room;
    const std::uint64_t distance = needed > available ? round_up(needed - available, page_bytes) : 0;
    if (file.file().size() + distance > max_file_bytes)
        return std::unexpected{Fault{Error::FileTooLarge, 0, 0}};

    const Buffer headers = TRY(headers_with(file, block, distance));
    Buffer result{file.file().begin(), file.file().begin() + fixed.variable_header_offset};
    append(result, headers);
    result.resize(available + distance);
    append(result, file.file().subspan(available));
    fixed.variable_header_size = static_cast<std::uint32_t>(headers.size());
    fixed.total_file_size = static_cast<std::uint32_t>(result.size());
    fixed.checksum = checksum_of(fixed, tail_of(fixed, file.file()), headers);
    std::memcpy(result.data(), &fixed, sizeof fixed);
    return result;
}

}  // namespace igvm

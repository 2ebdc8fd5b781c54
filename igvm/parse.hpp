// SPDX-License-Identifier: MIT
// One variable header of an IGVM file at a time: where it ends, and what it says. Part of the reader.
#pragma once
#include <cstdint>
#include <cstring>
#include <expected>
#include <optional>

#include "base/bytes.hpp"
#include "igvm/directive.hpp"
#include "igvm/error.hpp"

namespace igvm {

/// One variable header, its payload inside the file.
struct Header {
    std::uint32_t type;
    Bytes payload;
    std::uint64_t next;
};

/// The header at `at`, an offset into `headers`, which begin where the file does. TruncatedHeader.
[[nodiscard]] std::expected<Header, Error> read_header(Bytes headers, std::uint64_t at);

/// The payload as the structure it must be. BadLength.
template <class T>
std::expected<T, Error> payload_as(const Header& header, std::size_t bytes = sizeof(T)) {
    if (header.payload.size() != bytes) return std::unexpected{Error::BadLength};
    T value{};
    std::memcpy(&value, header.payload.data(), bytes);
    return value;
}

/// What a directive needs besides its own header.
struct Context {
    Bytes file;
    std::uint64_t data_begin;  ///< end of the headers; file data lies behind
    std::uint32_t snp_mask;
    /// BadFileOffset.
    [[nodiscard]] std::expected<Bytes, Error> page_at(std::uint64_t offset) const;
    [[nodiscard]] bool applies(std::uint32_t mask) const { return (mask & snp_mask) != 0; }
};

/// The directive of a header; empty when it is for another platform, or optional and unknown. BadLength,
/// UnknownType, UnalignedGpa, UnknownPageType, BadPageFlags, BadVmsaGpa, ManyVpContexts, BadFileOffset.
[[nodiscard]] std::expected<std::optional<Directive>, Error> parse(const Header& header,
                                                                   const Context& context);

}  // namespace igvm

// SPDX-License-Identifier: MIT
// The headers of an IGVM file, for whatever platform: what is there, before anything is asked of it. The reader of
// SEV-SNP images (reader.hpp) is built on it, and so is a tool that lists or measures a file.
#pragma once
#include <cstdint>
#include <cstring>
#include <expected>
#include <optional>

#include "base/address.hpp"
#include "base/bytes.hpp"
#include "igvm/error.hpp"
#include "igvm/types.hpp"

namespace igvm {

/// Each variable header begins at a multiple of these bytes, counted from the first.
constexpr std::uint64_t header_alignment = 8;

/// One variable header; its payload lies inside the file.
struct Item {
    std::uint64_t offset;  ///< from the file's start
    std::uint32_t type;    ///< with the bit that says it is optional
    Bytes payload;

    /// Where the next header begins, in bytes from the file's start.
    [[nodiscard]] std::uint64_t end() const {
        return offset + round_up(sizeof(abi::igvm::VariableHeader) + payload.size(), header_alignment);
    }
    [[nodiscard]] bool is_optional() const { return (type & abi::igvm::optional_type_bit) != 0; }
    /// A null pointer when the format does not define it.
    [[nodiscard]] const TypeInfo* info() const { return find_type(type); }
    /// The platforms that it is for; empty when it does not say.
    [[nodiscard]] std::optional<std::uint32_t> mask() const;
    /// The payload as one of the format's structures, of which the file has the first `bytes`; empty when the payload is
    /// shorter than that.
    template <class T>
    [[nodiscard]] std::optional<T> as(std::size_t bytes = sizeof(T)) const {
        if (payload.size() < bytes) return std::nullopt;
        T value{};
        std::memcpy(&value, payload.data(), bytes);
        return value;
    }
};

/// A file whose fixed header, checksum, platforms, sections and lengths are sound; headers of unknown type are among
/// its items. Keeps a view; the bytes must outlive it.
class Headers {
public:
    /// TooShort, BadMagic, BadVersion, BadHeaderOffset, SizeMismatch, BadChecksum, TruncatedHeader, BadOrder, BadLength and
    /// BadPlatform are its errors.
    [[nodiscard]] static std::expected<Headers, Fault> open(Bytes bytes);
    /// Calls `visit(item)` in file order; stops when it returns false, and then returns false.
    template <class Visit>
    bool for_each(Visit visit) const {
        std::uint64_t at = first_;
        while (const auto item = next(at))
            if (!visit(*item)) return false;
        return true;
    }
    /// The bit of the masks that stands for a platform; 0 when the file is not for it.
    [[nodiscard]] std::uint32_t mask_of(abi::igvm::PlatformType platform) const;
    /// `bytes` of file data. Empty unless all of them lie behind the headers.
    [[nodiscard]] std::optional<Bytes> data_at(std::uint64_t offset, std::uint64_t bytes) const;
    [[nodiscard]] Bytes file() const { return bytes_; }
    /// BadArchitecture, with its place, when version 2 of the format says another architecture than x86-64 or other
    /// pages than 4 KiB. Version 1 knows no other. Such a file can be listed, but nothing here launches it.
    [[nodiscard]] std::optional<Fault> other_architecture() const;
    /// Bytes between the last header and the first that any header names as its data, or the file's end.
    [[nodiscard]] std::uint64_t padding_behind_headers() const;

private:
    /// The item at `at`, which moves on; empty at the end.
    [[nodiscard]] std::optional<Item> next(std::uint64_t& at) const;
    [[nodiscard]] std::expected<Item, Fault> read(std::uint64_t at) const;
    [[nodiscard]] std::expected<void, Fault> check_items() const;
    [[nodiscard]] std::expected<void, Fault> check_platforms() const;
    Bytes bytes_;
    std::uint64_t first_ = 0, end_ = 0;  ///< the variable headers
};

}  // namespace igvm

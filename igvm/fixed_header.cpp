// SPDX-License-Identifier: MIT
#include "igvm/fixed_header.hpp"

#include <cstddef>
#include <span>

#include "igvm/crc32.hpp"

namespace igvm {
namespace {

namespace format = abi::igvm;
using Fixed = format::FixedHeader;

std::unexpected<Fault> fault(Error error, std::uint64_t offset) {
    return std::unexpected{Fault{error, offset, 0}};
}

bool is_known(std::uint32_t version) {
    return version == format::format_version_1 || version == format::format_version_2;
}

}  // namespace

Bytes tail_of(const Fixed& fixed, Bytes file) {
    if (fixed.format_version != format::format_version_2) return {};
    return slice(file, sizeof fixed, sizeof(format::FixedHeaderTail)).value_or(Bytes{});
}

std::uint32_t checksum_of(Fixed fixed, Bytes tail, Bytes headers) {
    fixed.checksum = 0;
    return crc32(headers, crc32(tail, crc32(std::as_bytes(std::span{&fixed, 1}))));
}

std::expected<Fixed, Fault> read_fixed_header(Bytes file) {
    const auto fixed = load<Fixed>(file, 0);
    if (!fixed) return fault(Error::TooShort, file.size());
    if (fixed->magic != format::magic) return fault(Error::BadMagic, offsetof(Fixed, magic));
    if (!is_known(fixed->format_version)) return fault(Error::BadVersion, offsetof(Fixed, format_version));
    const Bytes tail = tail_of(*fixed, file);
    if (fixed->format_version == format::format_version_2 && tail.empty())
        return fault(Error::TooShort, file.size());
    if (fixed->total_file_size != file.size())
        return fault(Error::SizeMismatch, offsetof(Fixed, total_file_size));
    const std::uint64_t begin = fixed->variable_header_offset, end = begin + fixed->variable_header_size;
    // The reference parser wants at least one byte of data behind the headers.
    if (begin < sizeof *fixed + tail.size() || begin % 8 != 0 || end >= file.size())
        return fault(Error::BadHeaderOffset, offsetof(Fixed, variable_header_offset));
    if (checksum_of(*fixed, tail, file.subspan(begin, end - begin)) != fixed->checksum)
        return fault(Error::BadChecksum, offsetof(Fixed, checksum));
    return *fixed;
}

}  // namespace igvm

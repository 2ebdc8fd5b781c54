// SPDX-License-Identifier: MIT
// An IGVM file for tests, header by header: each test spoils exactly one thing of a sound one.
#pragma once
#include <algorithm>
#include <cstring>
#include <vector>

#include "abi/snp/vmsa.hpp"
#include "igvm/crc32.hpp"
#include "igvm/reader.hpp"

namespace igvm {

namespace format = abi::igvm;
using format::Type;

inline constexpr std::uint32_t snp = 1, other = 2;

class Image {
public:
    struct Entry {
        std::uint32_t type;
        std::vector<std::byte> payload;
    };

    template <class T>
    Image& add(Type type, const T& payload, std::size_t bytes = sizeof(T)) {
        const auto* raw = reinterpret_cast<const std::byte*>(&payload);
        entries.push_back({static_cast<std::uint32_t>(type), {raw, raw + bytes}});
        return *this;
    }
    Image& platform(std::uint32_t mask = snp, format::PlatformType type = format::PlatformType::SevSnp,
                    std::uint16_t version = 1) {
        return add(Type::SupportedPlatform,
                   format::SupportedPlatform{mask, 0, static_cast<std::uint8_t>(type), version, 0});
    }
    Image& page(std::uint64_t gpa, std::uint32_t offset = 0, std::uint32_t flags = 0, std::uint16_t type = 0,
                std::uint32_t mask = snp) {
        return add(Type::PageData, format::PageData{gpa, mask, offset, flags, type, 0});
    }
    Image& vmsa(std::uint64_t gpa = abi::launch_vmsa_gpa, std::uint16_t index = 0, std::uint32_t mask = snp,
                std::uint32_t offset = data_offset) {
        return add(Type::VpContext, format::VpContext{gpa, mask, offset, index, 0, 0},
                   format::vp_context_bytes);
    }
    Image& area(std::uint32_t index, std::uint64_t bytes = 4096) {
        return add(Type::ParameterArea, format::ParameterArea{bytes, index, 0});
    }
    Image& insert(std::uint64_t gpa, std::uint32_t index, std::uint32_t mask = snp) {
        return add(Type::ParameterInsert, format::ParameterInsert{gpa, mask, index});
    }

    [[nodiscard]] std::vector<std::byte> bytes() const {
        std::vector<std::byte> headers;
        const auto append = [&](const auto& value) {
            const auto* raw = reinterpret_cast<const std::byte*>(&value);
            headers.insert(headers.end(), raw, raw + sizeof value);
        };
        for (const Entry& entry : entries) {
            append(format::VariableHeader{entry.type, static_cast<std::uint32_t>(entry.payload.size())});
            headers.insert(headers.end(), entry.payload.begin(), entry.payload.end());
            headers.resize(round_up(headers.size(), 8));
        }
        std::vector<std::byte> file(data_offset + data_pages * page_bytes, std::byte{0xda});
        format::FixedHeader fixed{format::magic,
                                  1,
                                  sizeof fixed,
                                  static_cast<std::uint32_t>(headers.size()),
                                  static_cast<std::uint32_t>(file.size()),
                                  0};
        std::ranges::copy(headers, file.begin() + sizeof fixed);
        seal(file, fixed);
        return file;
    }
    /// Writes the fixed header with a checksum that fits.
    static void seal(std::vector<std::byte>& file, format::FixedHeader fixed) {
        fixed.checksum = 0;
        fixed.checksum = crc32(Bytes{file}.subspan(fixed.variable_header_offset, fixed.variable_header_size),
                               crc32(std::as_bytes(std::span{&fixed, 1})));
        std::memcpy(file.data(), &fixed, sizeof fixed);
    }

    static constexpr std::uint32_t data_offset = 0x1000, data_pages = 3;
    std::vector<Entry> entries;
};

inline Image sound() { return Image{}.platform().page(0x1000).vmsa(); }

/// `file` with the longer header of version 2; its data stays where it is.
inline std::vector<std::byte> in_version_2(std::vector<std::byte> file, std::uint32_t architecture = 0,
                                           std::uint32_t bytes_of_page = 4096) {
    auto fixed = *load<format::FixedHeader>(file, 0);
    const format::FixedHeaderTail tail{architecture, bytes_of_page};
    std::vector<std::byte> headers(file.begin() + fixed.variable_header_offset,
                                   file.begin() + fixed.variable_header_offset + fixed.variable_header_size);
    fixed.format_version = format::format_version_2;
    fixed.variable_header_offset = sizeof fixed + sizeof tail;
    fixed.checksum = 0;
    const auto raw = [](const auto& value) { return std::as_bytes(std::span{&value, 1}); };
    fixed.checksum = crc32(headers, crc32(raw(tail), crc32(raw(fixed))));
    std::ranges::copy(raw(fixed), file.begin());
    std::ranges::copy(raw(tail), file.begin() + sizeof fixed);
    std::ranges::copy(headers, file.begin() + fixed.variable_header_offset);
    return file;
}

/// A sound file whose fixed header is changed and sealed again.
template <class Change>
std::vector<std::byte> sound_but(Change change) {
    auto file = sound().bytes();
    auto fixed = *load<format::FixedHeader>(file, 0);
    change(fixed);
    Image::seal(file, fixed);
    return file;
}

}  // namespace igvm

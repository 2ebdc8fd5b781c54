// SPDX-License-Identifier: MIT
// IGVM files put together header by header, as other builders write them: what our own writer would not.
#pragma once
#include <cstring>
#include <span>
#include <vector>

#include "abi/igvm/format.hpp"
#include "abi/snp/vmsa.hpp"
#include "base/address.hpp"
#include "igvm/crc32.hpp"
#include "tools/image/reset_vmsa.hpp"

namespace tools::measure {

namespace format = abi::igvm;
using format::Type;
using File = std::vector<std::byte>;
using Page = std::vector<std::byte>;

inline Page page_of(std::uint8_t value) { return Page(page_bytes, std::byte{value}); }
/// Bytes 00 to FF, sixteen times.
inline Page counting_page() {
    Page page(page_bytes);
    for (std::size_t i = 0; i < page.size(); ++i) page[i] = static_cast<std::byte>(i & 0xff);
    return page;
}
inline Page vmsa_page(std::uint32_t start = image::boot_cpu_start) {
    const abi::Vmsa vmsa = image::reset_vmsa(start, 0xa0'0f11, 1);
    const auto bytes = std::as_bytes(std::span{&vmsa, 1});
    return {bytes.begin(), bytes.end()};
}

/// Headers in the order of the calls; data pages follow in the same order, from the next 4 KiB on.
class IgvmFile {
public:
    static constexpr std::uint32_t snp = 1;

    template <class T>
    IgvmFile& add(Type type, const T& payload, std::size_t bytes = sizeof(T), const Page& data = {},
                  std::size_t offset_field = 12) {
        const auto raw = std::as_bytes(std::span{&payload, 1}).first(bytes);
        if (!data.empty()) places_.push_back({headers_.size() + 8 + offset_field, data_.size()});
        append(headers_,
               format::VariableHeader{static_cast<std::uint32_t>(type), static_cast<std::uint32_t>(bytes)});
        headers_.insert(headers_.end(), raw.begin(), raw.end());
        headers_.resize(round_up(headers_.size(), 8));
        data_.insert(data_.end(), data.begin(), data.end());
        return *this;
    }
    IgvmFile& platform(std::uint32_t mask = snp, format::PlatformType type = format::PlatformType::SevSnp) {
        return add(Type::SupportedPlatform,
                   format::SupportedPlatform{mask, 0, static_cast<std::uint8_t>(type), 1, 0});
    }
    IgvmFile& policy(std::uint64_t value = 0x3'0000) {
        return add(Type::GuestPolicy, format::GuestPolicy{value, snp, 0});
    }
    IgvmFile& page(std::uint64_t gpa, const Page& data = {}, std::uint32_t flags = 0, std::uint16_t type = 0,
                   std::uint32_t mask = snp) {
        const format::PageData raw{gpa, mask, 0, flags, type, 0};
        return add(Type::PageData, raw, sizeof raw, data);
    }
    IgvmFile& vmsa(const Page& data = vmsa_page(), std::uint16_t index = 0,
                   std::uint64_t gpa = abi::launch_vmsa_gpa) {
        return add(Type::VpContext, format::VpContext{gpa, snp, 0, index, 0, 0}, format::vp_context_bytes,
                   data);
    }
    IgvmFile& area(std::uint32_t index, std::uint64_t bytes, const Page& contents = {}) {
        const format::ParameterArea raw{bytes, index, 0};
        return add(Type::ParameterArea, raw, sizeof raw, contents);
    }
    IgvmFile& insert(std::uint64_t gpa, std::uint32_t index) {
        return add(Type::ParameterInsert, format::ParameterInsert{gpa, snp, index});
    }
    IgvmFile& parameter(Type type, std::uint32_t area = 0, std::uint32_t byte = 0) {
        return add(type, format::Parameter{area, byte});
    }

    /// The longer header of version 2.
    IgvmFile& version_2(std::uint32_t architecture = 0) {
        append(tail_, format::FixedHeaderTail{architecture, page_bytes});
        return *this;
    }

    /// The file, sealed with its checksum.
    [[nodiscard]] File bytes() const {
        File headers = headers_;
        const std::uint64_t first = sizeof(format::FixedHeader) + tail_.size();
        const std::uint64_t begin = round_up(first + headers.size(), page_bytes);
        for (const Place& place : places_) {
            const auto offset = static_cast<std::uint32_t>(begin + place.data);
            std::memcpy(&headers[place.field], &offset, sizeof offset);
        }
        format::FixedHeader fixed{format::magic,
                                  tail_.empty() ? format::format_version_1 : format::format_version_2,
                                  static_cast<std::uint32_t>(first),
                                  static_cast<std::uint32_t>(headers.size()),
                                  static_cast<std::uint32_t>(begin + data_.size()),
                                  0};
        fixed.checksum =
            igvm::crc32(headers, igvm::crc32(tail_, igvm::crc32(std::as_bytes(std::span{&fixed, 1}))));
        File file;
        append(file, fixed);
        file.insert(file.end(), tail_.begin(), tail_.end());
        file.insert(file.end(), headers.begin(), headers.end());
        file.resize(begin);
        file.insert(file.end(), data_.begin(), data_.end());
        return file;
    }

private:
    struct Place {
        std::size_t field, data;
    };
    template <class T>
    static void append(File& to, const T& value) {
        const auto raw = std::as_bytes(std::span{&value, 1});
        to.insert(to.end(), raw.begin(), raw.end());
    }
    std::vector<std::byte> tail_, headers_, data_;
    std::vector<Place> places_;
};

/// Platform and policy: how each of the vectors begins.
inline IgvmFile vector_file() { return IgvmFile{}.platform().policy(); }

}  // namespace tools::measure

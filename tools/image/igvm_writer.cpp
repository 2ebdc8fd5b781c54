// SPDX-License-Identifier: MIT
// Serialises IGVM directives.
#include "tools/image/igvm_writer.hpp"

#include <span>

#include "model/igvm.hpp"

namespace tools::image {
namespace {

using namespace abi::igvm;

template <class T>
Bytes bytes_of_object(const T& object) {
    return std::as_bytes(std::span{&object, 1});
}

void append(Buffer& to, Bytes from) { to.insert(to.end(), from.begin(), from.end()); }

constexpr std::size_t header_alignment = 8;

}  // namespace

void IgvmWriter::add(Type type, Bytes payload) {
    const VariableHeader header{static_cast<std::uint32_t>(type), static_cast<std::uint32_t>(payload.size())};
    append(headers_, bytes_of_object(header));
    append(headers_, payload);
    headers_.resize(round_up(headers_.size(), header_alignment));
}

/// Where the data will lie is known only when the last header is; until then the field counts from
/// the data's start.
void IgvmWriter::add_with_data(Type type, Bytes payload, std::size_t offset_field, Bytes data) {
    const std::size_t field = headers_.size() + sizeof(VariableHeader) + offset_field;
    add(type, payload);
    if (data.empty()) return;
    const auto offset = static_cast<std::uint32_t>(data_.size());
    std::memcpy(headers_.data() + field, &offset, sizeof offset);
    offsets_.push_back(field);
    append(data_, data);
}

void IgvmWriter::snp_platform() {
    add(Type::SupportedPlatform, bytes_of_object(SupportedPlatform{
                                     snp_mask, 0, static_cast<std::uint8_t>(PlatformType::SevSnp), 1, 0}));
}
void IgvmWriter::guest_policy(std::uint64_t policy) {
    add(Type::GuestPolicy, bytes_of_object(GuestPolicy{policy, snp_mask, 0}));
}
void IgvmWriter::parameter_area(std::uint32_t index, std::uint64_t bytes) {
    add(Type::ParameterArea, bytes_of_object(ParameterArea{bytes, index, 0}));
}
void IgvmWriter::parameter(Type type, Parameter where) { add(type, bytes_of_object(where)); }
void IgvmWriter::parameter_insert(std::uint32_t index, Gpa gpa) {
    add(Type::ParameterInsert, bytes_of_object(ParameterInsert{gpa.value(), snp_mask, index}));
}
void IgvmWriter::required_memory(GpaRange range) {
    add(Type::RequiredMemory,
        bytes_of_object(
            RequiredMemory{range.begin.value(), snp_mask, static_cast<std::uint32_t>(range.size()), 0, 0}));
}
void IgvmWriter::page(const Page& page) {
    const PageData data{page.gpa.value(), snp_mask, 0, 0, static_cast<std::uint16_t>(page.type), 0};
    add_with_data(Type::PageData, bytes_of_object(data), offsetof(PageData, file_offset), page.bytes);
}
void IgvmWriter::vp_context(Gpa gpa, Bytes vmsa) {
    const VpContext context{gpa.value(), snp_mask, 0, 0, 0, 0};
    add_with_data(Type::VpContext, bytes_of_object(context).first(vp_context_bytes),
                  offsetof(VpContext, file_offset), vmsa);
}

Buffer IgvmWriter::finish() const {
    // Whole pages in the file as well: a loader may map them, and a hex dump is easier to read.
    const auto data_offset =
        static_cast<std::uint32_t>(round_up(sizeof(FixedHeader) + headers_.size(), page_bytes));
    Buffer headers = headers_;
    for (const std::size_t field : offsets_) {
        std::uint32_t offset;
        std::memcpy(&offset, headers.data() + field, sizeof offset);
        offset += data_offset;
        std::memcpy(headers.data() + field, &offset, sizeof offset);
    }
    FixedHeader fixed{magic,
                      format_version_1,
                      sizeof(FixedHeader),
                      static_cast<std::uint32_t>(headers.size()),
                      static_cast<std::uint32_t>(data_offset + data_.size()),
                      0};
    fixed.checksum = model::igvm::crc32(headers, model::igvm::crc32(bytes_of_object(fixed)));

    Buffer file;
    file.reserve(fixed.total_file_size);
    append(file, bytes_of_object(fixed));
    append(file, headers);
    file.resize(data_offset);
    append(file, data_);
    return file;
}

}  // namespace tools::image

// SPDX-License-Identifier: MIT
// Serialises IGVM directives.
#include "igvm/writer.hpp"

#include <cstring>
#include <span>

#include "abi/snp/vmsa.hpp"
#include "base/result.hpp"
#include "igvm/append.hpp"
#include "igvm/fixed_header.hpp"
#include "igvm/limits.hpp"
#include "igvm/reader.hpp"

namespace igvm {

namespace format = abi::igvm;
using format::Type;

Writer::Writer() {
    constexpr auto snp = static_cast<std::uint8_t>(format::PlatformType::SevSnp);
    append_header(Type::SupportedPlatform,
                  bytes_of_object(format::SupportedPlatform{snp_mask, 0, snp, 1, 0}));
}

void Writer::add(const Directive& directive) {
    std::visit([this](const auto& each) { put(each); }, directive);
}

void Writer::put(const PageData& page) {
    const auto flags = page.unmeasured ? format::PageDataFlags::unmeasured : 0;
    const format::PageData raw{
        page.gpa.value(), snp_mask, 0, flags, static_cast<std::uint16_t>(page.type), 0};
    append_with_data(Type::PageData, bytes_of_object(raw), offsetof(format::PageData, file_offset),
                     page.data.value_or(Bytes{}));
    if (page.data && page.data->size() != page_bytes) note(Error::NotOnePage);
}
void Writer::put(const VpContext& context) {
    const format::VpContext raw{abi::launch_vmsa_gpa, snp_mask, 0, 0, 0, 0};
    append_with_data(Type::VpContext, bytes_of_object(raw).first(format::vp_context_bytes),
                     offsetof(format::VpContext, file_offset), context.vmsa);
    if (context.vmsa.size() != page_bytes) note(Error::NotOnePage);
}
void Writer::put(const ParameterArea& area) {
    append_header(Type::ParameterArea, bytes_of_object(format::ParameterArea{area.bytes, area.index, 0}));
}
void Writer::put(const ParameterInsert& insert) {
    append_header(Type::ParameterInsert,
                  bytes_of_object(format::ParameterInsert{insert.gpa.value(), snp_mask, insert.index}));
}
void Writer::put(const VpCount& count) { append_header(Type::VpCountParameter, bytes_of_object(count.at)); }
void Writer::put(const Madt& madt) { append_header(Type::Madt, bytes_of_object(madt.at)); }
void Writer::put(const MemoryMap& map) { append_header(Type::MemoryMap, bytes_of_object(map.at)); }
void Writer::put(const EnvironmentInfo& info) {
    append_header(Type::EnvironmentInfo, bytes_of_object(info.at));
}
void Writer::put(const DeviceTree& tree) { append_header(Type::DeviceTree, bytes_of_object(tree.at)); }
void Writer::put(const RequiredMemory& required) {
    if (required.range.size() > max_required_bytes) note(Error::RequiredTooLarge);
    append_header(Type::RequiredMemory, bytes_of_object(format::RequiredMemory{
                                            required.range.begin.value(), snp_mask,
                                            static_cast<std::uint32_t>(required.range.size()), 0, 0}));
}
void Writer::put(const GuestPolicy& policy) {
    append_header(Type::GuestPolicy, bytes_of_object(format::GuestPolicy{policy.policy, snp_mask, 0}));
}

void Writer::append_header(Type type, Bytes payload) { igvm::append_header(headers_, type, payload); }

/// Where the data will lie is known only when the last header is; until then the field counts from
/// the data's start.
void Writer::append_with_data(Type type, Bytes payload, std::size_t offset_field, Bytes data) {
    const std::size_t field = headers_.size() + sizeof(format::VariableHeader) + offset_field;
    append_header(type, payload);
    if (data.empty()) return;
    const auto offset = static_cast<std::uint32_t>(data_.size());
    std::memcpy(headers_.data() + field, &offset, sizeof offset);
    offsets_.push_back(field);
    append(data_, data);
}

void Writer::note(Error error) {
    if (state_) state_ = std::unexpected{error};
}

std::expected<FileLayout, Error> lay_out(std::uint64_t header_bytes, std::uint64_t data_bytes) {
    // Whole pages in the file as well: a loader may map them, and a hex dump is easier to read.
    const std::uint64_t data_offset = round_up(sizeof(format::FixedHeader) + header_bytes, page_bytes);
    if (data_offset > max_file_bytes || data_bytes > max_file_bytes - data_offset)
        return std::unexpected{Error::FileTooLarge};
    return FileLayout{static_cast<std::uint32_t>(data_offset),
                      static_cast<std::uint32_t>(data_offset + data_bytes)};
}

std::expected<std::vector<std::byte>, Error> Writer::finish() const {
    TRY_VOID(state_);
    const FileLayout layout = TRY(lay_out(headers_.size(), data_.size()));
    std::vector<std::byte> headers = headers_;
    for (const std::size_t field : offsets_) {
        std::uint32_t offset;
        std::memcpy(&offset, headers.data() + field, sizeof offset);
        offset += layout.data_offset;
        std::memcpy(headers.data() + field, &offset, sizeof offset);
    }
    format::FixedHeader fixed{format::magic,      format::format_version_1,
                              sizeof fixed,       static_cast<std::uint32_t>(headers.size()),
                              layout.total_bytes, 0};
    fixed.checksum = checksum_of(fixed, {}, headers);

    std::vector<std::byte> file;
    file.reserve(layout.total_bytes);
    append(file, bytes_of_object(fixed));
    append(file, headers);
    file.resize(layout.data_offset);
    append(file, data_);
    if (const auto opened = File::open(file); !opened) return std::unexpected{opened.error()};
    return file;
}

}  // namespace igvm

// SPDX-License-Identifier: MIT
// Turns a variable header into a directive. Everything that an untrusted file can get wrong is an Error.
#include "igvm/parse.hpp"

#include "abi/snp/vmsa.hpp"
#include "base/result.hpp"

namespace igvm {
namespace {

namespace format = abi::igvm;
using format::Type;
using Parsed = std::expected<std::optional<Directive>, Error>;

Parsed parse_page_data(const Header& header, const Context& context) {
    const auto raw = TRY(payload_as<format::PageData>(header));
    if (!context.applies(raw.compatibility_mask)) return std::nullopt;
    if (!Gpa{raw.gpa}.is_page_aligned()) return std::unexpected{Error::UnalignedGpa};
    // Large and shared pages exist in the format, but no loader of SNP images takes them.
    if ((raw.flags & ~format::PageDataFlags::unmeasured) != 0) return std::unexpected{Error::BadPageFlags};
    if (raw.data_type > static_cast<std::uint16_t>(format::PageDataType::CpuidXf))
        return std::unexpected{Error::UnknownPageType};
    PageData page{Gpa{raw.gpa}, format::PageDataType{raw.data_type},
                  (raw.flags & format::PageDataFlags::unmeasured) != 0, std::nullopt};
    if (raw.file_offset != 0) page.data = TRY(context.page_at(raw.file_offset));
    return page;
}

Parsed parse_vp_context(const Header& header, const Context& context) {
    const auto raw = TRY(payload_as<format::VpContext>(header, format::vp_context_bytes));
    if (!context.applies(raw.compatibility_mask)) return std::nullopt;
    if (raw.gpa != abi::launch_vmsa_gpa) return std::unexpected{Error::BadVmsaGpa};
    // Only the boot processor is measured; others are started by software.
    if (raw.vp_index != 0) return std::unexpected{Error::ManyVpContexts};
    return VpContext{TRY(context.page_at(raw.file_offset))};
}

Parsed parse_parameter_area(const Header& header) {
    const auto raw = TRY(payload_as<format::ParameterArea>(header));
    return ParameterArea{raw.index, raw.bytes};
}

Parsed parse_parameter_insert(const Header& header, const Context& context) {
    const auto raw = TRY(payload_as<format::ParameterInsert>(header));
    if (!context.applies(raw.compatibility_mask)) return std::nullopt;
    if (!Gpa{raw.gpa}.is_page_aligned()) return std::unexpected{Error::UnalignedGpa};
    return ParameterInsert{Gpa{raw.gpa}, raw.area_index};
}

Parsed parse_required_memory(const Header& header, const Context& context) {
    const auto raw = TRY(payload_as<format::RequiredMemory>(header));
    if (!context.applies(raw.compatibility_mask)) return std::nullopt;
    if (!Gpa{raw.gpa}.is_page_aligned()) return std::unexpected{Error::UnalignedGpa};
    const auto range = GpaRange::make(Gpa{raw.gpa}, raw.bytes);
    if (!range) return std::unexpected{Error::UnalignedGpa};
    return RequiredMemory{*range};
}

Parsed parse_guest_policy(const Header& header, const Context& context) {
    const auto raw = TRY(payload_as<format::GuestPolicy>(header));
    if (!context.applies(raw.compatibility_mask)) return std::nullopt;
    return GuestPolicy{raw.policy};
}

template <class T>
Parsed parse_parameter(const Header& header) {
    return T{TRY(payload_as<format::Parameter>(header))};
}

}  // namespace

std::expected<Header, Error> read_header(Bytes headers, std::uint64_t at) {
    const auto head = load<format::VariableHeader>(headers, at);
    if (!head) return std::unexpected{Error::TruncatedHeader};
    const auto payload = slice(headers, at + sizeof *head, head->length);
    if (!payload) return std::unexpected{Error::TruncatedHeader};
    return Header{head->type, *payload, at + round_up(sizeof *head + std::uint64_t{head->length}, 8)};
}

std::expected<Bytes, Error> Context::page_at(std::uint64_t offset) const {
    const auto page = slice(file, offset, page_bytes);
    if (offset < data_begin || !page) return std::unexpected{Error::BadFileOffset};
    return *page;
}

Parsed parse(const Header& header, const Context& context) {
    switch (Type{header.type}) {
        case Type::SupportedPlatform: return std::nullopt;  // read by find_snp_platform
        case Type::GuestPolicy: return parse_guest_policy(header, context);
        case Type::ParameterArea: return parse_parameter_area(header);
        case Type::PageData: return parse_page_data(header, context);
        case Type::ParameterInsert: return parse_parameter_insert(header, context);
        case Type::VpContext: return parse_vp_context(header, context);
        case Type::RequiredMemory: return parse_required_memory(header, context);
        case Type::VpCountParameter: return parse_parameter<VpCount>(header);
        case Type::Madt: return parse_parameter<Madt>(header);
        case Type::MemoryMap: return parse_parameter<MemoryMap>(header);
        case Type::EnvironmentInfo: return parse_parameter<EnvironmentInfo>(header);
    }
    if ((header.type & format::optional_type_bit) != 0) return std::nullopt;
    return std::unexpected{Error::UnknownType};
}

}  // namespace igvm

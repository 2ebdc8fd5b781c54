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

Parsed parse_page_data(const Item& item, const Context& context) {
    const auto raw = *item.as<format::PageData>();
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

Parsed parse_vp_context(const Item& item, const Context& context) {
    const auto raw = *item.as<format::VpContext>(format::vp_context_bytes);
    if (!context.applies(raw.compatibility_mask)) return std::nullopt;
    if (raw.gpa != abi::launch_vmsa_gpa) return std::unexpected{Error::BadVmsaGpa};
    // Only the boot processor is measured; others are started by software.
    if (raw.vp_index != 0) return std::unexpected{Error::ManyVpContexts};
    return VpContext{TRY(context.page_at(raw.file_offset))};
}

Parsed parse_parameter_area(const Item& item) {
    const auto raw = *item.as<format::ParameterArea>();
    // QEMU's loader begins with zeros whatever the file says, and nothing of it is in the launch digest.
    if (raw.file_offset != 0) return std::unexpected{Error::AreaContents};
    return ParameterArea{raw.index, raw.bytes};
}

Parsed parse_parameter_insert(const Item& item, const Context& context) {
    const auto raw = *item.as<format::ParameterInsert>();
    if (!context.applies(raw.compatibility_mask)) return std::nullopt;
    if (!Gpa{raw.gpa}.is_page_aligned()) return std::unexpected{Error::UnalignedGpa};
    return ParameterInsert{Gpa{raw.gpa}, raw.area_index};
}

Parsed parse_required_memory(const Item& item, const Context& context) {
    const auto raw = *item.as<format::RequiredMemory>();
    if (!context.applies(raw.compatibility_mask)) return std::nullopt;
    if (!Gpa{raw.gpa}.is_page_aligned()) return std::unexpected{Error::UnalignedGpa};
    const auto range = GpaRange::make(Gpa{raw.gpa}, raw.bytes);
    if (!range) return std::unexpected{Error::UnalignedGpa};
    return RequiredMemory{*range};
}

Parsed parse_guest_policy(const Item& item, const Context& context) {
    const auto raw = *item.as<format::GuestPolicy>();
    if (!context.applies(raw.compatibility_mask)) return std::nullopt;
    return GuestPolicy{raw.policy};
}

template <class T>
Parsed parse_parameter(const Item& item) {
    return T{*item.as<format::Parameter>()};
}

/// What no loader of SNP images carries out is harmless as long as it is for another platform.
Parsed parse_unsupported(const Item& item, const Context& context) {
    if (item.info() == nullptr) return std::unexpected{Error::UnknownType};
    const auto mask = item.mask();
    if (mask && !context.applies(*mask)) return std::nullopt;
    return std::unexpected{Error::UnsupportedType};
}

}  // namespace

std::expected<Bytes, Error> Context::page_at(std::uint64_t offset) const {
    const auto page = headers.data_at(offset, page_bytes);
    if (!page) return std::unexpected{Error::BadFileOffset};
    return *page;
}

Parsed parse(const Item& item, const Context& context) {
    if (item.is_optional()) return std::nullopt;
    switch (Type{item.type}) {
        case Type::SupportedPlatform:
        case Type::SnpIdBlock: return std::nullopt;  // read by File
        case Type::GuestPolicy: return parse_guest_policy(item, context);
        case Type::ParameterArea: return parse_parameter_area(item);
        case Type::PageData: return parse_page_data(item, context);
        case Type::ParameterInsert: return parse_parameter_insert(item, context);
        case Type::VpContext: return parse_vp_context(item, context);
        case Type::RequiredMemory: return parse_required_memory(item, context);
        case Type::VpCountParameter: return parse_parameter<VpCount>(item);
        case Type::Madt: return parse_parameter<Madt>(item);
        case Type::MemoryMap: return parse_parameter<MemoryMap>(item);
        case Type::DeviceTree: return parse_parameter<DeviceTree>(item);
        case Type::EnvironmentInfo: return parse_parameter<EnvironmentInfo>(item);
        default: return parse_unsupported(item, context);
    }
}

}  // namespace igvm

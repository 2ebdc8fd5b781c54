// SPDX-License-Identifier: MIT
#include "tools/image/row_text.hpp"

#include "abi/snp/vmsa.hpp"
#include "tools/image/policy.hpp"
#include "tools/image/sev_features.hpp"

namespace tools::image {
namespace {

namespace format = abi::igvm;
using format::Type, igvm::Item;

std::string in_brackets(const std::string& names) { return names.empty() ? "" : " (" + names + ")"; }

void describe_range(Row& row, std::string_view label, std::uint64_t gpa, std::uint64_t bytes) {
    row.label = label;
    row.range = GpaRange::make(Gpa{gpa}, bytes);
    if (!row.range) row.details.push_back(formatted("{:#x}, {:#x} bytes: wraps", gpa, bytes));
}

void describe_parameter(Row& row, std::string_view label) {
    const auto at = *row.item.as<format::Parameter>();
    row.label = label;
    row.details = {formatted("area {}, byte {}", at.area_index, at.byte_offset)};
}

void describe_platform(Row& row) {
    const auto raw = *row.item.as<format::SupportedPlatform>();
    row.label = "platform";
    row.details = {formatted("{}, version {}, mask {:#x}, VTL {}",
                             name_of(format::PlatformType{raw.platform_type}), raw.platform_version,
                             raw.compatibility_mask, raw.highest_vtl)};
    if (raw.shared_gpa_boundary != 0)
        row.details.push_back(formatted("shared from {:#x} on", raw.shared_gpa_boundary));
}

void describe_policy(Row& row) {
    const auto raw = *row.item.as<format::GuestPolicy>();
    row.label = "guest policy";
    row.details = {formatted("{:#x}", raw.policy)};
    if (const std::string names = policy_names(raw.policy); row.use == Use::Taken && !names.empty())
        row.details.push_back(names);
}

void describe_area(Row& row) {
    const auto raw = *row.item.as<format::ParameterArea>();
    row.label = "parameter area";
    row.details = {formatted("index {}, {} bytes", raw.index, raw.bytes)};
    if (raw.file_offset != 0)
        row.details.push_back(
            formatted("contents at byte {:#x}, which loaders replace by zeros", raw.file_offset));
}

void describe_page(Row& row) {
    using Flags = format::PageDataFlags;
    const auto raw = *row.item.as<format::PageData>();
    describe_range(row, "pages", raw.gpa, (raw.flags & Flags::is_2m) != 0 ? large_page_bytes : page_bytes);
    std::string kind;
    switch (format::PageDataType{raw.data_type}) {
        case format::PageDataType::Normal: kind = raw.file_offset != 0 ? "data" : "zeros"; break;
        case format::PageDataType::Secrets: kind = "secrets"; break;
        case format::PageDataType::CpuidData:
        case format::PageDataType::CpuidXf: kind = "CPUID"; break;
        default: kind = formatted("type {}", raw.data_type);
    }
    if ((raw.flags & Flags::unmeasured) != 0) kind += ", unmeasured";
    if ((raw.flags & Flags::shared) != 0) kind += ", shared";
    if ((raw.flags & Flags::is_2m) != 0) kind += ", 2 MiB";
    row.details.push_back(kind);
}

void describe_vmsa(Row& row, const igvm::Headers& headers) {
    const auto raw = *row.item.as<format::VpContext>(format::vp_context_bytes);
    const auto data = headers.data_at(raw.file_offset, page_bytes);
    if (row.use != Use::Taken || !data) {
        row.details = {formatted("vCPU {}, {} byte {:#x}", raw.vp_index, data ? "registers at" : "no page at",
                                 raw.file_offset)};
        return;
    }
    const auto vmsa = *load<abi::Vmsa>(*data, 0);
    row.label = raw.vp_index == 0 ? "boot VMSA" : formatted("VMSA of vCPU {}", raw.vp_index);
    row.details = {
        formatted("RIP {:#x}  RDI {:#x}  RSP {:#x}", vmsa.rip, vmsa.rdi, vmsa.rsp),
        formatted("CR0 {:#x}  CR3 {:#x}  CR4 {:#x}  EFER {:#x}", vmsa.cr0, vmsa.cr3, vmsa.cr4, vmsa.efer),
        formatted("SEV_FEATURES {:#x}{}  VMPL {}", vmsa.sev_features,
                  in_brackets(sev_feature_names(vmsa.sev_features)), vmsa.vmpl)};
}

void describe_id_block(Row& row) {
    const auto block = *row.item.as<format::SnpIdBlock>();
    row.label = "ID block";
    row.details = {formatted("version {}, guest SVN {}, {} author key", block.version, block.guest_svn,
                             block.author_key_enabled != 0 ? "with an" : "without an")};
}

}  // namespace

void describe(Row& row, const igvm::Headers& headers) {
    // The content of what a loader skips need not be what its type says.
    if (row.use == Use::Skipped || row.use == Use::Unknown) return;
    switch (Type{row.item.type}) {
        case Type::SupportedPlatform: return describe_platform(row);
        case Type::GuestPolicy: return describe_policy(row);
        case Type::ParameterArea: return describe_area(row);
        case Type::PageData: return describe_page(row);
        case Type::ParameterInsert: {
            const auto raw = *row.item.as<format::ParameterInsert>();
            row.label = "parameter insert";
            row.details = {formatted("{:#012x}  area {}", raw.gpa, raw.area_index)};
            return;
        }
        case Type::VpContext: return describe_vmsa(row, headers);
        case Type::RequiredMemory: {
            const auto raw = *row.item.as<format::RequiredMemory>();
            return describe_range(row, "required memory", raw.gpa, raw.bytes);
        }
        case Type::SnpIdBlock: return describe_id_block(row);
        case Type::VpCountParameter: return describe_parameter(row, "vCPU count");
        case Type::Madt: return describe_parameter(row, "ACPI MADT");
        case Type::MemoryMap: return describe_parameter(row, "memory map");
        case Type::DeviceTree: return describe_parameter(row, "device tree");
        case Type::EnvironmentInfo: return describe_parameter(row, "environment");
        case Type::Srat:
        case Type::Slit:
        case Type::Pptt:
        case Type::MmioRanges:
        case Type::CommandLine: return describe_parameter(row, row.label);
        default: return;
    }
}

}  // namespace tools::image

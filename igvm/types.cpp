// SPDX-License-Identifier: MIT
#include "igvm/types.hpp"

#include <array>

namespace igvm {
namespace {

namespace format = abi::igvm;
using format::Type;

constexpr std::uint32_t parameter_bytes = sizeof(format::Parameter);

constexpr std::array types{
    TypeInfo{Type::SupportedPlatform, "SUPPORTED_PLATFORM", sizeof(format::SupportedPlatform), 0},
    TypeInfo{Type::GuestPolicy, "GUEST_POLICY", sizeof(format::GuestPolicy), 8},
    TypeInfo{Type::RelocatableRegion, "RELOCATABLE_REGION", 48, 0},
    TypeInfo{Type::PageTableRelocationRegion, "PAGE_TABLE_RELOCATION_REGION", 32, 0},
    TypeInfo{Type::CorimDocument, "CORIM_DOCUMENT", 16, 0, 4},
    TypeInfo{Type::CorimSignature, "CORIM_SIGNATURE", 16, 0, 4},
    TypeInfo{Type::ParameterArea, "PARAMETER_AREA", sizeof(format::ParameterArea), std::nullopt, 12},
    TypeInfo{Type::PageData, "PAGE_DATA", sizeof(format::PageData), 8, 12},
    TypeInfo{Type::ParameterInsert, "PARAMETER_INSERT", sizeof(format::ParameterInsert), 8},
    TypeInfo{Type::VpContext, "VP_CONTEXT", format::vp_context_bytes, 8, 12},
    TypeInfo{Type::RequiredMemory, "REQUIRED_MEMORY", sizeof(format::RequiredMemory), 8},
    TypeInfo{Type::VpCountParameter, "VP_COUNT_PARAMETER", parameter_bytes},
    TypeInfo{Type::Srat, "SRAT", parameter_bytes},
    TypeInfo{Type::Madt, "MADT", parameter_bytes},
    TypeInfo{Type::MmioRanges, "MMIO_RANGES", parameter_bytes},
    TypeInfo{Type::SnpIdBlock, "SNP_ID_BLOCK", sizeof(format::SnpIdBlock), 0},
    TypeInfo{Type::MemoryMap, "MEMORY_MAP", parameter_bytes},
    TypeInfo{Type::ErrorRange, "ERROR_RANGE", 16, 8},
    TypeInfo{Type::CommandLine, "COMMAND_LINE", parameter_bytes},
    TypeInfo{Type::Slit, "SLIT", parameter_bytes},
    TypeInfo{Type::Pptt, "PPTT", parameter_bytes},
    TypeInfo{Type::VbsMeasurement, "VBS_MEASUREMENT", 24, 0, std::nullopt, true},
    TypeInfo{Type::DeviceTree, "DEVICE_TREE", parameter_bytes},
    TypeInfo{Type::EnvironmentInfo, "ENVIRONMENT_INFO_PARAMETER", parameter_bytes},
    TypeInfo{Type::NativeVpContext, "X64_NATIVE_VP_CONTEXT", 20, 8, 12, true},
};

}  // namespace

Section section_of(std::uint32_t type) {
    const std::uint32_t number = type & ~format::optional_type_bit;
    if (number >= 0x001 && number <= 0x100) return Section::Platform;
    if (number >= 0x101 && number <= 0x200) return Section::Initialization;
    if (number >= 0x301 && number <= 0x400) return Section::Directive;
    return Section::Unknown;
}

const TypeInfo* find_type(std::uint32_t type) {
    const Type wanted{type & ~format::optional_type_bit};
    for (const TypeInfo& info : types)
        if (info.type == wanted) return &info;
    return nullptr;
}

}  // namespace igvm

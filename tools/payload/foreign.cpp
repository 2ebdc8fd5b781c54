// SPDX-License-Identifier: MIT
#include "tools/payload/foreign.hpp"

#include <bit>

#include "abi/snp/vmsa.hpp"
#include "abi/x86/paging.hpp"
#include "abi/x86/registers.hpp"
#include "tools/image/listing.hpp"
#include "tools/image/sev_features.hpp"
#include "tools/support/terminal.hpp"

namespace tools::payload {
namespace {

using abi::igvm::Type;

constexpr unsigned least_c_bit = 47, most_c_bit = 51;

std::optional<abi::Vmsa> boot_vmsa(const igvm::File& file) {
    std::optional<abi::Vmsa> vmsa;
    file.for_each([&](const igvm::Directive& directive) {
        if (const auto* context = std::get_if<igvm::VpContext>(&directive))
            vmsa = load<abi::Vmsa>(context->vmsa, 0);
        return true;
    });
    return vmsa;
}

bool is_parameter(const image::Row& row) {
    switch (Type{row.item.type}) {
        case Type::VpCountParameter:
        case Type::Madt:
        case Type::MemoryMap:
        case Type::EnvironmentInfo:
        case Type::DeviceTree: return true;
        default: return false;
    }
}

/// Memory and parameters, by the names of `adyton image inspect`.
std::string needs_of(const igvm::File& file) {
    std::string memory, names;
    for (const image::Row& row : image::list_headers(file.headers())) {
        if (row.use != image::Use::Taken) continue;
        if (Type{row.item.type} == Type::RequiredMemory && row.range)
            memory +=
                formatted("  memory        {:#x}..{:#x}\n", row.range->begin.value(), row.range->end.value());
        if (!is_parameter(row)) continue;
        names += formatted("{}{}{}", names.empty() ? "" : ", ", row.label,
                           Type{row.item.type} == Type::DeviceTree ? " (stays zero)" : "");
    }
    return memory + folded(names.empty() ? "none" : names, "  parameters    ", "                ", 80);
}

std::string start_of(const abi::Vmsa& vmsa, std::optional<unsigned> c_bit) {
    const bool has_paging = (vmsa.cr0 & abi::Cr0::pg) != 0;
    const std::string names = image::sev_feature_names(vmsa.sev_features);
    const std::string where = c_bit        ? formatted("{}, from its page tables", *c_bit)
                              : has_paging ? "its page tables have none"
                                           : "it starts without paging; --c-bit says which (47 unless given)";
    return formatted("  SEV_FEATURES  {:#x} ({})\n  C-bit         {}\n  starts at     VMPL{}, RIP {:#x}{}\n",
                     vmsa.sev_features, names.empty() ? "SNP alone" : names, where, vmsa.vmpl, vmsa.rip,
                     has_paging ? "" : ", paging off");
}

}  // namespace

std::optional<unsigned> c_bit_of(const igvm::File& file) {
    const auto vmsa = boot_vmsa(file);
    if (!vmsa || (vmsa->cr0 & abi::Cr0::pg) == 0) return std::nullopt;
    const std::uint64_t high = vmsa->cr3 & abi::Pte::address_mask & ~((1ull << least_c_bit) - 1);
    if (!std::has_single_bit(high)) return std::nullopt;
    const auto bit = static_cast<unsigned>(std::countr_zero(high));
    return bit <= most_c_bit ? std::optional{bit} : std::nullopt;
}

std::uint64_t launch_features_of(const igvm::File& file) {
    const auto vmsa = boot_vmsa(file);
    return vmsa ? vmsa->sev_features : 0;
}

std::string describe_foreign(const igvm::File& file, const std::string& name) {
    std::string text =
        folded(formatted("adyton: {} is no image of Adyton's SVSM; it asks for:", name), "", "  ", 80);
    if (const auto vmsa = boot_vmsa(file)) text += start_of(*vmsa, c_bit_of(file));
    return text + needs_of(file);
}

}  // namespace tools::payload

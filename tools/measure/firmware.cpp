// SPDX-License-Identifier: MIT
#include "tools/measure/firmware.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/result.hpp"
#include "ovmf/firmware.hpp"
#include "tools/image/reset_vmsa.hpp"
#include "tools/measure/pages.hpp"

namespace tools::measure {
namespace {

using abi::ovmf::HashEntry, abi::ovmf::HashTable, abi::ovmf::SectionType;
using model::psp::PageType;

HashEntry entry_of(const abi::ovmf::Guid& name, Bytes hashed) {
    return {name, sizeof(HashEntry), crypto::sha256(hashed)};
}

/// The NUL behind a command line is hashed too, and is there when there is no command line.
HashTable table_of(const KernelFiles& files) {
    const auto* const words = reinterpret_cast<const std::byte*>(files.command_line.c_str());
    HashTable table{};
    table.name = abi::ovmf::hash_table;
    table.bytes = offsetof(HashTable, padding);
    table.command_line = entry_of(abi::ovmf::command_line_hash, {words, files.command_line.size() + 1});
    table.initrd = entry_of(abi::ovmf::initrd_hash, files.initrd);
    table.kernel = entry_of(abi::ovmf::kernel_hash, files.kernel);
    return table;
}

/// The page of the section of hashes: the table where the firmware looks for it, and zeros around.
using HashPage = std::array<std::byte, page_bytes>;
Result<HashPage> hash_page(const ovmf::Firmware& firmware, const FirmwareLaunch& launch) {
    const auto& sections = firmware.sections();
    const auto place = firmware.hash_table();
    const auto* const section = std::ranges::find(sections, SectionType::KernelHashes, &ovmf::Section::type);
    if (!place || section == sections.end())
        return problem("{} looks at no hashes of a kernel; QEMU refuses kernel-hashes=on with it",
                       launch.name);
    if (section->range.size() != page_bytes || !section->range.contains(*place) ||
        place->size() < sizeof(HashTable))
        return problem("{}: the table of hashes does not fit into its section at {:#x}", launch.name,
                       section->range.begin.value());
    HashPage page{};
    const HashTable table = table_of(*launch.hashes);
    std::memcpy(&page[place->begin.page_offset()], &table, sizeof table);
    return page;
}

/// In the order of the file. [QEMU "target/i386/sev.c"]
Result<void> add_sections(Chain& digest, const ovmf::Firmware& firmware, const FirmwareLaunch& launch) {
    std::optional<HashPage> hashes;
    if (launch.hashes) hashes = TRY(hash_page(firmware, launch));
    for (const ovmf::Section& section : firmware.sections()) {
        switch (section.type) {
            case SectionType::Secrets: add_range(digest, PageType::Secrets, section.range); break;
            case SectionType::Cpuid: add_range(digest, PageType::Cpuid, section.range); break;
            case SectionType::KernelHashes:
                if (hashes) {
                    digest.add(PageType::Normal, section.range.begin, *hashes);
                    break;
                }
                [[fallthrough]];
            case SectionType::SecMemory:
            case SectionType::SvsmCaa: add_range(digest, PageType::Zero, section.range); break;
        }
    }
    return {};
}

Result<void> add_vcpus(Chain& digest, const ovmf::Firmware& firmware, const FirmwareLaunch& launch) {
    const auto add = [&](std::uint32_t start) {
        const abi::Vmsa vmsa = image::reset_vmsa(start, launch.signature, launch.sev_features);
        digest.add(PageType::Vmsa, Gpa{abi::launch_vmsa_gpa}, std::as_bytes(std::span{&vmsa, 1}));
    };
    add(image::boot_cpu_start);
    if (launch.vcpus == 1) return {};
    if (!firmware.ap_reset())
        return problem("{} does not say where a second vCPU starts; choose --vcpus 1", launch.name);
    for (unsigned ap = 1; ap < launch.vcpus; ++ap) add(*firmware.ap_reset());
    return {};
}

struct Model {
    std::string_view name;
    std::uint32_t signature;
};
/// Every version of a model has its signature.
constexpr std::array models{Model{"EPYC", 0x80'0f12}, Model{"EPYC-Rome", 0x83'0f10},
                            Model{"EPYC-Milan", 0xa0'0f11}, Model{"EPYC-Genoa", 0xa1'0f10},
                            Model{"EPYC-Turin", 0xb0'0f00}};

/// What the file alone does not decide.
std::vector<std::string> host_notes() {
    return {
        "number and model of the vCPUs, and SEV_FEATURES, are the host's choice and part of the digest",
        "KVM makes each VMSA itself; older kernels begin with MXCSR and FCW 0 and so with another digest"};
}

}  // namespace

Result<Measurement> measure_firmware(const FirmwareLaunch& launch) {
    const auto firmware = ovmf::Firmware::open(launch.firmware);
    if (!firmware)
        return problem("{} is not a firmware for SEV-SNP: {} (byte {:#x})", launch.name,
                       ovmf::describe(firmware.error().error), firmware.error().offset);
    Chain digest;
    add_pages(digest, PageType::Normal, firmware->window().begin, launch.firmware);
    TRY_VOID(add_sections(digest, *firmware, launch));
    TRY_VOID(add_vcpus(digest, *firmware, launch));
    return Measurement{
        .digest = digest.value(), .pages = digest.pages(), .policy = default_policy, .notes = host_notes()};
}

Result<std::uint32_t> signature_of(std::string_view model) {
    const auto version = model.rfind("-v");
    const std::string_view base = version == model.npos ? model : model.substr(0, version);
    const auto* const found = std::ranges::find(models, base, &Model::name);
    if (found != models.end()) return found->signature;
    std::string names;
    for (const Model& each : models) names += formatted("{}{}", names.empty() ? "" : ", ", each.name);
    return problem("there is no CPU model '{}'; choose from: {}, or name the signature as 0x...", model,
                   names);
}

}  // namespace tools::measure

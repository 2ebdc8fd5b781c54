// SPDX-License-Identifier: MIT
#include "tools/measure/firmware.hpp"

#include <algorithm>
#include <array>

#include "base/result.hpp"
#include "ovmf/firmware.hpp"
#include "tools/image/reset_vmsa.hpp"
#include "tools/measure/pages.hpp"

namespace tools::measure {
namespace {

using abi::ovmf::SectionType;
using model::psp::PageType;

/// In the order of the file. [QEMU "target/i386/sev.c"]
Result<void> add_sections(Chain& digest, const ovmf::Firmware& firmware, const FirmwareLaunch& launch) {
    std::optional<Buffer> hashes;
    if (launch.hashes) hashes = TRY(image::hash_page(firmware, launch.name, *launch.hashes));
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

// SPDX-License-Identifier: MIT
#include "tools/image/firmware.hpp"

#include "base/result.hpp"
#include "ovmf/firmware.hpp"

namespace tools::image {
namespace {

using abi::igvm::PageDataType, abi::ovmf::SectionType;

std::unexpected<Problem> no_firmware(const std::string& name, const ovmf::Fault& fault) {
    return problem("{} is not a firmware for SEV-SNP: {} (byte {:#x})", name, ovmf::describe(fault.error),
                   fault.offset);
}

/// Below the SVSM every other section is zeros: the SVSM fills two of them before the guest runs.
PageDataType page_type(SectionType type, FirmwareLevel level) {
    if (level == FirmwareLevel::BelowSvsm) return PageDataType::Normal;
    switch (type) {
        case SectionType::Secrets: return PageDataType::Secrets;
        case SectionType::Cpuid: return PageDataType::CpuidData;
        case SectionType::SecMemory:
        case SectionType::SvsmCaa:
        case SectionType::KernelHashes: break;
    }
    return PageDataType::Normal;
}

void add_file(LoadedGuest& guest, const ovmf::Firmware& firmware) {
    const Bytes file = firmware.file();
    for (std::uint64_t at = 0; at < file.size(); at += page_bytes) {
        const Bytes part = file.subspan(at, page_bytes);
        guest.memory.pages.push_back({guest.window.begin + at, Buffer(part.begin(), part.end())});
    }
}

/// Contents of the page for hashes: none when the firmware is to find zeros there, which stand for no hashes.
Result<Buffer> hashes_of(const ovmf::Firmware& firmware, const std::string& name,
                         const FirmwareKernel* kernel) {
    if (kernel == nullptr || kernel->hashes == KernelHashes::Off) return Buffer{};
    if (kernel->hashes == KernelHashes::WhereLookedAt && !looks_at_hashes(firmware)) return Buffer{};
    return hash_page(firmware, name, kernel->files);
}

void add_sections(LoadedGuest& guest, const ovmf::Firmware& firmware, FirmwareLevel level, const Buffer& hashes) {
    for (const ovmf::Section& section : firmware.sections()) {
        const GpaRange& range = section.range;
        guest.sections.push_back({static_cast<std::uint32_t>(range.begin.value()),
                                  static_cast<std::uint32_t>(range.size()),
                                  static_cast<std::uint32_t>(section.type)});
        for (Gpa page = range.begin; page < range.end; page = page + page_bytes)
            guest.memory.pages.push_back({page, section.type == SectionType::KernelHashes ? hashes : Buffer{},
                                          page_type(section.type, level)});
    }
}

}  // namespace

Result<LoadedGuest> load_firmware(Bytes file, const std::string& name, FirmwareLevel level,
                                  const FirmwareKernel* kernel) {
    const auto firmware = ovmf::Firmware::open(file);
    if (!firmware) return no_firmware(name, firmware.error());
    if (level == FirmwareLevel::BelowSvsm)
        if (const auto sound = firmware->check_for_svsm(); !sound) return no_firmware(name, sound.error());
    const Buffer hashes = TRY(hashes_of(*firmware, name, kernel));
    LoadedGuest guest{.kind = abi::adyton::GuestKind::Firmware, .window = firmware->window()};
    add_file(guest, *firmware);
    add_sections(guest, *firmware, level, hashes);
    return guest;
}

Result<void> check_sections(const LoadedGuest& guest, GpaRange svsm, std::uint64_t memory) {
    for (const abi::ovmf::SevSection& section : guest.sections) {
        const GpaRange range{Gpa{section.gpa}, Gpa{section.gpa} + section.bytes};
        if (!svsm.is_empty() && range.overlaps(svsm))
            return problem("the firmware wants memory at {:#x}, where the SVSM is; move that with --svsm-at",
                           section.gpa);
        if (range.end > Gpa{memory})
            return problem("the firmware wants memory up to {} MiB, and --memory gives it {} MiB",
                           round_up(range.end.value(), 1 << 20) >> 20, memory >> 20);
    }
    return {};
}

}  // namespace tools::image

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

/// Below the SVSM every section is zeros: the SVSM fills two of them before the guest runs.
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

void add_sections(LoadedGuest& guest, const ovmf::Firmware& firmware, FirmwareLevel level) {
    for (const ovmf::Section& section : firmware.sections()) {
        const GpaRange& range = section.range;
        guest.sections.push_back({static_cast<std::uint32_t>(range.begin.value()),
                                  static_cast<std::uint32_t>(range.size()),
                                  static_cast<std::uint32_t>(section.type)});
        for (Gpa page = range.begin; page < range.end; page = page + page_bytes)
            guest.memory.pages.push_back({page, {}, page_type(section.type, level)});
    }
}

}  // namespace

Result<LoadedGuest> load_firmware(Bytes file, const std::string& name, FirmwareLevel level) {
    const auto firmware = ovmf::Firmware::open(file);
    if (!firmware) return no_firmware(name, firmware.error());
    if (level == FirmwareLevel::BelowSvsm)
        if (const auto sound = firmware->check_for_svsm(); !sound) return no_firmware(name, sound.error());
    LoadedGuest guest{.kind = abi::adyton::GuestKind::Firmware, .window = firmware->window()};
    add_file(guest, *firmware);
    add_sections(guest, *firmware, level);
    return guest;
}

}  // namespace tools::image

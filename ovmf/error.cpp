// SPDX-License-Identifier: MIT
#include "ovmf/error.hpp"

namespace ovmf {

std::string_view describe(Error error) {
    switch (error) {
        case Error::BadFileSize: return "a firmware file is whole pages of 4 KiB, and at most 16 MiB of them";
        case Error::NoTable: return "the file does not end with OVMF's table of blocks";
        case Error::BadTableLength: return "the table of blocks does not fit into the file";
        case Error::BadBlockLength: return "a block of the table is longer than what is left of it";
        case Error::BlockTwice: return "the table names a block twice";
        case Error::ShortBlock: return "a block of the table is too short for its data";
        case Error::NoMetadata: return "the firmware has no SEV metadata, so it was not built for SEV-SNP";
        case Error::MetadataOutside: return "the SEV metadata do not lie inside the file";
        case Error::BadMagic: return "the SEV metadata do not begin with ASEV";
        case Error::BadVersion: return "only version 1 of the SEV metadata is supported";
        case Error::BadMetadataLength:
            return "the SEV metadata are not as long as their number of sections says";
        case Error::ManySections: return "the SEV metadata have more than 16 sections";
        case Error::UnknownSection: return "the SEV metadata hold a section of unknown type";
        case Error::UnalignedSection: return "a section of the SEV metadata is not whole pages";
        case Error::SectionTooHigh: return "a section of the SEV metadata ends above 4 GiB";
        case Error::SectionInWindow: return "a section of the SEV metadata lies where the firmware itself is";
        case Error::SectionsOverlap: return "two sections of the SEV metadata overlap";
        case Error::NoSecrets: return "the firmware asks for no secrets page";
        case Error::ManySecrets: return "the firmware asks for two secrets pages";
        case Error::NoCpuid: return "the firmware asks for no CPUID page";
        case Error::ManyCpuids: return "the firmware asks for two CPUID pages";
        case Error::NotOnePage: return "secrets page, CPUID page or calling area is not one page of 4 KiB";
        case Error::NoCallingArea:
            return "the firmware has no place for a calling area, so it runs without an SVSM only";
        case Error::ManyCallingAreas: return "the firmware has more than one calling area";
    }
    return "unknown error";
}

}  // namespace ovmf

// SPDX-License-Identifier: MIT
#include "igvm/error.hpp"

namespace igvm {

std::string_view describe(Error error) {
    switch (error) {
        case Error::TooShort: return "the file is too short for an IGVM header";
        case Error::BadMagic: return "the file does not start with the IGVM magic number";
        case Error::BadVersion: return "only versions 1 and 2 of the IGVM format are supported";
        case Error::BadArchitecture:
            return "the image is for another architecture, or for other pages than 4 KiB";
        case Error::BadHeaderOffset: return "the IGVM headers do not lie inside the file";
        case Error::SizeMismatch: return "the file is not as long as its IGVM header says";
        case Error::BadChecksum: return "the checksum of the IGVM headers is wrong";
        case Error::TruncatedHeader: return "an IGVM header is cut off";
        case Error::UnknownType: return "the file holds an IGVM header of unknown type";
        case Error::UnsupportedType:
            return "the file holds an IGVM header that no loader here carries out for SEV-SNP";
        case Error::BadOrder: return "the IGVM headers are not in the prescribed order";
        case Error::BadLength: return "an IGVM header has the wrong length";
        case Error::BadFileOffset: return "an IGVM header refers to data outside the file";
        case Error::UnalignedGpa: return "an IGVM header names an address that is not page aligned or wraps";
        case Error::NoSnpPlatform: return "the image does not support SEV-SNP";
        case Error::BadPlatform: return "the platform headers of the image are inconsistent";
        case Error::UnknownPageType: return "the image holds a page of unknown type";
        case Error::BadPageFlags: return "the image holds a large, shared or otherwise unsupported page";
        case Error::BadVmsaGpa: return "the boot VMSA of the image is at the wrong address";
        case Error::MissingVpContext: return "the image has no boot VMSA";
        case Error::ManyVpContexts: return "the image has more than one boot VMSA";
        case Error::BadAreaSize: return "a parameter area of the image is empty or not whole pages";
        case Error::AreaContents:
            return "a parameter area of the image has contents of its own, which loaders replace by zeros";
        case Error::AreaTwice: return "a parameter area of the image is declared twice";
        case Error::ManyAreas:
            return "the image has more than 16 parameter areas or more than 64 KiB of them";
        case Error::NoArea: return "a parameter names an area that is not declared or already inserted";
        case Error::OutsideArea: return "a parameter of the image does not fit into its area";
        case Error::FileTooLarge: return "the image would be larger than 4 GiB";
        case Error::RequiredTooLarge: return "the memory that the image requires exceeds 4 GiB";
        case Error::NotOnePage: return "a page of the image is not 4096 bytes long";
    }
    return "unknown error";
}

}  // namespace igvm

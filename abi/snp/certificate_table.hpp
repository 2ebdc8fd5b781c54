// SPDX-License-Identifier: MIT
// The certificates that a host hands out beside a report: entries, one without anything as the end, then the
// certificates. Nothing authenticates the table. [GHCB "SNP Extended Guest Request"]
#pragma once
#include <cstdint>

#include "base/guid.hpp"

namespace abi {

struct CertificateTableEntry {
    Guid guid;                    ///< zero in the last entry
    std::uint32_t offset, bytes;  ///< of the certificate; from the beginning of the table
};
static_assert(sizeof(CertificateTableEntry) == 24);

inline constexpr Guid vcek_guid = guid("63da758d-e664-4564-adc5-f4b93be8accd"),
                      vlek_guid = guid("a8074bc2-a25a-483e-aae6-39c045a0b8a1"),
                      ask_guid = guid("4ab7b379-bbac-4fe4-a02f-05aef327c782"),
                      ark_guid = guid("c0b406a4-a803-4952-9743-3fb6014cd0ae");

}  // namespace abi

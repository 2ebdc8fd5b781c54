// SPDX-License-Identifier: MIT
#include "svsm/psp/certificates.hpp"

#include <algorithm>

#include "abi/snp/certificate_table.hpp"
#include "base/address.hpp"
#include "svsm/psp/shared.hpp"

namespace svsm::psp {

std::uint64_t certificate_bytes(const std::byte* shared, std::uint64_t room) {
    std::uint64_t end = 0;
    for (std::uint64_t at = 0; at + sizeof(abi::CertificateTableEntry) <= page_bytes;) {
        abi::CertificateTableEntry entry;
        copy_from_shared(std::as_writable_bytes(std::span{&entry, 1}), shared + at);
        at += sizeof entry;
        const bool is_end = entry.guid == Guid{} && entry.offset == 0 && entry.bytes == 0;
        if (is_end) return end == 0 ? 0 : std::max(end, at);
        const auto last = std::uint64_t{entry.offset} + entry.bytes;
        if (last > room) return 0;
        end = std::max(end, last);
    }
    return 0;
}

}  // namespace svsm::psp

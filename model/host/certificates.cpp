// SPDX-License-Identifier: MIT
#include "model/host/certificates.hpp"

#include <algorithm>
#include <cstring>

namespace model::host {

using Entry = abi::CertificateTableEntry;

std::uint64_t table_bytes(Certificates certificates) {
    std::uint64_t bytes = (certificates.size() + 1) * sizeof(Entry);
    for (const Certificate& each : certificates) bytes += each.der.size();
    return bytes;
}

bool write_table(Certificates certificates, std::span<std::byte> to) {
    if (certificates.size() > most_certificates || table_bytes(certificates) > to.size()) return false;
    std::ranges::fill(to, std::byte{0});
    std::uint64_t entry = 0, place = (certificates.size() + 1) * sizeof(Entry);
    for (const Certificate& each : certificates) {
        const Entry row{each.guid, static_cast<std::uint32_t>(place),
                        static_cast<std::uint32_t>(each.der.size())};
        std::memcpy(&to[entry], &row, sizeof row);
        std::ranges::copy(each.der, to.begin() + static_cast<std::ptrdiff_t>(place));
        entry += sizeof row;
        place += each.der.size();
    }
    return true;
}

}  // namespace model::host

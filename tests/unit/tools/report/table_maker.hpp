// SPDX-License-Identifier: MIT
// Tables of certificates as a host makes them.
#pragma once
#include <cstring>
#include <vector>

#include "abi/snp/certificate_table.hpp"
#include "tests/unit/tools/report/certificate_maker.hpp"

namespace tools::attestation {

struct TablePart {
    Guid guid;
    Buffer data;
};

/// The parts one behind the other, in order.
[[nodiscard]] inline Buffer make_table(const std::vector<TablePart>& parts) {
    constexpr std::size_t entry_bytes = sizeof(abi::CertificateTableEntry);
    Buffer bytes((parts.size() + 1) * entry_bytes);
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const abi::CertificateTableEntry entry{parts[i].guid, static_cast<std::uint32_t>(bytes.size()),
                                               static_cast<std::uint32_t>(parts[i].data.size())};
        bytes.insert(bytes.end(), parts[i].data.begin(), parts[i].data.end());
        std::memcpy(bytes.data() + i * entry_bytes, &entry, sizeof entry);
    }
    return bytes;
}

}  // namespace tools::attestation

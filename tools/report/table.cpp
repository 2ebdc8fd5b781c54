// SPDX-License-Identifier: MIT
#include "tools/report/table.hpp"

#include <algorithm>

#include "abi/snp/certificate_table.hpp"
#include "base/result.hpp"

namespace tools::attestation {
namespace {

using Entry = abi::CertificateTableEntry;
/// Hosts have six kinds at most; a file of a GiB must not keep us busy comparing entries.
constexpr std::size_t most_entries = 64;

bool is_end(const Entry& entry) { return entry.guid == Guid{}; }

/// The entries before the one that ends the table.
Result<std::vector<Entry>> read_entries(Bytes bytes, const std::string& name) {
    std::vector<Entry> entries;
    for (std::uint64_t at = 0;; at += sizeof(Entry)) {
        const auto entry = load<Entry>(bytes, at);
        if (!entry) return problem("{}: byte {:#x}: the table of certificates has no end", name, at);
        if (is_end(*entry)) return entries;
        if (entries.size() == most_entries)
            return problem("{}: byte {:#x}: the table has more than {} entries", name, at, most_entries);
        for (const Entry& before : entries)
            if (before.guid == entry->guid)
                return problem("{}: byte {:#x}: the table has an entry of this kind already", name, at);
        entries.push_back(*entry);
    }
}

bool overlap(const Entry& a, const Entry& b) {
    return a.offset < std::uint64_t{b.offset} + b.bytes && b.offset < std::uint64_t{a.offset} + a.bytes;
}

}  // namespace

bool looks_like_table(Bytes bytes) {
    const auto first = load<Entry>(bytes, 0);
    const auto known = {Guid{}, abi::vcek_guid, abi::vlek_guid, abi::ask_guid, abi::ark_guid};
    return first && std::ranges::find(known, first->guid) != known.end();
}

Result<std::vector<TableEntry>> parse_table(Bytes bytes, const std::string& name) {
    const std::vector<Entry> entries = TRY(read_entries(bytes, name));
    const std::uint64_t table_bytes = (entries.size() + 1) * sizeof(Entry);
    std::vector<TableEntry> found;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const Entry& entry = entries[i];
        const std::uint64_t at = i * sizeof(Entry);
        const auto data = slice(bytes, entry.offset, entry.bytes);
        if (!data) return problem("{}: byte {:#x}: this entry of the table ends outside the file", name, at);
        if (entry.offset < table_bytes)
            return problem("{}: byte {:#x}: this entry of the table lies in the table itself", name, at);
        for (std::size_t k = 0; k < i; ++k)
            if (overlap(entries[k], entry))
                return problem("{}: byte {:#x}: this entry of the table overlaps another one", name, at);
        found.push_back({entry.guid, *data});
    }
    return found;
}

}  // namespace tools::attestation

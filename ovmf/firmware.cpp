// SPDX-License-Identifier: MIT
// A file is other people's: every length is held against what is left before anything is read.
#include "ovmf/firmware.hpp"

#include "base/result.hpp"

namespace ovmf {
namespace {

using namespace abi::ovmf;

std::unexpected<Fault> fault(Error error, std::uint64_t offset) {
    return std::unexpected{Fault{error, offset}};
}

bool is_one_page(const Section& section) { return section.range.size() == page_bytes; }

/// The sections of one type: how many, and the last of them.
struct Found {
    std::size_t count = 0;
    std::optional<Section> last{};
};
Found find(const FixedVector<Section, max_sections>& sections, SectionType type) {
    Found found;
    for (const Section& section : sections)
        if (section.type == type) ++found.count, found.last = section;
    return found;
}

/// Exactly one section of the type, of one page.
std::expected<void, Fault> check_one(const Found& found, Error none, Error many, std::uint64_t metadata) {
    if (!found.last) return fault(none, metadata);
    if (found.count != 1) return fault(many, found.last->offset);
    if (!is_one_page(*found.last)) return fault(Error::NotOnePage, found.last->offset);
    return {};
}

}  // namespace

std::expected<Firmware, Fault> Firmware::open(Bytes file) {
    if (file.empty() || file.size() % page_bytes != 0 || file.size() > max_file_bytes)
        return fault(Error::BadFileSize, file.size());
    Firmware firmware;
    firmware.file_ = file;
    TRY_VOID(firmware.read_table());
    TRY_VOID(firmware.read_metadata());
    TRY_VOID(firmware.check_pages());
    return firmware;
}

std::uint64_t Firmware::offset_of(Bytes part) const {
    return static_cast<std::uint64_t>(part.data() - file_.data());
}

/// The blocks are read from the last one to the first: each ends with its own length.
Firmware::Checked Firmware::read_table() {
    const std::uint64_t footer_at = file_.size() - bytes_behind_table - sizeof(BlockEnd);
    const auto footer = *load<BlockEnd>(file_, footer_at);
    if (footer.name != table_footer) return fault(Error::NoTable, footer_at);
    const std::uint64_t table_end = footer_at + sizeof(BlockEnd);
    if (footer.bytes < sizeof(BlockEnd) || footer.bytes > table_end)
        return fault(Error::BadTableLength, footer_at);
    Bytes table = file_.subspan(table_end - footer.bytes, footer.bytes - sizeof(BlockEnd));
    while (!table.empty()) {
        const std::uint64_t block_end = offset_of(table) + table.size();
        if (table.size() < sizeof(BlockEnd)) return fault(Error::BadBlockLength, offset_of(table));
        const auto end = *load<BlockEnd>(table, table.size() - sizeof(BlockEnd));
        if (end.bytes < sizeof(BlockEnd) || end.bytes > table.size())
            return fault(Error::BadBlockLength, block_end - sizeof(BlockEnd));
        table = table.first(table.size() - end.bytes);
        TRY_VOID(read_block(end.name, file_.subspan(block_end - end.bytes, end.bytes - sizeof(BlockEnd))));
    }
    return {};
}

Firmware::Checked Firmware::read_block(const Guid& name, Bytes data) {
    const auto first = load<std::uint32_t>(data, 0), second = load<std::uint32_t>(data, 4);
    if (name == es_reset_block || name == sev_metadata_block) {
        if (!first) return fault(Error::ShortBlock, offset_of(data));
        auto& to = name == es_reset_block ? ap_reset_ : metadata_;
        if (to) return fault(Error::BlockTwice, offset_of(data));
        to = *first;
    } else if (name == hash_table_block) {
        if (!first || !second) return fault(Error::ShortBlock, offset_of(data));
        if (has_hash_block_) return fault(Error::BlockTwice, offset_of(data));
        has_hash_block_ = true;
        // Zeros stand for a build that looks at no hashes.
        if (*second != 0) hash_table_ = GpaRange{Gpa{*first}, Gpa{*first} + *second};
    }
    return {};
}

Firmware::Checked Firmware::read_metadata() {
    if (!metadata_) return fault(Error::NoMetadata, file_.size());
    if (*metadata_ < sizeof(SevMetadata) || *metadata_ > file_.size())
        return fault(Error::MetadataOutside, file_.size());
    const std::uint64_t at = file_.size() - *metadata_;
    const auto head = *load<SevMetadata>(file_, at);
    if (head.magic != sev_metadata_magic) return fault(Error::BadMagic, at);
    if (head.version != 1) return fault(Error::BadVersion, at + offsetof(SevMetadata, version));
    if (head.sections > max_sections) return fault(Error::ManySections, at + offsetof(SevMetadata, sections));
    if (head.bytes != sizeof head + head.sections * sizeof(SevSection))
        return fault(Error::BadMetadataLength, at + offsetof(SevMetadata, bytes));
    if (head.bytes > *metadata_) return fault(Error::MetadataOutside, at);
    for (std::uint32_t i = 0; i < head.sections; ++i)
        TRY_VOID(read_section(at + sizeof head + i * sizeof(SevSection)));
    return {};
}

Firmware::Checked Firmware::read_section(std::uint64_t offset) {
    const auto raw = *load<SevSection>(file_, offset);
    switch (SectionType{raw.type}) {
        case SectionType::SecMemory:
        case SectionType::Secrets:
        case SectionType::Cpuid:
        case SectionType::SvsmCaa:
        case SectionType::KernelHashes: break;
        default: return fault(Error::UnknownSection, offset);
    }
    if (raw.bytes == 0) return {};
    const GpaRange range{Gpa{raw.gpa}, Gpa{raw.gpa} + raw.bytes};
    if (!range.begin.is_page_aligned() || !range.end.is_page_aligned())
        return fault(Error::UnalignedSection, offset);
    if (range.end > Gpa{four_gib}) return fault(Error::SectionTooHigh, offset);
    if (range.overlaps(window())) return fault(Error::SectionInWindow, offset);
    for (const Section& other : sections_)
        if (range.overlaps(other.range)) return fault(Error::SectionsOverlap, offset);
    if (!sections_.push_back({range, SectionType{raw.type}, offset}))
        return fault(Error::ManySections, offset);
    return {};
}

Firmware::Checked Firmware::check_pages() const {
    const std::uint64_t metadata = file_.size() - *metadata_;
    TRY_VOID(
        check_one(find(sections_, SectionType::Secrets), Error::NoSecrets, Error::ManySecrets, metadata));
    return check_one(find(sections_, SectionType::Cpuid), Error::NoCpuid, Error::ManyCpuids, metadata);
}

std::expected<void, Fault> Firmware::check_for_svsm() const {
    return check_one(find(sections_, SectionType::SvsmCaa), Error::NoCallingArea, Error::ManyCallingAreas,
                     file_.size() - *metadata_);
}

}  // namespace ovmf

// SPDX-License-Identifier: MIT
// Turns the variable headers of an IGVM file into directives; everything a stranger could have got wrong is
// an Error.
#include "model/igvm.hpp"

#include <array>
#include <bit>

#include "abi/acpi/tables.hpp"
#include "base/fixed_vector.hpp"
#include "base/result.hpp"

namespace model::igvm {
namespace {

namespace format = abi::igvm;
using format::Type;

/// Variable headers come in sections that follow one another: platforms, initialisation, directives. A type
/// of no section is refused as unknown anyway.
enum class Section : std::uint8_t { Platform, Initialization, Directive, Any, Unknown };

constexpr Section section_of(std::uint32_t type) {
    if ((type & format::optional_type_bit) != 0) return Section::Any;
    if (type >= 0x001 && type <= 0x100) return Section::Platform;
    if (type >= 0x101 && type <= 0x200) return Section::Initialization;
    if (type >= 0x301 && type <= 0x400) return Section::Directive;
    return Section::Unknown;
}

/// One variable header, its payload inside the file.
struct Header {
    std::uint32_t type;
    Bytes payload;
    std::uint64_t next;
};

std::expected<Header, Error> read_header(Bytes headers, std::uint64_t at) {
    const auto head = load<format::VariableHeader>(headers, at);
    if (!head) return std::unexpected{Error::TruncatedHeader};
    const auto payload = slice(headers, at + sizeof *head, head->length);
    if (!payload) return std::unexpected{Error::TruncatedHeader};
    return Header{head->type, *payload, at + round_up(sizeof *head + std::uint64_t{head->length}, 8)};
}

template <class T>
std::expected<T, Error> payload_as(const Header& header, std::size_t bytes = sizeof(T)) {
    if (header.payload.size() != bytes) return std::unexpected{Error::BadLength};
    T value{};
    std::memcpy(&value, header.payload.data(), bytes);
    return value;
}

/// What a directive needs besides its own header.
struct Context {
    Bytes file;
    std::uint64_t data_begin;  ///< end of the headers; file data lies behind
    std::uint32_t snp_mask;
    [[nodiscard]] std::expected<Bytes, Error> page_at(std::uint64_t offset) const {
        const auto page = slice(file, offset, page_bytes);
        if (offset < data_begin || !page) return std::unexpected{Error::BadFileOffset};
        return *page;
    }
    [[nodiscard]] bool applies(std::uint32_t mask) const { return (mask & snp_mask) != 0; }
};

using Parsed = std::expected<std::optional<Directive>, Error>;

Parsed parse_page_data(const Header& header, const Context& context) {
    const auto raw = TRY(payload_as<format::PageData>(header));
    if (!context.applies(raw.compatibility_mask)) return std::nullopt;
    if (!Gpa{raw.gpa}.is_page_aligned()) return std::unexpected{Error::UnalignedGpa};
    // Large and shared pages exist in the format, but no loader of SNP images takes them.
    if ((raw.flags & ~format::PageDataFlags::unmeasured) != 0) return std::unexpected{Error::BadPageFlags};
    if (raw.data_type > static_cast<std::uint16_t>(format::PageDataType::CpuidXf))
        return std::unexpected{Error::UnknownPageType};
    PageData page{Gpa{raw.gpa}, format::PageDataType{raw.data_type},
                  (raw.flags & format::PageDataFlags::unmeasured) != 0, std::nullopt};
    if (raw.file_offset != 0) page.data = TRY(context.page_at(raw.file_offset));
    return page;
}

Parsed parse_vp_context(const Header& header, const Context& context) {
    const auto raw = TRY(payload_as<format::VpContext>(header, format::vp_context_bytes));
    if (!context.applies(raw.compatibility_mask)) return std::nullopt;
    if (raw.gpa != abi::launch_vmsa_gpa) return std::unexpected{Error::BadVmsaGpa};
    // Only the boot processor is measured; others are started by software.
    if (raw.vp_index != 0) return std::unexpected{Error::ManyVpContexts};
    return VpContext{TRY(context.page_at(raw.file_offset))};
}

Parsed parse_parameter_area(const Header& header) {
    const auto raw = TRY(payload_as<format::ParameterArea>(header));
    if (raw.bytes == 0 || raw.bytes % page_bytes != 0) return std::unexpected{Error::BadParameterArea};
    return ParameterArea{raw.index, raw.bytes};
}

Parsed parse_parameter_insert(const Header& header, const Context& context) {
    const auto raw = TRY(payload_as<format::ParameterInsert>(header));
    if (!context.applies(raw.compatibility_mask)) return std::nullopt;
    if (!Gpa{raw.gpa}.is_page_aligned()) return std::unexpected{Error::UnalignedGpa};
    return ParameterInsert{Gpa{raw.gpa}, raw.area_index};
}

Parsed parse_required_memory(const Header& header, const Context& context) {
    const auto raw = TRY(payload_as<format::RequiredMemory>(header));
    if (!context.applies(raw.compatibility_mask)) return std::nullopt;
    if (!Gpa{raw.gpa}.is_page_aligned()) return std::unexpected{Error::UnalignedGpa};
    const auto range = GpaRange::make(Gpa{raw.gpa}, raw.bytes);
    if (!range) return std::unexpected{Error::UnalignedGpa};
    return RequiredMemory{*range};
}

Parsed parse_guest_policy(const Header& header, const Context& context) {
    const auto raw = TRY(payload_as<format::GuestPolicy>(header));
    if (!context.applies(raw.compatibility_mask)) return std::nullopt;
    return GuestPolicy{raw.policy};
}

template <class T>
Parsed parse_parameter(const Header& header) {
    return T{TRY(payload_as<format::Parameter>(header))};
}

Parsed parse(const Header& header, const Context& context) {
    switch (Type{header.type}) {
        case Type::SupportedPlatform: return std::nullopt;  // read by find_snp_platform
        case Type::GuestPolicy: return parse_guest_policy(header, context);
        case Type::ParameterArea: return parse_parameter_area(header);
        case Type::PageData: return parse_page_data(header, context);
        case Type::ParameterInsert: return parse_parameter_insert(header, context);
        case Type::VpContext: return parse_vp_context(header, context);
        case Type::RequiredMemory: return parse_required_memory(header, context);
        case Type::VpCountParameter: return parse_parameter<VpCount>(header);
        case Type::Madt: return parse_parameter<Madt>(header);
        case Type::MemoryMap: return parse_parameter<MemoryMap>(header);
        case Type::EnvironmentInfo: return parse_parameter<EnvironmentInfo>(header);
    }
    if ((header.type & format::optional_type_bit) != 0) return std::nullopt;
    return std::unexpected{Error::UnknownType};
}

/// What only the file as a whole can get wrong: the life of parameter areas and the number of VP contexts.
class WholeFile {
public:
    std::expected<void, Error> add(const Directive& directive) {
        if (std::get_if<VpContext>(&directive) != nullptr && vp_contexts_++ != 0)
            return std::unexpected{Error::ManyVpContexts};
        if (!is_parameter_sane(directive)) return std::unexpected{Error::BadParameterArea};
        return {};
    }
    [[nodiscard]] bool has_vp_context() const { return vp_contexts_ != 0; }

private:
    struct Area {
        std::uint32_t index;
        std::uint64_t bytes;
        bool inserted;
    };

    bool is_parameter_sane(const Directive& directive) {
        if (const auto* area = std::get_if<ParameterArea>(&directive))
            return find(area->index) == nullptr && areas_.push_back({area->index, area->bytes, false});
        if (const auto* insert = std::get_if<ParameterInsert>(&directive)) return retire(insert->index);
        if (const auto* count = std::get_if<VpCount>(&directive))
            return fits(count->at, sizeof(std::uint32_t));
        // How long the table will be is the host's business; where it cannot even begin is ours.
        if (const auto* madt = std::get_if<Madt>(&directive)) return fits(madt->at, sizeof(abi::acpi::Madt));
        if (const auto* map = std::get_if<MemoryMap>(&directive))
            return fits(map->at, sizeof(format::MemoryMapEntry));
        if (const auto* info = std::get_if<EnvironmentInfo>(&directive))
            return fits(info->at, sizeof(std::uint32_t));
        return true;
    }
    Area* find(std::uint32_t index) {
        for (Area& area : areas_)
            if (area.index == index) return &area;
        return nullptr;
    }
    bool retire(std::uint32_t index) {
        Area* area = find(index);
        if (area == nullptr || area->inserted) return false;
        return area->inserted = true;
    }
    bool fits(format::Parameter at, std::uint64_t bytes) {
        const Area* area = find(at.area_index);
        return area != nullptr && !area->inserted && std::uint64_t{at.byte_offset} + bytes <= area->bytes;
    }

    FixedVector<Area, max_parameter_areas> areas_;
    unsigned vp_contexts_ = 0;
};

std::expected<format::FixedHeader, Error> read_fixed_header(Bytes bytes) {
    const auto fixed = load<format::FixedHeader>(bytes, 0);
    if (!fixed) return std::unexpected{Error::TooShort};
    if (fixed->magic != format::magic) return std::unexpected{Error::BadMagic};
    if (fixed->format_version != format::format_version_1) return std::unexpected{Error::BadVersion};
    if (fixed->total_file_size != bytes.size()) return std::unexpected{Error::SizeMismatch};
    const std::uint64_t begin = fixed->variable_header_offset, end = begin + fixed->variable_header_size;
    // The reference parser wants at least one byte of data behind the headers.
    if (begin < sizeof *fixed || begin % 8 != 0 || end >= bytes.size())
        return std::unexpected{Error::BadHeaderOffset};
    format::FixedHeader summed = *fixed;
    summed.checksum = 0;
    const std::uint32_t head = crc32(std::as_bytes(std::span{&summed, 1}));
    if (crc32(bytes.subspan(begin, end - begin), head) != fixed->checksum)
        return std::unexpected{Error::BadChecksum};
    return *fixed;
}

constexpr std::array<std::uint32_t, 256> crc_table = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < table.size(); ++i) {
        std::uint32_t crc = i;
        for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? 0xedb8'8320 : 0);
        table[i] = crc;
    }
    return table;
}();

}  // namespace

std::uint32_t crc32(Bytes bytes, std::uint32_t previous) {
    std::uint32_t crc = ~previous;
    for (const std::byte byte : bytes)
        crc = crc >> 8 ^ crc_table[(crc ^ std::to_integer<std::uint32_t>(byte)) & 0xff];
    return ~crc;
}

std::expected<File, Error> File::open(Bytes bytes) {
    const auto fixed = TRY(read_fixed_header(bytes));
    File file;
    file.bytes_ = bytes;
    file.first_ = fixed.variable_header_offset;
    file.end_ = file.first_ + fixed.variable_header_size;
    file.snp_mask_ = TRY(file.find_snp_platform());
    TRY_VOID(file.check_directives());
    return file;
}

std::expected<std::uint32_t, Error> File::find_snp_platform() const {
    std::uint32_t all = 0, snp = 0;
    for (std::uint64_t at = first_; at < end_;) {
        const Header header = TRY(read_header(bytes_.first(end_), at));
        at = header.next;
        if (Type{header.type} != Type::SupportedPlatform) continue;
        const auto platform = TRY(payload_as<format::SupportedPlatform>(header));
        // One bit each, or the masks of the directives would be ambiguous.
        if (!std::has_single_bit(platform.compatibility_mask) || (all & platform.compatibility_mask) != 0)
            return std::unexpected{Error::BadPlatform};
        all |= platform.compatibility_mask;
        if (platform.platform_type != static_cast<std::uint8_t>(format::PlatformType::SevSnp)) continue;
        if (snp != 0 || platform.platform_version != 1) return std::unexpected{Error::BadPlatform};
        snp = platform.compatibility_mask;
    }
    if (snp == 0) return std::unexpected{Error::NoSnpPlatform};
    return snp;
}

std::expected<void, Error> File::check_directives() const {
    const Context context{bytes_, end_, snp_mask_};
    WholeFile whole;
    Section reached = Section::Platform;
    for (std::uint64_t at = first_; at < end_;) {
        const Header header = TRY(read_header(bytes_.first(end_), at));
        at = header.next;
        const Section section = section_of(header.type);
        if (section != Section::Any && section < reached) return std::unexpected{Error::BadOrder};
        if (section != Section::Any) reached = section;
        if (const auto directive = TRY(parse(header, context))) TRY_VOID(whole.add(*directive));
    }
    if (!whole.has_vp_context()) return std::unexpected{Error::MissingVpContext};
    return {};
}

std::optional<File::Step> File::next(std::uint64_t& at) const {
    // Fails at the end only: `open` has been here with the same bytes.
    const auto header = read_header(bytes_.first(end_), at);
    if (!header) return std::nullopt;
    at = header->next;
    auto directive = parse(*header, Context{bytes_, end_, snp_mask_});
    if (!directive) return std::nullopt;
    return Step{*directive};
}

std::string_view describe(Error error) {
    switch (error) {
        case Error::TooShort: return "the file is too short for an IGVM header";
        case Error::BadMagic: return "the file does not start with the IGVM magic number";
        case Error::BadVersion: return "only version 1 of the IGVM format is supported";
        case Error::BadHeaderOffset: return "the IGVM headers do not lie inside the file";
        case Error::SizeMismatch: return "the file is not as long as its IGVM header says";
        case Error::BadChecksum: return "the checksum of the IGVM headers is wrong";
        case Error::TruncatedHeader: return "an IGVM header is cut off";
        case Error::UnknownType: return "the file holds an IGVM header of unknown type";
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
        case Error::BadParameterArea: return "a parameter of the image lies outside any parameter area";
    }
    return "unknown error";
}

}  // namespace model::igvm

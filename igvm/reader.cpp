// SPDX-License-Identifier: MIT
// Checks a file as a whole: its fixed header, its platforms, the order of its sections.
#include "igvm/reader.hpp"

#include <bit>

#include "abi/acpi/tables.hpp"
#include "base/result.hpp"
#include "igvm/crc32.hpp"
#include "igvm/parameter_areas.hpp"
#include "igvm/parse.hpp"

namespace igvm {
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

/// Rules about the file as a whole: the life of parameter areas and the number of VP contexts.
class WholeFile {
public:
    std::expected<void, Error> add(const Directive& directive) {
        return std::visit([this](const auto& each) { return check(each); }, directive);
    }
    [[nodiscard]] bool has_vp_context() const { return vp_contexts_ != 0; }

private:
    using Checked = std::expected<void, Error>;

    Checked check(const VpContext&) {
        if (vp_contexts_++ != 0) return std::unexpected{Error::ManyVpContexts};
        return {};
    }
    Checked check(const ParameterArea& area) { return areas_.declare(area); }
    Checked check(const ParameterInsert& insert) { return areas_.insert(insert.index).transform(ignore); }
    Checked check(const VpCount& count) { return fits(count.at, sizeof(std::uint32_t)); }
    // The host knows how long the table will be; the file must at least leave room for its header.
    Checked check(const Madt& madt) { return fits(madt.at, sizeof(abi::acpi::Madt)); }
    Checked check(const MemoryMap& map) { return fits(map.at, sizeof(format::MemoryMapEntry)); }
    Checked check(const EnvironmentInfo& info) { return fits(info.at, sizeof(std::uint32_t)); }
    Checked check(const PageData&) { return {}; }
    Checked check(const RequiredMemory&) { return {}; }
    Checked check(const GuestPolicy&) { return {}; }

    Checked fits(format::Parameter at, std::uint64_t bytes) const {
        return areas_.find(at, bytes).transform(ignore);
    }
    static void ignore(ParameterAreas::Place) {}

    ParameterAreas areas_;
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

}  // namespace

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
    // Fails at the end only: `open` has checked the same bytes.
    const auto header = read_header(bytes_.first(end_), at);
    if (!header) return std::nullopt;
    at = header->next;
    auto directive = parse(*header, Context{bytes_, end_, snp_mask_});
    if (!directive) return std::nullopt;
    return Step{*directive};
}

}  // namespace igvm

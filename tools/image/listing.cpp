// SPDX-License-Identifier: MIT
#include "tools/image/listing.hpp"

#include "igvm/parse.hpp"
#include "tools/image/row_text.hpp"

namespace tools::image {
namespace {

namespace format = abi::igvm;
using format::Type, igvm::Item;

/// Makes the rows of one file.
class Lister {
public:
    explicit Lister(const igvm::Headers& headers)
        : headers_{headers}, snp_{headers.mask_of(format::PlatformType::SevSnp)} {}

    void add(const Item& item) {
        Row row{.item = item, .label = std::string{name_of(item)}};
        row.platforms = platforms_of(item);
        row.use = use_of(item);
        describe(row, headers_);
        if (!joins(row)) return rows_.push_back(std::move(row));
        rows_.back().range->end = row.range->end;
        ++rows_.back().headers;
    }
    [[nodiscard]] std::vector<Row> rows() && { return std::move(rows_); }

private:
    [[nodiscard]] std::vector<std::string_view> platforms_of(const Item& item) const;
    [[nodiscard]] Use use_of(const Item& item) const;
    /// True when `row` is the next page of the last row.
    [[nodiscard]] bool joins(const Row& row) const;

    const igvm::Headers& headers_;
    std::uint32_t snp_;
    std::vector<Row> rows_;
};

std::vector<std::string_view> Lister::platforms_of(const Item& item) const {
    std::vector<std::string_view> names;
    const auto mask = item.mask();
    if (!mask) return names;
    headers_.for_each([&](const Item& other) {
        const auto platform = other.as<format::SupportedPlatform>();
        if (Type{other.type} == Type::SupportedPlatform && (platform->compatibility_mask & *mask) != 0)
            names.push_back(name_of(format::PlatformType{platform->platform_type}));
        return igvm::section_of(other.type) == igvm::Section::Platform || other.is_optional();
    });
    return names;
}

Use Lister::use_of(const Item& item) const {
    if (item.is_optional()) return Use::Skipped;
    if (item.info() == nullptr) return Use::Unknown;
    if (Type{item.type} == Type::SupportedPlatform) return Use::Taken;
    const auto mask = item.mask();
    if (mask && (*mask & snp_) == 0) return Use::OtherPlatform;
    const auto directive = igvm::parse(item, {headers_, snp_});
    return !directive && directive.error() == igvm::Error::UnsupportedType ? Use::Unsupported : Use::Taken;
}

bool Lister::joins(const Row& row) const {
    if (rows_.empty() || Type{row.item.type} != Type::PageData) return false;
    const Row& last = rows_.back();
    return Type{last.item.type} == Type::PageData && last.range && row.range &&
           last.range->end == row.range->begin && last.details == row.details &&
           last.item.mask() == row.item.mask();
}

}  // namespace

std::vector<Row> list_headers(const igvm::Headers& headers) {
    Lister lister{headers};
    headers.for_each([&](const Item& item) { return lister.add(item), true; });
    return std::move(lister).rows();
}

std::string_view words_of(Use use) {
    switch (use) {
        case Use::Taken: return "";
        case Use::OtherPlatform: return "skipped: for another platform";
        case Use::Skipped: return "skipped: optional";
        case Use::Unsupported: return "not supported";
        case Use::Unknown: return "unknown type";
    }
    return "";
}

std::string_view name_of(const Item& item) {
    const igvm::TypeInfo* const info = item.info();
    return info != nullptr ? info->name : "unknown";
}

std::string_view name_of(format::PlatformType platform) {
    switch (platform) {
        case format::PlatformType::Native: return "native";
        case format::PlatformType::VsmIsolation: return "VSM";
        case format::PlatformType::SevSnp: return "SEV-SNP";
        case format::PlatformType::Tdx: return "TDX";
        case format::PlatformType::Sev: return "SEV";
        case format::PlatformType::SevEs: return "SEV-ES";
        case format::PlatformType::Cca: return "CCA";
    }
    return "unknown";
}

}  // namespace tools::image

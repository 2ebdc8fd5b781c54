// SPDX-License-Identifier: MIT
// Checks a file as a whole: its fixed header, its platforms, the order of its sections.
#include "igvm/reader.hpp"

#include "abi/acpi/tables.hpp"
#include "base/result.hpp"
#include "igvm/parameter_areas.hpp"
#include "igvm/parse.hpp"

namespace igvm {
namespace {

namespace format = abi::igvm;
using format::Type;

std::unexpected<Fault> fault(Error error, const Item& item) {
    return std::unexpected{Fault{error, item.offset, item.type}};
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
    // Its length is the host's choice; a first word of zero says that there is none.
    Checked check(const DeviceTree& tree) { return fits(tree.at, sizeof(std::uint32_t)); }
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

/// The first header that says so; the file's platforms have been checked.
std::optional<Item> find_platform(const Headers& headers, std::uint32_t mask) {
    std::optional<Item> found;
    headers.for_each([&](const Item& item) {
        if (Type{item.type} == Type::SupportedPlatform && item.mask() == mask) found = item;
        return !found;
    });
    return found;
}

}  // namespace

std::expected<File, Error> File::open(Bytes bytes) {
    return check(bytes).transform_error([](const Fault& found) { return found.error; });
}

std::expected<File, Fault> File::check(Bytes bytes) {
    File file;
    file.headers_ = TRY(Headers::open(bytes));
    if (const auto fault = file.headers_.other_architecture()) return std::unexpected{*fault};
    TRY_VOID(file.check_platform());
    TRY_VOID(file.check_directives());
    return file;
}

std::expected<void, Fault> File::check_platform() {
    snp_mask_ = headers_.mask_of(format::PlatformType::SevSnp);
    const auto platform = find_platform(headers_, snp_mask_);
    if (snp_mask_ == 0 || !platform) return std::unexpected{Fault{Error::NoSnpPlatform, 0, 0}};
    if (platform->as<format::SupportedPlatform>()->platform_version != 1)
        return fault(Error::BadPlatform, *platform);
    return {};
}

std::expected<void, Fault> File::check_directives() const {
    WholeFile whole;
    std::expected<void, Fault> state;
    headers_.for_each([&](const Item& item) {
        const auto directive = parse(item, {headers_, snp_mask_});
        if (!directive)
            state = fault(directive.error(), item);
        else if (*directive)
            if (const auto added = whole.add(**directive); !added) state = fault(added.error(), item);
        return state.has_value();
    });
    TRY_VOID(state);
    if (!whole.has_vp_context()) return std::unexpected{Fault{Error::MissingVpContext, 0, 0}};
    return {};
}

std::optional<Directive> File::directive_of(const Item& item) const {
    // `check` has seen the same bytes: it is no error.
    return parse(item, {headers_, snp_mask_}).value_or(std::nullopt);
}

std::optional<format::SnpIdBlock> File::id_block() const {
    std::optional<format::SnpIdBlock> found;
    headers_.for_each([&](const Item& item) {
        if (Type{item.type} == Type::SnpIdBlock && (*item.mask() & snp_mask_) != 0)
            found = item.as<format::SnpIdBlock>();
        return !found;
    });
    return found;
}

}  // namespace igvm

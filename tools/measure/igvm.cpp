// SPDX-License-Identifier: MIT
#include "tools/measure/igvm.hpp"

#include <array>
#include <map>
#include <optional>

#include "abi/snp/vmsa.hpp"
#include "base/result.hpp"
#include "igvm/reader.hpp"
#include "tools/measure/pages.hpp"

namespace tools::measure {
namespace {

namespace format = abi::igvm;
using format::Type, igvm::Item, model::psp::PageType;
using Step = Result<void>;

/// 64 GiB: no guest of ours is larger, and a file of a few bytes must not keep us busy for a day.
constexpr std::uint64_t most_pages = 1ull << 24;

constexpr std::array<std::byte, page_bytes> zeros{};

std::string place(const Item& item) {
    const igvm::TypeInfo* const info = item.info();
    return formatted("the {} header at byte {:#x}", info != nullptr ? info->name : "unknown", item.offset);
}

/// Carries out the directives of one file.
class Walk {
public:
    Walk(const igvm::Headers& headers, const std::string& name, const Rules& rules, Links* links)
        : headers_{headers},
          name_{name},
          rules_{rules},
          digest_{links, rules.lower_rights},
          snp_{headers.mask_of(format::PlatformType::SevSnp)} {}

    Step add(const Item& item) {
        const auto mask = item.mask();
        if (item.is_optional() || (mask && (*mask & snp_) == 0)) return {};
        switch (Type{item.type}) {
            case Type::GuestPolicy: return add_policy(item);
            case Type::ParameterArea: return add_area(item);
            case Type::PageData: return add_page(item);
            case Type::ParameterInsert: return add_insert(item);
            case Type::VpContext: return add_vmsa(item);
            case Type::SnpIdBlock: return keep_id_block(item);
            default: return {};
        }
    }
    Result<Measurement> finish() &&;

private:
    [[nodiscard]] std::unexpected<Problem> wrong(const Item& item, std::string_view what) const {
        return problem("{}: {} {}", name_, place(item), what);
    }
    [[nodiscard]] Step has_room(const Item& item, std::uint64_t pages) const {
        if (pages > most_pages - digest_.pages())
            return wrong(item, "exceeds 64 GiB of pages, more than a launch here has");
        return {};
    }
    Step add_policy(const Item& item);
    Step add_area(const Item& item);
    Step add_page(const Item& item);
    Step add_insert(const Item& item);
    Step add_vmsa(const Item& item);
    Step keep_id_block(const Item& item);
    [[nodiscard]] Result<PageType> type_of(const Item& item, const format::PageData& page) const;
    void note_kvm();

    const igvm::Headers& headers_;
    const std::string& name_;
    Rules rules_;
    Chain digest_;
    std::uint32_t snp_;
    std::uint64_t policy_ = default_policy;
    std::map<std::uint32_t, std::uint64_t> areas_;  ///< bytes by index, until they are inserted
    unsigned vmsas_ = 0;
    bool page_behind_vmsa_ = false;
    std::optional<format::SnpIdBlock> id_block_;
    std::vector<std::string> notes_;
};

Step Walk::add_policy(const Item& item) {
    policy_ = item.as<format::GuestPolicy>()->policy;
    return {};
}

Step Walk::add_area(const Item& item) {
    const auto raw = *item.as<format::ParameterArea>();
    if (raw.bytes == 0 || raw.bytes % page_bytes != 0) return wrong(item, "is empty or not whole pages");
    if (!areas_.try_emplace(raw.index, raw.bytes).second) return wrong(item, "declares an area twice");
    return {};
}

/// What QEMU's loader makes of a kind of page. [QEMU "backends/igvm.c"]
Result<PageType> Walk::type_of(const Item& item, const format::PageData& page) const {
    switch (format::PageDataType{page.data_type}) {
        case format::PageDataType::Secrets: return PageType::Secrets;
        case format::PageDataType::CpuidData:
        case format::PageDataType::CpuidXf: return PageType::Cpuid;
        case format::PageDataType::Normal: break;
        default: return wrong(item, "holds a page of unknown type");
    }
    if ((page.flags & format::PageDataFlags::unmeasured) != 0) return PageType::Unmeasured;
    return page.file_offset != 0 || rules_.normal_zeros ? PageType::Normal : PageType::Zero;
}

Step Walk::add_page(const Item& item) {
    using Flags = format::PageDataFlags;
    const auto page = *item.as<format::PageData>();
    if ((page.flags & Flags::shared) != 0)
        return wrong(item, "holds a shared page, which is in no launch digest");
    if ((page.flags & ~(Flags::is_2m | Flags::unmeasured)) != 0)
        return wrong(item, "has flags that the format does not define");
    const std::uint64_t bytes = (page.flags & Flags::is_2m) != 0 ? large_page_bytes : page_bytes;
    const auto range = GpaRange::make(Gpa{page.gpa}, bytes);
    if (page.gpa % bytes != 0 || !range)
        return wrong(item, "names an address that is not aligned to its page");
    TRY_VOID(has_room(item, bytes / page_bytes));
    const PageType type = TRY(type_of(item, page));
    page_behind_vmsa_ |= vmsas_ != 0;
    if (page.file_offset == 0 && type == PageType::Normal) {
        for (Gpa at = range->begin; at < range->end; at = at + page_bytes) digest_.add(type, at, zeros);
        return {};
    }
    if (page.file_offset == 0) return add_range(digest_, type, *range), Step{};
    const auto data = headers_.data_at(page.file_offset, bytes);
    if (!data) return wrong(item, "refers to data outside the file");
    add_pages(digest_, type, range->begin, *data);
    return {};
}

/// Its pages count where the insert stands, whenever a loader copies them.
Step Walk::add_insert(const Item& item) {
    const auto raw = *item.as<format::ParameterInsert>();
    const auto area = areas_.find(raw.area_index);
    if (area == areas_.end()) return wrong(item, "names an area that is not declared or already inserted");
    const std::uint64_t bytes = rules_.areas_are_one_page ? page_bytes : area->second;
    areas_.erase(area);
    const auto range = GpaRange::make(Gpa{raw.gpa}, bytes);
    if (!Gpa{raw.gpa}.is_page_aligned() || !range)
        return wrong(item, "names an address that is not page aligned");
    TRY_VOID(has_room(item, bytes / page_bytes));
    page_behind_vmsa_ |= vmsas_ != 0;
    add_range(digest_, PageType::Unmeasured, *range);
    return {};
}

Step Walk::add_vmsa(const Item& item) {
    const auto raw = *item.as<format::VpContext>(format::vp_context_bytes);
    if (raw.gpa != abi::launch_vmsa_gpa)
        return wrong(
            item, formatted("has a VMSA at {:#x}; hosts measure it at {:#x}", raw.gpa, abi::launch_vmsa_gpa));
    const auto data = headers_.data_at(raw.file_offset, page_bytes);
    if (!data) return wrong(item, "refers to data outside the file");
    digest_.add(PageType::Vmsa, Gpa{raw.gpa}, *data);
    ++vmsas_;
    return {};
}

Step Walk::keep_id_block(const Item& item) {
    if (id_block_) return wrong(item, "is a second ID block");
    id_block_ = item.as<format::SnpIdBlock>();
    return {};
}

/// What this project cannot see without a host with KVM. [QEMU "target/i386/sev.c"] [igvmmeasure "check_kvm"]
void Walk::note_kvm() {
    notes_.emplace_back("KVM makes the boot VMSA anew before it measures it, so its digest may differ");
    if (vmsas_ > 1) notes_.push_back(formatted("QEMU takes one VMSA, and the file has {}", vmsas_));
    if (page_behind_vmsa_) notes_.emplace_back("KVM measures the VMSA last; here pages follow it");
}

Result<Measurement> Walk::finish() && {
    if (vmsas_ == 0) return problem("{}: the file has no boot VMSA, so there is nothing to launch", name_);
    note_kvm();
    const auto& expected = id_block_;
    if (expected && crypto::hex(std::as_bytes(std::span{expected->ld})) != crypto::hex(digest_.value()))
        notes_.emplace_back(
            "the file's ID block expects another digest: the AMD-SP refuses this launch; sign it again");
    if (const auto ours = igvm::File::check(headers_.file()); !ours)
        notes_.push_back(formatted("adyton run refuses this file: {} (byte {:#x})",
                                   igvm::describe(ours.error().error), ours.error().offset));
    return Measurement{digest_.value(), digest_.pages(), policy_, id_block_.has_value(), std::move(notes_)};
}

}  // namespace

Result<Measurement> measure_igvm(Bytes file, const std::string& name, const Rules& rules, Links* links) {
    const auto headers = igvm::Headers::open(file);
    if (!headers)
        return problem("{} is not a usable IGVM image: {} (byte {:#x})", name,
                       igvm::describe(headers.error().error), headers.error().offset);
    if (const auto fault = headers->other_architecture())
        return problem("{} is not a usable IGVM image: {} (byte {:#x})", name, igvm::describe(fault->error),
                       fault->offset);
    if (headers->mask_of(format::PlatformType::SevSnp) == 0)
        return problem("{} is not a usable IGVM image: {}", name, igvm::describe(igvm::Error::NoSnpPlatform));
    Walk walk{*headers, name, rules, links};
    Step state;
    headers->for_each([&](const Item& item) { return (state = walk.add(item)).has_value(); });
    TRY_VOID(std::move(state));
    return std::move(walk).finish();
}

}  // namespace tools::measure

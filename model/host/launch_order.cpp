// SPDX-License-Identifier: MIT
// What the directives of an image may say, and when.
#include "model/host/launch_order.hpp"

#include <algorithm>
#include <bit>

#include "abi/x86/paging.hpp"
#include "abi/x86/registers.hpp"

namespace model::host {

using enum BadImage;

std::string_view describe(BadImage reason) {
    switch (reason) {
        case CpuListTooLong: return "the-list-of-CPUs-does-not-fit-its-area";
        case NoBootVcpu: return "no-boot-vCPU";
        case ManyRegions: return "more-than-16-regions-of-required-memory";
    }
    return "unknown";
}

void LaunchOrder::note_page(const LoadedPage& page) {
    const bool continues = !run_.is_empty() && page.page == run_.end && page.type == last_.type &&
                           page.is_unmeasured == last_.is_unmeasured && page.has_data == last_.has_data;
    if (!continues) run_ = {page.page, page.page};
    run_.end = page.page + page_bytes;
    last_ = page;
    if (page.type == abi::igvm::PageDataType::Secrets) secrets_ = page.page;
}

bool LaunchOrder::loses_contents(Gpa page) const { return !run_.contains(page) && page != secrets_; }

std::expected<void, BadImage> LaunchOrder::check_cpu_list(bool fits) {
    if (!fits) return std::unexpected{CpuListTooLong};
    return {};
}

std::expected<void, BadImage> LaunchOrder::check_end() const {
    if (!has_boot_vcpu_) return std::unexpected{NoBootVcpu};
    return {};
}

std::expected<void, BadImage> Discards::add(std::uint64_t at, GpaRange range, const LaunchOrder& before) {
    if (!all_.push_back({at, range, before})) return std::unexpected{ManyRegions};
    return {};
}

bool Discards::lose(Gpa page, std::uint64_t at) const {
    return std::ranges::any_of(all_, [&](const Discard& each) {
        return each.at > at && each.range.contains(page) && each.before.loses_contents(page);
    });
}

std::optional<Gpa> page_table_root(const abi::Vmsa& vmsa, unsigned c_bit) {
    if ((vmsa.cr0 & abi::Cr0::pg) == 0) return std::nullopt;
    const std::uint64_t root = vmsa.cr3 & abi::Pte::address_mask & ~(std::uint64_t{1} << c_bit);
    if (root == 0) return std::nullopt;
    return Gpa{root};
}

unsigned c_bit_in(Gpa root) { return static_cast<unsigned>(std::bit_width(root.value())) - 1; }

}  // namespace model::host

// SPDX-License-Identifier: MIT
#include "snpemu/silicon/device_table.hpp"

#include <cstring>

#include "abi/x86/vtd.hpp"
#include "paging/builder.hpp"

namespace snpemu {
namespace {

constexpr paging::Entry open = abi::vtd::Entry::read | abi::vtd::Entry::write;
static_assert(abi::vtd::Entry::large == abi::Pte::large, "large pages are said as in a CPU's tables");
constexpr unsigned level_of_1g = 3;

/// Tables lie where a device finds them, one to one.
struct DeviceTables : paging::LiveStore {
    DeviceTable::PageSource new_page;
    static paging::Entry* entry(std::uint64_t address) { return reinterpret_cast<paging::Entry*>(address); }
    [[nodiscard]] std::optional<std::uint64_t> allocate() const {
        return reinterpret_cast<std::uint64_t>(new_page());
    }
};

paging::Builder<DeviceTables> builder(DeviceTable::PageSource new_page, std::uint64_t root) {
    return {{{}, new_page}, {DeviceTable::levels, open, open, 0}, root};
}

}  // namespace

DeviceTable::DeviceTable(PageSource new_page)
    : new_page_{new_page}, root_{reinterpret_cast<std::uint64_t>(std::memset(new_page(), 0, page_bytes))} {}

// The source of pages stops the machine before it has none, so neither can fail.
void DeviceTable::show(GpaRange range, Spa first) {
    if (range.begin >= end) return;  // the tables would take the address for a lower one
    (void)builder(new_page_, root_)
        .map({range.begin.value(), range.size()}, first.value(), open, level_of_1g);
}
void DeviceTable::hide(GpaRange range) {
    if (range.begin >= end) return;
    (void)builder(new_page_, root_).unmap({range.begin.value(), range.size()});
}

std::optional<Spa> DeviceTable::find(Gpa at) const {
    if (at >= end) return std::nullopt;
    const auto page = builder(new_page_, root_).target_of(at.page().value());
    return page ? std::optional{Spa{*page}} : std::nullopt;
}

}  // namespace snpemu

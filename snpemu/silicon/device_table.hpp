// SPDX-License-Identifier: MIT
// The memory that devices reach: pages that belong to the hypervisor by the RMP, at the guest-physical
// address where the host maps them, and nothing else. Second-level tables for an IOMMU, three levels; a 2 MiB
// leaf where all of its pages are mapped together. [VT-d "Second-Level Translation"]
#pragma once
#include <cstdint>
#include <optional>

#include "base/address.hpp"

namespace snpemu {

/// Covers 512 GiB. Not synchronised. After `hide` the caller makes the IOMMU flush the range; after `show` it
/// need not, because an IOMMU caches no absent entry.
class DeviceTable {
public:
    /// Allocates a zeroed page for a table; tables are never freed.
    using PageSource = void* (*)();
    explicit DeviceTable(PageSource new_page);

    [[nodiscard]] std::uint64_t root() const { return reinterpret_cast<std::uint64_t>(root_); }
    static constexpr unsigned levels = 3;

    /// Both take whole pages below 512 GiB. `show` maps the system pages from `first` on.
    void show(GpaRange range, Spa first);
    void hide(GpaRange range);
    [[nodiscard]] bool shows(Gpa at) const { return find(at).has_value(); }
    /// The system page that a device reaches in the page of `at`.
    [[nodiscard]] std::optional<Spa> find(Gpa at) const;

private:
    /// Maps the first page of `range` to `first`, and so on; unmaps the range when `first` is empty.
    void set(GpaRange range, std::optional<Spa> first);
    void set_within_region(GpaRange range, std::optional<Spa> first);
    std::uint64_t& region_entry(Gpa at);
    std::uint64_t* split(std::uint64_t& entry);
    PageSource new_page_;
    std::uint64_t* root_;
};

}  // namespace snpemu

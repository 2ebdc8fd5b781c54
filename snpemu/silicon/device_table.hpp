// SPDX-License-Identifier: MIT
// The memory that devices reach: pages that belong to the hypervisor by the RMP, at the guest-physical
// address where the host maps them, and nothing else. Second-level tables for an IOMMU, three levels; a leaf of
// 1 GiB or 2 MiB where all of its pages are mapped together. [VT-d "Second-Level Translation"]
#pragma once
#include <cstdint>
#include <optional>

#include "base/address.hpp"

namespace snpemu {

/// Covers 512 GiB; no device reaches what lies above. Not synchronised. After `hide` the caller makes the IOMMU flush the range; after `show` it
/// need not, because an IOMMU caches no absent entry.
class DeviceTable {
public:
    /// Allocates a page for a table, whatever it holds; never null. Tables are never freed.
    using PageSource = void* (*)();
    explicit DeviceTable(PageSource new_page);

    [[nodiscard]] std::uint64_t root() const { return root_; }
    static constexpr unsigned levels = 3;
    static constexpr Gpa end{512ull << 30};

    /// Both take whole pages, and do nothing above the end. `show` maps the system pages from `first` on.
    void show(GpaRange range, Spa first);
    void hide(GpaRange range);
    [[nodiscard]] bool shows(Gpa at) const { return find(at).has_value(); }
    /// The system page that a device reaches in the page of `at`.
    [[nodiscard]] std::optional<Spa> find(Gpa at) const;

private:
    PageSource new_page_;
    std::uint64_t root_;
};

}  // namespace snpemu

// SPDX-License-Identifier: MIT
// Which memory devices reach: that which belongs to the hypervisor by the RMP, at the guest-physical address
// where it is shown, and nothing else. Second-level tables for an IOMMU, three levels, 2 MiB leaves where all
// of them is shown. [VT-d "Second-Level Translation"]
#pragma once
#include <cstdint>
#include <optional>

#include "base/address.hpp"

namespace snpemu {

/// Covers 512 GiB. Not synchronised. Whoever hides something has the IOMMU forget it afterwards; showing
/// needs nothing, since what is absent is not remembered.
class DeviceTable {
public:
    /// A zeroed page for a table; nothing is ever given back.
    using PageSource = void* (*)();
    explicit DeviceTable(PageSource new_page);

    [[nodiscard]] std::uint64_t root() const { return reinterpret_cast<std::uint64_t>(root_); }
    static constexpr unsigned levels = 3;

    /// Both take whole pages below 512 GiB. What is shown are the system pages from `first` on.
    void show(GpaRange range, Spa first);
    void hide(GpaRange range);
    [[nodiscard]] bool shows(Gpa at) const { return find(at).has_value(); }
    /// The system page that a device meets in the page of `at`.
    [[nodiscard]] std::optional<Spa> find(Gpa at) const;

private:
    /// `first` is behind the first page of `range`; nothing is when it is empty.
    void set(GpaRange range, std::optional<Spa> first);
    void set_within_region(GpaRange range, std::optional<Spa> first);
    std::uint64_t& region_entry(Gpa at);
    std::uint64_t* split(std::uint64_t& entry);
    PageSource new_page_;
    std::uint64_t* root_;
};

}  // namespace snpemu

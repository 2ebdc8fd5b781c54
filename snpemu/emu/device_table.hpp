// SPDX-License-Identifier: MIT
// Which memory devices reach: that which belongs to the hypervisor by the RMP, at its guest-physical address,
// and nothing else. Second-level tables for an IOMMU, three levels, 2 MiB leaves where all of them is shown.
// [VT-d "Second-Level Translation"]
#pragma once
#include <cstdint>

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

    /// Both take whole pages below 512 GiB.
    void show(GpaRange range);
    void hide(GpaRange range);
    [[nodiscard]] bool shows(Gpa at) const;

private:
    enum class Wanted : bool { Hidden, Shown };
    void set(GpaRange range, Wanted wanted);
    void set_within_region(GpaRange range, Wanted wanted);
    std::uint64_t& region_entry(Gpa at);
    std::uint64_t* split(std::uint64_t& entry, Gpa region);
    PageSource new_page_;
    std::uint64_t* root_;
};

}  // namespace snpemu

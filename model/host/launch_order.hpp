// SPDX-License-Identifier: MIT
// The directives of an image in the order of its file: what must have come before each of them, and what a
// later one undoes. QEMU's loader decides so (QEMU "backends/igvm.c"); what the AMD-SP makes of a page is not
// decided here, and parameter areas are the format's (`igvm::ParameterAreas`).
#pragma once
#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

#include "abi/igvm/format.hpp"
#include "abi/snp/vmsa.hpp"
#include "base/address.hpp"

namespace model::host {

enum class BadImage : std::uint8_t {
    CpuListTooLong,  ///< the MADT does not fit behind its offset in the area
    NoBootVcpu,      ///< no save area for vCPU 0
};
/// One word for the verdict, with hyphens.
[[nodiscard]] std::string_view describe(BadImage reason);

/// A PageData directive without its data.
struct LoadedPage {
    Gpa page;
    abi::igvm::PageDataType type{};
    bool is_unmeasured = false, has_data = false;
};

/// Notes what the directives so far have done, and judges the next one. An error leaves the notes as they
/// were; the caller ends the launch.
class LaunchOrder {
public:
    /// Notes a PageData directive that was carried out.
    void note_page(const LoadedPage& page);
    /// REQUIRED_MEMORY makes its range private, and what the loader had put into the shared side of it is
    /// dropped; the page is launched all the same, empty. True of a page that this happens to: all but those
    /// of the run that the loader still holds back, and the AMD-SP's own.
    [[nodiscard]] bool loses_contents(Gpa page) const;

    /// The list of CPUs, whose length follows their number: `fits` behind its offset in the area.
    /// CpuListTooLong.
    [[nodiscard]] static std::expected<void, BadImage> check_cpu_list(bool fits);

    void note_boot_vcpu() { has_boot_vcpu_ = true; }
    /// Behind the last directive. NoBootVcpu.
    [[nodiscard]] std::expected<void, BadImage> check_end() const;

private:
    /// Pages that QEMU's loader holds back: it copies a run of like pages into the guest only when the next
    /// page does not continue it.
    GpaRange run_{};
    LoadedPage last_{};
    std::optional<Gpa> secrets_;
    bool has_boot_vcpu_ = false;
};

/// Root of the page tables with which a save area starts, without the machine's C-bit. Empty without paging,
/// and when there is nothing but that bit: such software chooses its tables when it has seen CPUID.
[[nodiscard]] std::optional<Gpa> page_table_root(const abi::Vmsa& vmsa, unsigned c_bit);
/// A root that is no RAM of the guest carries the C-bit of another machine: this one. VMRUN would refuse such
/// a save area, or its first fetch would end in a triple fault, and neither says why.
[[nodiscard]] unsigned c_bit_in(Gpa root);

}  // namespace model::host

// SPDX-License-Identifier: MIT
// The directives of an image in the order of its file: what must precede each of them, and what a later one
// undoes. These are the decisions of QEMU's loader (QEMU "backends/igvm.c"). The AMD-SP's rules about a page
// are in model/psp, those of parameter areas in `igvm::ParameterAreas`.
#pragma once
#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

#include "abi/igvm/format.hpp"
#include "abi/snp/vmsa.hpp"
#include "base/address.hpp"
#include "base/fixed_vector.hpp"

namespace model::host {

enum class BadImage : std::uint8_t {
    CpuListTooLong,  ///< the MADT does not fit behind its offset in the area
    NoBootVcpu,      ///< no save area for vCPU 0
    ManyRegions,     ///< more REQUIRED_MEMORY directives than `Discards` keeps
};
/// One word for the verdict, with hyphens.
[[nodiscard]] std::string_view describe(BadImage reason);

/// A PageData directive without its data.
struct LoadedPage {
    Gpa page;
    abi::igvm::PageDataType type{};
    bool is_unmeasured = false, has_data = false;
};

/// Records what the directives so far have done, and judges the next one. An error leaves the record as it
/// was; the caller ends the launch.
class LaunchOrder {
public:
    /// Records a PageData directive that was carried out.
    void note_page(const LoadedPage& page);
    /// Whether a page loses its contents before the launch. REQUIRED_MEMORY makes its range private, which
    /// drops what the loader has written into the shared side; the page is launched all the same, empty. Two
    /// kinds keep them: pages of the run that the loader still holds back, and pages that the AMD-SP fills.
    [[nodiscard]] bool loses_contents(Gpa page) const;

    /// Judges the list of CPUs, which grows with their number; `fits`: the area has room
    /// for it. CpuListTooLong.
    [[nodiscard]] static std::expected<void, BadImage> check_cpu_list(bool fits);

    void note_boot_vcpu() { has_boot_vcpu_ = true; }
    /// Judges the file after its last directive. NoBootVcpu.
    [[nodiscard]] std::expected<void, BadImage> check_end() const;

private:
    /// Pages that QEMU's loader holds back: it copies a run of like pages into the guest only when the next
    /// page does not continue it.
    GpaRange run_{};
    LoadedPage last_{};
    std::optional<Gpa> secrets_;
    bool has_boot_vcpu_ = false;
};

/// What the REQUIRED_MEMORY directives of a file will do to pages before them. The host walks the file once for this, because
/// the AMD-SP measures a page as it is at the end.
class Discards {
public:
    /// Directive `at` of the file requires `range`, when `before` is the record of those before it. ManyRegions.
    [[nodiscard]] std::expected<void, BadImage> add(std::uint64_t at, GpaRange range,
                                                    const LaunchOrder& before);
    /// Whether a page that directive `at` loads is empty when the guest is launched.
    [[nodiscard]] bool lose(Gpa page, std::uint64_t at) const;

private:
    struct Discard {
        std::uint64_t at;
        GpaRange range;
        LaunchOrder before;
    };
    FixedVector<Discard, 16> all_;
};

/// Root of the page tables with which a save area starts, without the machine's C-bit. Empty without paging,
/// and when CR3 holds nothing but that bit: such software chooses its tables once it has read CPUID.
[[nodiscard]] std::optional<Gpa> page_table_root(const abi::Vmsa& vmsa, unsigned c_bit);
/// The C-bit of another machine, which a root outside the guest's RAM carries. VMRUN would refuse such a save
/// area, or its first fetch would end in a triple fault, and neither says why.
[[nodiscard]] unsigned c_bit_in(Gpa root);

}  // namespace model::host

// SPDX-License-Identifier: MIT
// Reads a firmware file as a loader of SEV-SNP guests does: where its pages go, and which memory it wants beside them.
#pragma once
#include <cstdint>
#include <expected>
#include <optional>

#include "abi/ovmf/metadata.hpp"
#include "base/address.hpp"
#include "base/bytes.hpp"
#include "base/fixed_vector.hpp"
#include "ovmf/error.hpp"

namespace ovmf {

/// More than any build of OVMF has; a loader keeps them without a heap.
inline constexpr std::size_t max_sections = 16;
inline constexpr std::uint64_t max_file_bytes = 16ull << 20;

/// Memory that the firmware wants to find at its start: whole pages, below 4 GiB and outside its window.
struct Section {
    GpaRange range;
    abi::ovmf::SectionType type;
    std::uint64_t offset;  ///< of its entry, from the file's start
};

/// A checked file. Sections neither overlap each other nor the window; exactly one is the secrets page and one the CPUID
/// page. Keeps a view; the bytes must outlive it.
class Firmware {
public:
    /// Any error but NoCallingArea and ManyCallingAreas.
    [[nodiscard]] static std::expected<Firmware, Fault> open(Bytes file);
    /// What an SVSM needs in addition: exactly one calling area, of one page. NoCallingArea, ManyCallingAreas, NotOnePage.
    [[nodiscard]] std::expected<void, Fault> check_for_svsm() const;

    /// Where the file is mapped: it ends at 4 GiB.
    [[nodiscard]] GpaRange window() const { return {Gpa{four_gib - file_.size()}, Gpa{four_gib}}; }
    [[nodiscard]] Bytes file() const { return file_; }
    /// In the order of the file, which is the order of the launch. Sections of no length are left out: they stand for
    /// memory that this build does not want.
    [[nodiscard]] const FixedVector<Section, max_sections>& sections() const { return sections_; }
    /// Where an AP starts that the host starts with the launch: upper half of CS.base, and IP.
    [[nodiscard]] std::optional<std::uint32_t> ap_reset() const { return ap_reset_; }
    /// Where the hashes of kernel, initrd and command line go; empty when the firmware looks at none.
    [[nodiscard]] std::optional<GpaRange> hash_table() const { return hash_table_; }

private:
    static constexpr std::uint64_t four_gib = 1ull << 32;
    using Checked = std::expected<void, Fault>;

    [[nodiscard]] Checked read_table();
    [[nodiscard]] Checked read_block(const abi::ovmf::Guid& name, Bytes data);
    [[nodiscard]] Checked read_metadata();
    [[nodiscard]] Checked read_section(std::uint64_t offset);
    [[nodiscard]] Checked check_pages() const;
    [[nodiscard]] std::uint64_t offset_of(Bytes part) const;

    Bytes file_;
    FixedVector<Section, max_sections> sections_;
    std::optional<std::uint32_t> ap_reset_, metadata_;  ///< the latter: distance from the file's end
    std::optional<GpaRange> hash_table_;
    bool has_hash_block_ = false;
};

}  // namespace ovmf

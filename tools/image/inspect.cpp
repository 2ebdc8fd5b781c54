// SPDX-License-Identifier: MIT
// The listing of `adyton image inspect`: directives in file order, runs of like pages on one line.
#include <cstring>

#include "abi/snp/vmsa.hpp"
#include "igvm/reader.hpp"
#include "tools/image/boot_block.hpp"
#include "tools/image/image.hpp"

namespace tools::image {
namespace {

using abi::igvm::PageDataType;

std::string_view kind_of(const igvm::PageData& page) {
    switch (page.type) {
        case PageDataType::Secrets: return "secrets";
        case PageDataType::CpuidData:
        case PageDataType::CpuidXf: return "CPUID";
        case PageDataType::Normal: break;
    }
    if (page.unmeasured) return "unmeasured";
    return page.data ? "data" : "zeros";
}

std::string range_line(std::string_view label, GpaRange range, std::string_view rest) {
    return formatted("  {:<16} {:#012x}..{:#012x} {:>6} KiB  {}\n", label, range.begin.value(),
                     range.end.value(), range.size() / 1024, rest);
}

std::string describe_vmsa(Bytes bytes) {
    const auto vmsa = load<abi::Vmsa>(bytes, 0);
    if (!vmsa) return "  boot VMSA        cut off\n";
    const std::string names = sev_feature_names(vmsa->sev_features);
    return formatted(
        "  boot VMSA        RIP {:#x}  RDI {:#x}  RSP {:#x}\n"
        "                   CR0 {:#x}  CR3 {:#x}  CR4 {:#x}  EFER {:#x}\n"
        "                   SEV_FEATURES {:#x}{}  VMPL {}\n",
        vmsa->rip, vmsa->rdi, vmsa->rsp, vmsa->cr0, vmsa->cr3, vmsa->cr4, vmsa->efer, vmsa->sev_features,
        names.empty() ? "" : " (" + names + ")", vmsa->vmpl);
}

/// Writes directives; keeps pages back until a run of them ends.
class Listing {
public:
    void add(const igvm::Directive& directive) {
        if (const auto* page = std::get_if<igvm::PageData>(&directive)) return add_page(*page);
        flush();
        std::visit([this](const auto& item) { text_ += line(item); }, directive);
    }
    [[nodiscard]] std::string finish() {
        flush();
        return text_;
    }

private:
    void add_page(const igvm::PageData& page) {
        if (run_.end != page.gpa || kind_ != kind_of(page)) flush();
        if (run_.is_empty()) run_ = {page.gpa, page.gpa};
        kind_ = kind_of(page);
        run_.end = page.gpa + page_bytes;
    }
    void flush() {
        if (!run_.is_empty()) text_ += range_line("pages", run_, kind_);
        run_ = {};
    }

    static std::string line(const igvm::PageData&) { return {}; }
    static std::string line(const igvm::VpContext& item) { return describe_vmsa(item.vmsa); }
    static std::string line(const igvm::ParameterArea& item) {
        return formatted("  parameter area   index {}, {} bytes\n", item.index, item.bytes);
    }
    static std::string line(const igvm::ParameterInsert& item) {
        return formatted("  parameter insert {:#012x}  area {}\n", item.gpa.value(), item.index);
    }
    static std::string parameter(std::string_view label, abi::igvm::Parameter at) {
        return formatted("  {:<16} area {}, byte {}\n", label, at.area_index, at.byte_offset);
    }
    static std::string line(const igvm::VpCount& item) { return parameter("vCPU count", item.at); }
    static std::string line(const igvm::Madt& item) { return parameter("ACPI MADT", item.at); }
    static std::string line(const igvm::MemoryMap& item) { return parameter("memory map", item.at); }
    static std::string line(const igvm::EnvironmentInfo& item) { return parameter("environment", item.at); }
    static std::string line(const igvm::RequiredMemory& item) {
        return range_line("required memory", item.range, "");
    }
    static std::string line(const igvm::GuestPolicy& item) {
        return formatted("  guest policy     {:#x}\n", item.policy);
    }

    std::string text_;
    GpaRange run_{};
    std::string_view kind_;
};

std::string describe_boot_block(const abi::adyton::BootBlock& block) {
    const std::string name{block.guest_name.data(),
                           ::strnlen(block.guest_name.data(), block.guest_name.size())};
    const GpaRange region{Gpa{block.region_gpa}, Gpa{block.region_gpa + block.region_bytes}};
    std::string text = formatted("boot block\n  guest            {} at VMPL{}, starts at {:#x}\n", name,
                                 block.guest_vmpl, block.guest_entry);
    for (std::uint32_t i = 0; i < block.guest_segment_count; ++i) {
        const auto& segment = block.guest_segments[i];
        text += range_line("guest memory", {Gpa{segment.gpa}, Gpa{segment.gpa + segment.bytes}}, "");
    }
    text += range_line("SVSM region", region, "");
    text += formatted("  loaded up to     {:#012x}\n  page tables      {:#012x}  C-bit {}\n",
                      block.image_end_gpa, block.page_table_gpa, block.c_bit);
    text += formatted("  CPUID, secrets   {:#012x}, {:#x}\n  map, general     {:#012x}, {:#x}\n",
                      block.cpuid_gpa, block.secrets_gpa, block.memory_map_gpa, block.general_gpa);
    text += block.page_moves == abi::adyton::PageMoves::Forbidden
                ? "  pages stay       the policy forbids to move them; memory is not zeroed\n"
                : "  pages may move   the boot zeroes the guest's memory\n";
    return text;
}

}  // namespace

Result<std::string> describe_image(Bytes bytes, const std::string& name) {
    const auto file = igvm::File::open(bytes);
    if (!file) return problem("{} is not a usable IGVM image: {}", name, igvm::describe(file.error()));
    Listing listing;
    file->for_each([&](const igvm::Directive& directive) {
        listing.add(directive);
        return true;
    });
    std::string text =
        formatted("{}: IGVM image for SEV-SNP, {} bytes\n{}", name, bytes.size(), listing.finish());
    if (const auto block = find_boot_block(*file)) text += describe_boot_block(*block);
    return text;
}

}  // namespace tools::image

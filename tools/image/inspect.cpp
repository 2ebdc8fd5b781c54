// SPDX-License-Identifier: MIT
// The listing of `adyton image inspect`: the rows of listing.hpp, as a text and as JSON.
#include "tools/image/inspect.hpp"

#include <cstring>
#include <nlohmann/json.hpp>

#include "base/result.hpp"
#include "igvm/reader.hpp"
#include "tools/image/boot_block.hpp"
#include "tools/image/listing.hpp"
#include "tools/image/own_report.hpp"
#include "tools/support/terminal.hpp"

namespace tools::image {
namespace {

using Json = nlohmann::ordered_json;

std::string joined(const std::vector<std::string_view>& words) {
    std::string text;
    for (const std::string_view word : words) text += formatted("{}{}", text.empty() ? "" : ", ", word);
    return text;
}

std::string range_line(std::string_view label, GpaRange range, std::string_view rest) {
    return formatted("  {:<16} {:#012x}..{:#012x} {:>6} KiB{}{}\n", label, range.begin.value(),
                     range.end.value(), range.size() / 1024, rest.empty() ? "" : "  ", rest);
}

/// Where the reader stops, and why; empty for a file that it takes.
std::string fault_text(const igvm::Fault& fault) {
    if (fault.type == 0) return formatted("{} (byte {:#x})", igvm::describe(fault.error), fault.offset);
    return formatted("{} ({} at byte {:#x})", igvm::describe(fault.error),
                     name_of(igvm::Item{fault.offset, fault.type, {}}), fault.offset);
}

/// What is not taken says so on a line of its own, with its place.
std::string remark_on(const Row& row) {
    if (row.use == Use::Taken) return {};
    const std::string type = row.use == Use::Unknown ? formatted(" {:#x}", row.item.type) : "";
    const std::string platforms =
        row.use == Use::OtherPlatform
            ? formatted(", {}", row.platforms.empty() ? "none of the file's" : joined(row.platforms))
            : "";
    return formatted("{:19}{}{}{} (byte {:#x})\n", "", words_of(row.use), type, platforms, row.item.offset);
}

/// Below the first line of a row, within 80 columns.
std::string further_line(const std::string& detail) {
    constexpr std::size_t indent = 19, columns = 80;
    const std::string blanks(indent, ' ');
    if (indent + detail.size() <= columns) return blanks + detail + "\n";
    return folded(detail, blanks, blanks, columns);
}

std::string text_of(const Row& row) {
    std::string text;
    const std::string first = row.details.empty() ? "" : row.details.front();
    if (row.range)
        text = range_line(row.label, *row.range, first);
    else
        text = formatted("  {:<16} {}\n", row.label, first);
    for (std::size_t i = 1; i < row.details.size(); ++i) text += further_line(row.details[i]);
    while (text.ends_with(" \n")) text.erase(text.size() - 2, 1);
    return text + remark_on(row);
}

Json json_of(const Row& row) {
    Json json{{"offset", row.item.offset},
              {"type", formatted("{:#x}", row.item.type)},
              {"name", name_of(row.item)},
              {"headers", row.headers}};
    if (row.item.mask()) json["platforms"] = row.platforms;
    if (row.use != Use::Taken) json["not_taken"] = words_of(row.use);
    if (row.range) {
        json["gpa"] = formatted("{:#x}", row.range->begin.value());
        json["bytes"] = row.range->size();
    }
    if (!row.details.empty()) json["details"] = row.details;
    return json;
}

std::string own_report_line(const OwnReportDemand& demand) {
    if (demand.check == abi::adyton::OwnReport::Unchecked)
        return "  own report       not looked at: the host may launch it with any policy\n";
    const std::string words = own_report_words(demand);
    return formatted("  own report       checked against the image's policy{}{}\n",
                     words.empty() ? "" : ", and ", words);
}

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
    text += formatted("  CPUID, secrets   {:#012x}, {:#012x}\n  map, general     {:#012x}, {:#012x}\n",
                      block.cpuid_gpa, block.secrets_gpa, block.memory_map_gpa, block.general_gpa);
    text += block.page_moves == abi::adyton::PageMoves::Forbidden
                ? "  pages stay       the policy forbids to move them; memory is not zeroed\n"
                : "  pages may move   the boot zeroes the guest's memory\n";
    return text + own_report_line({block.own_report, block.tcb_floor});
}

std::vector<std::string_view> platforms_of(const igvm::Headers& headers) {
    std::vector<std::string_view> names;
    headers.for_each([&](const igvm::Item& item) {
        if (abi::igvm::Type{item.type} == abi::igvm::Type::SupportedPlatform)
            names.push_back(
                name_of(abi::igvm::PlatformType{item.as<abi::igvm::SupportedPlatform>()->platform_type}));
        return true;
    });
    return names;
}

Json json_of(const abi::adyton::BootBlock& block) {
    return {{"guest", std::string{block.guest_name.data(),
                                  ::strnlen(block.guest_name.data(), block.guest_name.size())}},
            {"vmpl", block.guest_vmpl},
            {"c_bit", block.c_bit},
            {"entry", formatted("{:#x}", block.guest_entry)},
            {"region", formatted("{:#x}", block.region_gpa)},
            {"region_bytes", block.region_bytes},
            {"pages_stay", block.page_moves == abi::adyton::PageMoves::Forbidden},
            {"own_report", block.own_report == abi::adyton::OwnReport::Checked},
            {"tcb_floor", own_report_words({abi::adyton::OwnReport::Checked, block.tcb_floor})}};
}

Result<igvm::Headers> open(Bytes bytes, const std::string& name) {
    const auto headers = igvm::Headers::open(bytes);
    if (!headers) return problem("{} is not a usable IGVM image: {}", name, fault_text(headers.error()));
    return *headers;
}

}  // namespace

Result<std::string> describe_image(Bytes bytes, const std::string& name) {
    const auto headers = TRY(open(bytes, name));
    const std::string platforms = joined(platforms_of(headers));
    std::string text = formatted("{}: IGVM image for {}, {} bytes\n", name,
                                 platforms.empty() ? "no platform" : platforms, bytes.size());
    for (const Row& row : list_headers(headers)) text += text_of(row);
    const auto file = igvm::File::check(bytes);
    if (!file)
        return text + "adyton run refuses this file:\n" + folded(fault_text(file.error()), "  ", "  ", 80);
    if (const auto block = find_boot_block(*file)) text += describe_boot_block(*block);
    return text;
}

Result<std::string> describe_image_as_json(Bytes bytes, const std::string& name) {
    const auto headers = TRY(open(bytes, name));
    Json rows = Json::array();
    for (const Row& row : list_headers(headers)) rows.push_back(json_of(row));
    Json json{{"schema", 1}, {"file", name}, {"bytes", bytes.size()}, {"platforms", platforms_of(headers)}};
    const auto file = igvm::File::check(bytes);
    json["usable"] = file.has_value();
    if (!file) json["refused"] = fault_text(file.error());
    json["headers"] = std::move(rows);
    if (file)
        if (const auto block = find_boot_block(*file)) json["boot_block"] = json_of(*block);
    // A name of a file need not be UTF-8.
    return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace tools::image

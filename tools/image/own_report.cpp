// SPDX-License-Identifier: MIT
#include "tools/image/own_report.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "tools/support/list.hpp"
#include "tools/support/number.hpp"

namespace tools::image {
namespace {

using abi::adyton::OwnReport, abi::adyton::TcbFloor;

struct Part {
    std::string_view name;
    std::uint8_t TcbFloor::*version;
};
constexpr std::array parts{Part{"fmc", &TcbFloor::fmc}, Part{"bootloader", &TcbFloor::bootloader},
                           Part{"tee", &TcbFloor::tee}, Part{"snp", &TcbFloor::snp},
                           Part{"microcode", &TcbFloor::microcode}};

Result<void> take_word(TcbFloor& floor, const std::string& word) {
    constexpr unsigned most = 255;
    const auto equals = word.find('=');
    const std::string_view name = std::string_view{word}.substr(0, equals);
    const auto part = std::ranges::find(parts, name, &Part::name);
    if (equals == word.npos || part == parts.end())
        return problem(
            "--own-report {} is not possible; choose off, or least versions as fmc=N, bootloader=N, tee=N, "
            "snp=N, microcode=N",
            word);
    if (floor.*part->version != 0) return problem("--own-report names {} twice", name);
    const std::string option = formatted("--own-report {}", name);
    floor.*part->version =
        static_cast<std::uint8_t>(TRY(parse_number(option, word.substr(equals + 1), 1, most)));
    return {};
}

}  // namespace

bool operator==(const OwnReportDemand& a, const OwnReportDemand& b) {
    return a.check == b.check && std::ranges::equal(bytes_of_object(a.floor), bytes_of_object(b.floor));
}

Result<OwnReportDemand> parse_own_report(const std::string& text) {
    if (text == "off") return OwnReportDemand{.check = OwnReport::Unchecked};
    OwnReportDemand demand;
    for (const std::string& word : TRY(parse_list("--own-report", text)))
        TRY_VOID(take_word(demand.floor, word));
    return demand;
}

std::string own_report_words(const OwnReportDemand& demand) {
    if (demand.check == OwnReport::Unchecked) return "off";
    std::string words;
    for (const Part& part : parts)
        if (const unsigned version = demand.floor.*part.version; version != 0)
            words += formatted("{}{}={}", words.empty() ? "" : ",", part.name, version);
    return words;
}

}  // namespace tools::image

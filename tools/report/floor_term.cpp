// SPDX-License-Identifier: MIT
#include "tools/report/floor_term.hpp"

#include <array>
#include <charconv>

#include "abi/snp/policy.hpp"
#include "base/result.hpp"

namespace tools::attestation {
namespace {

using Kind = Term::Kind;

struct Flag {
    std::string_view name;
    Kind kind;
    std::uint64_t mask = 0;
    bool is_clear = false;
};
constexpr std::array flags{
    Flag{"alias-check", Kind::Platform, abi::PlatformInfo::AliasCheckComplete::mask},
    Flag{"ciphertext-hiding", Kind::Platform, abi::PlatformInfo::CiphertextHiding::mask},
    Flag{"smt-off", Kind::Platform, abi::PlatformInfo::SmtEnabled::mask, true},
    Flag{"no-page-swap", Kind::Policy, abi::GuestPolicy::PageSwapDisable::mask},
    Flag{"never", Kind::Never},
    Flag{"unknown", Kind::Unknown},
};

struct Part {
    std::string_view name;
    unsigned TcbParts::*part;
};
constexpr std::array parts{
    Part{"snp", &TcbParts::snp},
    Part{"microcode", &TcbParts::microcode},
    Part{"bootloader", &TcbParts::bootloader},
    Part{"tee", &TcbParts::tee},
};

Result<unsigned> parse_small(std::string_view text, unsigned most) {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value > most)
        return problem("'{}' is no number from 0 to {}", text, most);
    return value;
}

Result<Term> parse_firmware(std::string_view text, std::string_view whole) {
    constexpr unsigned most = 255;
    const auto first = text.find('.'), second = text.find('.', first == text.npos ? first : first + 1);
    if (second == text.npos) return problem("'{}' names no firmware like firmware>=1.55.22", whole);
    Term term{.kind = Kind::Firmware, .text = std::string{whole}};
    term.firmware.major = static_cast<std::uint8_t>(TRY(parse_small(text.substr(0, first), most)));
    term.firmware.minor =
        static_cast<std::uint8_t>(TRY(parse_small(text.substr(first + 1, second - first - 1), most)));
    term.firmware.build = static_cast<std::uint8_t>(TRY(parse_small(text.substr(second + 1), most)));
    return term;
}

Result<Term> parse_least(std::string_view name, std::string_view number, std::string_view whole) {
    constexpr unsigned most = 255;
    if (name == "firmware") return parse_firmware(number, whole);
    Term term{.kind = Kind::Tcb, .text = std::string{whole}};
    term.is_fmc = name == "fmc";
    for (const Part& part : parts)
        if (part.name == name) term.part = part.part;
    if (!term.is_fmc && term.part == nullptr) return problem("there is no part '{}' of a TCB", name);
    term.value = TRY(parse_small(number, most));
    return term;
}

unsigned part_of(const Term& term, const abi::TcbVersion& tcb, Product layout) {
    const TcbParts all = parts_of(tcb, layout);
    return term.is_fmc ? all.fmc.value_or(0) : all.*term.part;
}

/// The launch TCB counts as well: what was old then has seen the guest.
bool has_tcb(const Term& term, const Report& report) {
    return part_of(term, report.raw.reported_tcb, *report.tcb_layout) >= term.value &&
           part_of(term, report.raw.launch_tcb, *report.tcb_layout) >= term.value;
}

bool has_firmware(const Term& term, const Report& report) {
    const auto number = [](const abi::FirmwareVersion& v) { return std::array{v.major, v.minor, v.build}; };
    return number(report.raw.committed_firmware) >= number(term.firmware);
}

}  // namespace

Result<Term> parse_term(std::string_view text) {
    constexpr std::string_view least = ">=", fix = "fix:";
    constexpr unsigned last_bit = 63;
    for (const Flag& flag : flags)
        if (flag.name == text)
            return Term{
                .kind = flag.kind, .text = std::string{text}, .is_clear = flag.is_clear, .value = flag.mask};
    if (text.starts_with(fix)) {
        const unsigned bit = TRY(parse_small(text.substr(fix.size()), last_bit));
        return Term{.kind = Kind::Fix, .text = std::string{text}, .value = 1ull << bit};
    }
    if (const auto at = text.find(least); at != text.npos)
        return parse_least(text.substr(0, at), text.substr(at + least.size()), text);
    return problem("'{}' is no condition", text);
}

Exclusion judge(const Term& term, const Report& report) {
    const auto from = [](bool holds) { return holds ? Exclusion::Excluded : Exclusion::NotExcluded; };
    switch (term.kind) {
        case Kind::Tcb: return report.tcb_layout ? from(has_tcb(term, report)) : Exclusion::Unknown;
        case Kind::Firmware: return from(has_firmware(term, report));
        case Kind::Fix: return from((report.raw.current_mit_vector & term.value) != 0);
        case Kind::Platform: return from(((report.raw.platform_info & term.value) != 0) != term.is_clear);
        case Kind::Policy: return from((report.raw.policy & term.value) != 0);
        case Kind::Never: return Exclusion::NotExcluded;
        case Kind::Unknown: return Exclusion::Unknown;
    }
    return Exclusion::Unknown;
}

}  // namespace tools::attestation

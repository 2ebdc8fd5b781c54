// SPDX-License-Identifier: MIT
#include "tools/report/parse.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "base/result.hpp"
#include "tools/report/form.hpp"

namespace tools::attestation {
namespace {

using Raw = abi::AttestationReport;
using Step = Result<void>;

bool has_short_chip_id(const Raw& raw) {
    const std::span id{raw.chip_id};
    const auto is_zero = [](std::uint8_t b) { return b == 0; };
    return std::ranges::all_of(id.subspan(turin_chip_id_bytes), is_zero) && !std::ranges::all_of(id, is_zero);
}

std::optional<Product> tcb_layout_of(const Report& report) {
    if (report.raw.version >= abi::first_report_with_family) return report.product;
    return has_short_chip_id(report.raw) ? Product::Turin : Product::Milan;
}

Step check_tcbs(const Report& report, const std::string& name) {
    if (!report.tcb_layout) return {};
    const Raw& raw = report.raw;
    const std::array tcbs{std::pair{offsetof(Raw, current_tcb), raw.current_tcb},
                          std::pair{offsetof(Raw, reported_tcb), raw.reported_tcb},
                          std::pair{offsetof(Raw, committed_tcb), raw.committed_tcb},
                          std::pair{offsetof(Raw, launch_tcb), raw.launch_tcb}};
    for (const auto& [offset, tcb] : tcbs)
        if (const auto at = reserved_byte_in(tcb, *report.tcb_layout))
            return problem("{}: byte {:#x} of a TCB version of {} is reserved and must be zero, but is {:#x}",
                           name, offset + *at, name_of(*report.tcb_layout), tcb.bytes[*at]);
    return {};
}

}  // namespace

crypto::P384Signature Report::signature() const {
    crypto::P384Signature signature;
    const auto number = [](const std::uint8_t* least_first, crypto::P384Number& to) {
        for (std::size_t i = 0; i < to.size(); ++i) to[to.size() - 1 - i] = std::byte{least_first[i]};
    };
    number(raw.signature.r, signature.r);
    number(raw.signature.s, signature.s);
    return signature;
}

Result<Report> parse(Bytes file, const std::string& name) {
    Report report{.raw = TRY(well_formed(file, name)), .product = {}, .tcb_layout = {}};
    if (report.raw.version >= abi::first_report_with_family)
        report.product = product_of(report.raw.family, report.raw.model);
    report.tcb_layout = tcb_layout_of(report);
    TRY_VOID(check_tcbs(report, name));
    if (report.product == Product::Turin && !has_short_chip_id(report.raw) &&
        std::ranges::any_of(report.raw.chip_id, [](std::uint8_t b) { return b != 0; }))
        return problem("{}: byte {:#x}: the chip id of {} has 8 bytes, and more than these are set", name,
                       offsetof(Raw, chip_id) + turin_chip_id_bytes, name_of(Product::Turin));
    return report;
}

}  // namespace tools::attestation

// SPDX-License-Identifier: MIT
#include "tools/report/show.hpp"

#include <algorithm>

#include "tools/crypto/hash.hpp"
#include "tools/report/fields.hpp"
#include "tools/support/terminal.hpp"

namespace tools::attestation {

std::string show(const Report& report, const std::string& name) {
    std::string text = formatted("{}: attestation report, not verified\n", printable(name));
    for (const Field& field : fields_of(report))
        for (std::size_t i = 0; i < field.lines.size(); ++i)
            text += formatted("  {:<16} {}\n", i == 0 ? field.title : "", field.lines[i]);
    return text;
}

std::string show_as_json(const Report& report, const std::string& name) {
    nlohmann::ordered_json json{{"schema", 1}, {"file", name}};
    for (const Field& field : fields_of(report)) json[field.key] = field.value;
    if (const std::string address = vcek_address(report); !address.empty()) json["vcek_address"] = address;
    return json.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

std::string vcek_address(const Report& report) {
    const abi::AttestationReport& raw = report.raw;
    const bool is_masked = std::ranges::all_of(raw.chip_id, [](std::uint8_t b) { return b == 0; });
    const auto key = abi::signing_key_of(raw.flags);
    if (!report.product || is_masked || key != abi::ReportKey::Vcek) return {};
    const TcbParts tcb = parts_of(raw.reported_tcb, *report.product);
    const auto id = std::as_bytes(std::span{raw.chip_id});
    const auto id_bytes = *report.product == Product::Turin ? turin_chip_id_bytes : id.size();
    const std::string fmc = tcb.fmc ? formatted("fmcSPL={:02}&", *tcb.fmc) : "";
    return formatted(
        "https://kdsintf.amd.com/vcek/v1/{}/{}?{}blSPL={:02}&teeSPL={:02}&snpSPL={:02}&ucodeSPL={:02}",
        name_of(*report.product), crypto::hex(id.first(id_bytes)), fmc, tcb.bootloader, tcb.tee, tcb.snp,
        tcb.microcode);
}

}  // namespace tools::attestation

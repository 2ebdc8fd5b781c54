// SPDX-License-Identifier: MIT
#include "tools/report/fields.hpp"

#include "tools/crypto/hash.hpp"
#include "tools/report/words.hpp"

namespace tools::attestation {
namespace {

using Json = nlohmann::ordered_json;
constexpr std::size_t digits_a_line = 48;

std::string hex_of(std::span<const std::uint8_t> bytes) { return crypto::hex(std::as_bytes(bytes)); }

Field number(std::string title, std::string key, std::uint64_t value) {
    return {std::move(title), std::move(key), {formatted("{}", value)}, value};
}

Field bytes(std::string title, std::string key, std::span<const std::uint8_t> from) {
    const std::string digits = hex_of(from);
    Field field{std::move(title), std::move(key), {}, digits};
    for (std::size_t at = 0; at < digits.size(); at += digits_a_line)
        field.lines.push_back(digits.substr(at, digits_a_line));
    return field;
}

Field bits(std::string title, std::string key, std::uint64_t value, const std::vector<std::string>& words) {
    Field field{std::move(title), std::move(key), {formatted("{:#x}", value)}, {}};
    field.lines.insert(field.lines.end(), words.begin(), words.end());
    field.value = Json{{"value", formatted("{:#x}", value)}, {"words", words}};
    return field;
}

Json json_of(const TcbParts& parts) {
    Json json;
    if (parts.fmc) json["fmc"] = *parts.fmc;
    json["bootloader"] = parts.bootloader;
    json["tee"] = parts.tee;
    json["snp"] = parts.snp;
    json["microcode"] = parts.microcode;
    return json;
}

/// Without a known layout the bytes as they are.
Field tcb(std::string title, std::string key, const abi::TcbVersion& from, const Report& report) {
    if (!report.tcb_layout) return bytes(std::move(title), std::move(key), from.bytes);
    const TcbParts parts = parts_of(from, *report.tcb_layout);
    return {std::move(title), std::move(key), {text_of(parts)}, json_of(parts)};
}

Field firmware(std::string title, std::string key, const abi::FirmwareVersion& version) {
    return {std::move(title), std::move(key), {text_of(version)}, text_of(version)};
}

Field chip(const abi::AttestationReport& raw, const Report& report) {
    const std::string product{report.product ? name_of(*report.product) : "not known"};
    return {
        "chip",
        "chip",
        {formatted("{}: family {:#x}, model {:#x}, stepping {}", product, raw.family, raw.model,
                   raw.stepping)},
        Json{{"product", product}, {"family", raw.family}, {"model", raw.model}, {"stepping", raw.stepping}}};
}

}  // namespace

std::vector<Field> fields_of(const Report& report) {
    const abi::AttestationReport& raw = report.raw;
    std::vector<Field> all{
        number("version", "version", raw.version),
        number("guest SVN", "guest_svn", raw.guest_svn),
        bits("policy", "policy", raw.policy, policy_words(raw.policy)),
        bytes("family id", "family_id", raw.family_id),
        bytes("image id", "image_id", raw.image_id),
        {"VMPL", "vmpl", {vmpl_text(raw.vmpl)}, raw.vmpl},
        {"signature", "signature_algorithm", {"ECDSA P-384 with SHA-384"}, raw.signature_algorithm},
        tcb("current TCB", "current_tcb", raw.current_tcb, report),
        bits("platform", "platform_info", raw.platform_info, platform_words(raw.platform_info)),
        bits("flags", "flags", raw.flags, flag_words(raw.flags)),
        bytes("report data", "report_data", raw.report_data),
        bytes("measurement", "measurement", raw.measurement),
        bytes("host data", "host_data", raw.host_data),
        bytes("ID key digest", "id_key_digest", raw.id_key_digest),
        bytes("author key", "author_key_digest", raw.author_key_digest),
        bytes("report id", "report_id", raw.report_id),
        bytes("migration agent", "report_id_ma", raw.report_id_ma),
        tcb("reported TCB", "reported_tcb", raw.reported_tcb, report),
    };
    if (raw.version >= abi::first_report_with_family) all.push_back(chip(raw, report));
    all.push_back(bytes("chip id", "chip_id", raw.chip_id));
    all.push_back(tcb("committed TCB", "committed_tcb", raw.committed_tcb, report));
    all.push_back(firmware("current", "current_firmware", raw.current_firmware));
    all.push_back(firmware("committed", "committed_firmware", raw.committed_firmware));
    all.push_back(tcb("launch TCB", "launch_tcb", raw.launch_tcb, report));
    if (raw.version >= abi::first_report_with_vectors) {
        all.push_back(bits("fixes at launch", "launch_mit_vector", raw.launch_mit_vector, {}));
        all.push_back(bits("fixes now", "current_mit_vector", raw.current_mit_vector, {}));
    }
    all.push_back(bytes("R", "signature_r", std::span{raw.signature.r}.first(sizeof(crypto::P384Number))));
    all.push_back(bytes("S", "signature_s", std::span{raw.signature.s}.first(sizeof(crypto::P384Number))));
    return all;
}

}  // namespace tools::attestation

// SPDX-License-Identifier: MIT
#include "tests/unit/tools/report/scene.hpp"

#include <algorithm>
#include <map>

#include "abi/snp/policy.hpp"
#include "tests/unit/tools/crypto/keys.hpp"

namespace tools::attestation {
namespace {

/// Certificates that were made already, by all that is in them: RSA keys of 4096 bits sign slowly.
const Buffer& made(const CertificateSpec& spec) {
    static std::map<std::string, Buffer> cache;
    std::string key =
        formatted("{} {} {} {} {} {} {} {} {}", spec.version, spec.serial, spec.not_before, spec.not_after,
                  spec.key_pem, spec.signer_pem, spec.digest, spec.is_pss, spec.salt_bytes);
    for (const auto* name : {&spec.subject, &spec.issuer})
        for (const auto& [type, value] : *name) key += formatted("|{}={}", type, value);
    for (const auto& extension : spec.extensions)
        key += formatted("|{} {} {}", extension.oid, extension.is_critical, crypto::hex(extension.value));
    const auto [at, is_new] = cache.try_emplace(std::move(key));
    if (is_new) at->second = make_certificate(spec);
    return at->second;
}

void put(std::uint8_t (&to)[72], const crypto::P384Number& number) {
    std::ranges::transform(number.rbegin(), number.rend(), to,
                           [](std::byte b) { return std::to_integer<std::uint8_t>(b); });
}

template <std::size_t size>
void fill(std::uint8_t (&to)[size], unsigned first) {
    for (std::size_t i = 0; i < size; ++i) to[i] = static_cast<std::uint8_t>(first + i);
}

template <std::size_t size>
Buffer buffer_of(const std::uint8_t (&from)[size]) {
    return bytes_of_object(from);
}

}  // namespace

TcbParts good_tcb(Product product) {
    if (product == Product::Turin) return {.fmc = 1, .bootloader = 1, .tee = 1, .snp = 4, .microcode = 75};
    return {.fmc = {}, .bootloader = 10, .tee = 0, .snp = 24, .microcode = 219};
}

abi::TcbVersion tcb_bytes(Product product, const TcbParts& parts) {
    const auto byte = [](unsigned value) { return static_cast<std::uint8_t>(value); };
    if (product == Product::Turin)
        return {{byte(*parts.fmc), byte(parts.bootloader), byte(parts.tee), byte(parts.snp), 0, 0, 0,
                 byte(parts.microcode)}};
    return {{byte(parts.bootloader), byte(parts.tee), 0, 0, 0, 0, byte(parts.snp), byte(parts.microcode)}};
}

Raw good_report(Product product, std::uint32_t version) {
    constexpr std::uint32_t first_with_family = 3, first_with_vectors = 5;
    Raw raw{};
    raw.version = version;
    raw.policy = abi::GuestPolicy::One::mask | abi::GuestPolicy::Smt::mask |
                 abi::GuestPolicy::AbiMajor::put(1) | abi::GuestPolicy::AbiMinor::put(51);
    raw.signature_algorithm = abi::ecdsa_p384_sha384;
    raw.platform_info = abi::PlatformInfo::SmtEnabled::mask | abi::PlatformInfo::AliasCheckComplete::mask;
    fill(raw.report_data, 0x10);
    fill(raw.measurement, 0x80);
    fill(raw.report_id, 0x33);
    std::ranges::fill(raw.report_id_ma, std::uint8_t{0xff});
    const Buffer id = chip_id_of(product);
    std::memcpy(raw.chip_id, id.data(), id.size());
    raw.current_tcb = raw.reported_tcb = raw.committed_tcb = raw.launch_tcb =
        tcb_bytes(product, good_tcb(product));
    raw.current_firmware = raw.committed_firmware = {.build = 29, .minor = 55, .major = 1, .reserved = 0};
    if (version >= first_with_family) {
        raw.family = product == Product::Turin ? 0x1a : 0x19;
        raw.model = product == Product::Milan ? 0x01 : product == Product::Genoa ? 0x11 : 0x02;
        raw.stepping = 1;
    }
    if (version >= first_with_vectors) raw.launch_mit_vector = raw.current_mit_vector = 3;
    return raw;
}

Scene::Scene(Product of, std::uint32_t version)
    : product{of},
      ark{ark_spec(of)},
      ask{ask_spec(of)},
      key{vcek_spec(of, good_tcb(of))},
      raw{good_report(of, version)} {
    demands.image = ExpectedImage{.name = "demo.igvm", .digest = {}, .policy = raw.policy};
    std::memcpy(demands.image->digest.data(), raw.measurement, sizeof raw.measurement);
    demands.nonce = buffer_of(raw.report_data);
    demands.root = *crypto::Certificate::from_der(made(ark), "root.pem");
    demands.floor = *parse_floor(built_in_floor(), "floor.txt");
    demands.now = ark.not_before + 1000;
}

Buffer signed_report(Raw report, const crypto::SigningKey& key) {
    const auto signature = key.sign(std::as_bytes(std::span{&report, 1}).first(abi::signed_report_bytes));
    put(report.signature.r, signature.r);
    put(report.signature.s, signature.s);
    return bytes_of_object(report);
}

Buffer Scene::signed_bytes() const {
    static const auto signer = *crypto::SigningKey::parse(crypto::bytes_of(crypto::id_key_pem), "vcek");
    Buffer bytes = signed_report(raw, signer);
    after_signing(bytes);
    return bytes;
}

Certificates Scene::certificates() const {
    Certificates all;
    take_certificates(made(ark), "ark.der", all);
    take_certificates(made(ask), "ask.der", all);
    take_certificates(made(key), "vcek.der", all);
    handed_over(all);
    return all;
}

Verdict Scene::verdict() const {
    const Buffer bytes = signed_bytes();
    const auto report = parse(bytes, "r.bin");
    if (!report) return refuse(report.error());
    return verify({*report, certificates(), demands});
}

std::string failed_checks(const Verdict& verdict) {
    std::string names;
    for (const Line& line : verdict.lines)
        if (line.finding.outcome == Outcome::Fails) names += (names.empty() ? "" : ", ") + line.what;
    return names;
}

std::string first_reason(const Verdict& verdict) {
    for (const Line& line : verdict.lines)
        if (line.finding.outcome == Outcome::Fails) return line.finding.why;
    return {};
}

}  // namespace tools::attestation

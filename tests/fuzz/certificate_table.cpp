// SPDX-License-Identifier: MIT
// Certificates as a host may send them, in a table or alone: none of them makes a report believed, because no input has
// AMD's root key.
#include "abi/snp/policy.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tools/report/key_extensions.hpp"
#include "tools/report/roots.hpp"
#include "tools/report/table.hpp"
#include "tools/report/verify.hpp"

namespace {

using namespace tools::attestation;

/// Nothing is wrong with it but that it has no signature.
Report unsigned_report() {
    constexpr std::uint8_t no_agent = 0xff;
    abi::AttestationReport raw{};
    raw.version = 3;
    raw.policy = abi::GuestPolicy::One::mask;
    raw.signature_algorithm = abi::ecdsa_p384_sha384;
    raw.family = 0x19;
    raw.model = 0x11;
    std::fill(std::begin(raw.report_id_ma), std::end(raw.report_id_ma), no_agent);
    return *parse(std::as_bytes(std::span{&raw, 1}), "r");
}

void judge_table(Bytes input) {
    const auto table = parse_table(input, "t");
    if (!table) return;
    for (const TableEntry& entry : *table)
        fuzz::expect(entry.data.data() >= input.data() &&
                         entry.data.data() + entry.data.size() <= input.data() + input.size(),
                     "an entry lies outside the table's bytes");
}

}  // namespace

void fuzz::one_input(Bytes input) {
    static const Report report = unsigned_report();
    judge_table(input);
    Certificates found;
    take_certificates(input, "t", found);
    for (const auto& certificate : found.by_role)
        if (certificate) {
            expect(role_of(*certificate).has_value(), "a certificate without a role is kept");
            (void)key_extensions_of(*certificate);
        }
    // An emulated chip is taken here, so that chains from the corpus come as far as they can.
    const Verdict verdict = verify({report, found, {.accepts_emulated = true, .now = 1'800'000'000}});
    expect(!verdict.is_good, "an unsigned report is believed");
    expect(!text_of(verdict).empty(), "a verdict without a text");
}

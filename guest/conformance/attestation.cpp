// SPDX-License-Identifier: MIT
// SVSM_ATTEST_SERVICES and SVSM_ATTEST_SINGLE_SERVICE: what is refused, and with which result; which lengths come back;
// what the report says. Vectors 24 and 25.
#include "guest/conformance/attestation.hpp"

#include <cstring>

#include "abi/snp/attestation_report.hpp"
#include "crypto/hash.hpp"
#include "guest/conformance/platform.hpp"
#include "guest/conformance/suite.hpp"

namespace conf {
namespace {

constexpr std::uint8_t fill_byte = 0xd1;
constexpr std::uint32_t certificate_bytes = abi::attestation_max_certificate_bytes;
/// In RDX and R8 before a call, as Linux does: it sees which lengths were written.
constexpr std::uint64_t preset = ~0ull;

constexpr std::uint64_t id_of(abi::AttestationCall which) {
    return call_id(abi::attestation_protocol, static_cast<std::uint32_t>(which));
}

Answer ask(abi::AttestationCall which, Gpa where, Outputs outputs) {
    return call(id_of(which), {.rcx = where.value(), .rdx = preset, .r8 = preset}, outputs);
}

}  // namespace

void Attestation::reset() const {
    auto& all = asked();
    all = {};
    all.buffers.report = {report.value(), page_bytes, 0};
    all.buffers.nonce_gpa = nonce.value();
    all.buffers.nonce_bytes = abi::attestation_nonce_bytes;
    all.buffers.manifest = {manifest.value(), page_bytes, 0};
    all.buffers.certificates = {certificates.value(), certificate_bytes, 0};
    for (unsigned i = 0; i < abi::attestation_nonce_bytes; ++i)
        at<std::uint8_t>(nonce + i) = static_cast<std::uint8_t>(i);
    fill(report, 2 * page_bytes + certificate_bytes, fill_byte);
}

Answer Attestation::services(Gpa where) {
    return ask(abi::AttestationCall::Services, where, {.rcx = true, .rdx = true, .r8 = true});
}
Answer Attestation::single_service() const {
    return ask(abi::AttestationCall::SingleService, request, {.rcx = true, .rdx = true, .r8 = true});
}
std::uint64_t Attestation::refusal() const { return ask(abi::AttestationCall::Services, request, {}).result; }
std::uint64_t Attestation::refusal_of_single_service() const {
    return ask(abi::AttestationCall::SingleService, request, {}).result;
}
bool Attestation::are_buffers_untouched() const {
    return holds_only(report, 2 * page_bytes + certificate_bytes, fill_byte);
}

const Attestation& new_attestation() {
    static constinit Attestation all{};
    if (all.request == Gpa{}) {
        const Gpa first = platform::take_pages(4 + certificate_bytes / page_bytes);
        all = {.request = first,
               .nonce = first + page_bytes,
               .report = first + 2 * page_bytes,
               .manifest = first + 3 * page_bytes,
               .certificates = first + 4 * page_bytes};
    }
    all.reset();
    return all;
}

namespace {

bool is_offered() { return query_protocol(abi::attestation_protocol, 1) != 0; }

/// Whether an AMD-SP answers here. A host may have none, or one that says nothing more.
bool gives_reports() { return new_attestation().services().result == result::success; }

bool is_refusal(std::uint64_t result) {
    return result == result::invalid_address || result == result::invalid_parameter;
}

/// Places where a guest has no buffer and no parameters.
struct Place {
    const char* what;
    Gpa page;
};
constexpr unsigned place_count = 5;
void find_places(Place (&places)[place_count]) {
    places[0] = {"first page of the SVSM", svsm_first_page()};
    places[1] = {"last page of the SVSM", svsm_last_page()};
    places[2] = {"no memory", not_memory};
    places[3] = {"no address", not_an_address};
    static constinit Gpa unvalidated{};
    if (unvalidated == Gpa{}) {
        unvalidated = platform::take_pages();
        (void)pvalidate_one(unvalidated.value() | rescind);
    }
    places[4] = {"not validated", unvalidated};
}

std::uint64_t first_word(Gpa where) { return at<std::uint64_t>(where); }

}  // namespace
}  // namespace conf

using namespace conf;

#define NEEDS_ATTESTATION() \
    if (!is_offered()) return skip("no attestation protocol")
#define NEEDS_REPORTS()  \
    NEEDS_ATTESTATION(); \
    if (!gives_reports()) return skip("no AMD-SP gives a report here")

CONFORMS("attestation.reserved-bytes", "Attestation Protocol") {
    NEEDS_ATTESTATION();
    for (const unsigned offset : {0x0cu, 0x0fu, 0x1au, 0x1fu, 0x2cu, 0x2fu, 0x3cu, 0x3fu}) {
        const auto& a = new_attestation();
        row("offset", offset);
        at<std::uint8_t>(a.request + offset) = 1;
        EXPECT_EQ(a.refusal(), result::invalid_parameter);
        EXPECT_EQ(a.refusal_of_single_service(), result::invalid_parameter);
    }
    for (const unsigned offset : {0x54u, 0x57u}) {
        const auto& a = new_attestation();
        row("offset", offset);
        at<std::uint8_t>(a.request + offset) = 1;
        EXPECT_EQ(a.refusal_of_single_service(), result::invalid_parameter);
    }
}

CONFORMS("attestation.nonce-length", "Attestation Protocol") {
    NEEDS_ATTESTATION();
    for (const std::uint16_t bytes :
         {std::uint16_t{0}, std::uint16_t{63}, std::uint16_t{65}, std::uint16_t{0xffff}}) {
        const auto& a = new_attestation();
        row("bytes", bytes);
        a.asked().buffers.nonce_bytes = bytes;
        EXPECT_EQ(a.refusal(), result::invalid_parameter);
    }
}

CONFORMS("attestation.nonce-across-pages", "Attestation Protocol") {
    NEEDS_ATTESTATION();
    for (const unsigned offset : {0xfc1u, 0xfffu}) {
        const auto& a = new_attestation();
        row("offset", offset);
        a.asked().buffers.nonce_gpa = (a.request + offset).value();
        EXPECT_EQ(a.refusal(), result::invalid_parameter);
    }
}

CONFORMS("attestation.unaligned-buffers", "Attestation Protocol") {
    NEEDS_ATTESTATION();
    for (const unsigned offset : {1u, 8u, 0x800u}) {
        row("offset", offset);
        const auto& a = new_attestation();
        a.asked().buffers.report.gpa += offset;
        EXPECT_EQ(a.refusal(), result::invalid_parameter);
        a.reset();
        a.asked().buffers.manifest.gpa += offset;
        EXPECT_EQ(a.refusal(), result::invalid_parameter);
        a.reset();
        a.asked().buffers.certificates.gpa += offset;
        EXPECT_EQ(a.refusal(), result::invalid_parameter);
    }
}

CONFORMS("attestation.unknown-service", "Attestation Protocol") {
    NEEDS_ATTESTATION();
    const auto& a = new_attestation();
    a.asked().service = Guid{0xff, 0xfe, 0xfd};
    const auto answer = a.refusal_of_single_service();
    EXPECT(answer == result::invalid_parameter || answer == result::unsupported_protocol);
    EXPECT(a.are_buffers_untouched());
}

CONFORMS("attestation.manifest-version", "Attestation Protocol") {
    NEEDS_ATTESTATION();
    const auto& a = new_attestation();
    a.asked().service = abi::vtpm_service_guid;
    a.asked().manifest_version = 1;
    EXPECT_EQ(a.refusal_of_single_service(), result::invalid_parameter);
}

CONFORMS("attestation.parameters-elsewhere", "Table 4: SVSM_ERR_INVALID_ADDRESS") {
    NEEDS_ATTESTATION();
    Place places[place_count];
    find_places(places);
    for (const auto& place : places) {
        row(place.what);
        const auto& a = new_attestation();
        EXPECT(is_refusal(ask(abi::AttestationCall::Services, place.page, {}).result));
        EXPECT(is_refusal(ask(abi::AttestationCall::SingleService, place.page, {}).result));
        a.asked().buffers.nonce_gpa = place.page.value();
        EXPECT(is_refusal(a.refusal()));
    }
}

CONFORMS("attestation.buffers-elsewhere", "Table 4: SVSM_ERR_INVALID_ADDRESS") {
    NEEDS_ATTESTATION();
    Place places[place_count];
    find_places(places);
    for (const auto& place : places) {
        row(place.what);
        const auto& a = new_attestation();
        a.asked().buffers.report.gpa = place.page.value();
        EXPECT(is_refusal(a.refusal()));
        a.reset();
        a.asked().buffers.manifest.gpa = place.page.value();
        EXPECT(is_refusal(a.refusal()));
        a.reset();
        a.asked().buffers.certificates = {place.page.value(), page_bytes, 0};
        EXPECT(is_refusal(a.refusal()));
        EXPECT(a.are_buffers_untouched());
    }
}

CONFORMS("attestation.private-objects", "Table 4: SVSM_ERR_INVALID_ADDRESS") {
    NEEDS_ATTESTATION();
    // The head of a calling area is the SVSM's to write, so a nonce may not be there, and no buffer in any of it.
    const auto& a = new_attestation();
    a.asked().buffers.nonce_gpa = platform::self().calling_area.value();
    EXPECT(is_refusal(a.refusal()));
    a.reset();
    a.asked().buffers.report.gpa = platform::self().calling_area.value();
    EXPECT(is_refusal(a.refusal()));
}

CONFORMS("attestation.services", "Attestation Protocol") {
    NEEDS_REPORTS();
    const auto& a = new_attestation();
    const Answer answer = a.services();
    EXPECT_EQ(answer.result, result::success);
    EXPECT_EQ(answer.r8, sizeof(abi::AttestationReport));
    EXPECT(answer.rcx >= sizeof(abi::ServicesManifest) && answer.rcx <= page_bytes);
    EXPECT(answer.rdx <= certificate_bytes);
    const auto& manifest = at<abi::ServicesManifest>(a.manifest);
    EXPECT(manifest.guid == abi::services_manifest_guid);
    EXPECT_EQ(manifest.bytes, answer.rcx);
    EXPECT(manifest.bytes >= sizeof manifest + manifest.services * sizeof(abi::ServicesManifestEntry));
    EXPECT(holds_only(a.manifest + answer.rcx, page_bytes - answer.rcx, fill_byte));
    EXPECT(holds_only(a.report + answer.r8, page_bytes - answer.r8, fill_byte));
    EXPECT(holds_only(a.certificates + answer.rdx, certificate_bytes - answer.rdx, fill_byte));
}

CONFORMS("attestation.report-data", "Attestation Protocol") {
    NEEDS_REPORTS();
    const auto& a = new_attestation();
    const Answer answer = a.services();
    EXPECT_EQ(answer.result, result::success);
    crypto::Sha512 hash;
    hash.add({&at<std::byte>(a.nonce), abi::attestation_nonce_bytes});
    hash.add({&at<std::byte>(a.manifest), answer.rcx});
    const auto& report = at<abi::AttestationReport>(a.report);
    EXPECT(std::memcmp(report.report_data, hash.value().data(), sizeof report.report_data) == 0);
    EXPECT_EQ(report.vmpl, 0);
}

CONFORMS("attestation.another-nonce", "Attestation Protocol") {
    NEEDS_REPORTS();
    const auto& a = new_attestation();
    EXPECT_EQ(a.services().result, result::success);
    const auto first = first_word(a.report + offsetof(abi::AttestationReport, report_data));
    at<std::uint8_t>(a.nonce + 63) ^= 1;
    EXPECT_EQ(a.services().result, result::success);
    EXPECT(first_word(a.report + offsetof(abi::AttestationReport, report_data)) != first);
}

CONFORMS("attestation.nonce-to-the-end-of-its-page", "Attestation Protocol") {
    NEEDS_REPORTS();
    const auto& a = new_attestation();
    a.asked().buffers.nonce_gpa = (a.nonce + 0xfc0).value();
    EXPECT_EQ(a.services().result, result::success);
}

CONFORMS("attestation.structure-in-the-calling-area", "Attestation Protocol") {
    NEEDS_REPORTS();
    // Where Linux has it.
    const auto& a = new_attestation();
    const Gpa inside = platform::self().calling_area + sizeof(abi::CallingArea);
    at<abi::AttestServices>(inside) = a.asked().buffers;
    EXPECT_EQ(Attestation::services(inside).result, result::success);
}

CONFORMS("attestation.no-certificates-wanted", "Attestation Protocol") {
    NEEDS_REPORTS();
    const auto& a = new_attestation();
    a.asked().buffers.certificates = {};
    const Answer answer = a.services();
    EXPECT_EQ(answer.result, result::success);
    EXPECT_EQ(answer.rdx, 0);
}

CONFORMS("attestation.buffer-too-small", "Attestation Protocol") {
    NEEDS_REPORTS();
    const Answer whole = new_attestation().services();
    for (unsigned which = 0; which < 3; ++which) {
        const auto& a = new_attestation();
        row("report, manifest, certificates, by number", which);
        if (which == 2 && whole.rdx < 2) break;  // this host has none
        auto& buffers = a.asked().buffers;
        const std::uint64_t needed = which == 0 ? whole.r8 : which == 1 ? whole.rcx : whole.rdx;
        auto& buffer = which == 0 ? buffers.report : which == 1 ? buffers.manifest : buffers.certificates;
        buffer.bytes = static_cast<std::uint32_t>(needed - 1);
        const Answer answer = a.services();
        EXPECT_EQ(answer.result, result::invalid_parameter);
        EXPECT_EQ(answer.rcx, whole.rcx);
        EXPECT_EQ(answer.r8, whole.r8);
        EXPECT(answer.rdx >= whole.rdx);
        EXPECT(a.are_buffers_untouched());
    }
}

CONFORMS("attestation.buffer-of-no-bytes", "Attestation Protocol") {
    NEEDS_REPORTS();
    const auto& a = new_attestation();
    a.asked().buffers.report.bytes = 0;
    const Answer answer = a.services();
    EXPECT_EQ(answer.result, result::invalid_parameter);
    EXPECT_EQ(answer.r8, sizeof(abi::AttestationReport));
    EXPECT(a.are_buffers_untouched());
}

CONFORMS("attestation.no-report", "Table 4: SVSM_ERR_INVALID_REQUEST") {
    NEEDS_ATTESTATION();
    // Not busy: Linux repeats that without end, with interrupts off.
    const auto& a = new_attestation();
    a.asked().buffers.certificates = {};
    const std::uint64_t answer = a.services().result;
    if (answer == result::success) return skip("the AMD-SP gives a report");
    EXPECT_EQ(answer, result::invalid_request);
    EXPECT(a.are_buffers_untouched());
}

CONFORMS("attestation.still-served", "Attestation Protocol") { EXPECT(is_served()); }

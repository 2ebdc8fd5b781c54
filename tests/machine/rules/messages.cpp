// SPDX-License-Identifier: MIT
// Messages to the AMD-SP with the keys of the secrets page, through the host and past hosts that spoil them.
#include <cstring>

#include "abi/snp/certificate_table.hpp"
#include "abi/snp/firmware_status.hpp"
#include "abi/snp/guest_message.hpp"
#include "abi/snp/secrets.hpp"
#include "abi/snp/vmsa.hpp"
#include "base/bytes.hpp"
#include "base/zero.hpp"
#include "crypto/aes_gcm.hpp"
#include "tests/machine/lib/console.hpp"
#include "tests/machine/lib/ghcb.hpp"
#include "tests/machine/lib/instructions.hpp"
#include "tests/machine/lib/memory.hpp"
#include "tests/machine/lib/rule.hpp"

namespace rules {
namespace {

using abi::FirmwareStatus, abi::GuestMessage, abi::MessageStatus, abi::MessageType;

/// Rules of one launch share the keys, so they share the count.
constinit std::uint64_t sent[4]{};
constinit GuestMessage request{}, response{};  // private
constinit std::uint64_t request_page = 0, response_page = 0;

GuestMessage& shared_page(std::uint64_t gpa) { return *reinterpret_cast<GuestMessage*>(shared(gpa)); }

crypto::AesKey key_of(unsigned vmpck) {
    const auto& secrets = *reinterpret_cast<const abi::SecretsPage*>(info().secrets_page);
    crypto::AesKey key;
    std::memcpy(key.data(), secrets.vmpck[vmpck], sizeof key);
    return key;
}
crypto::GcmNonce nonce_of(const abi::MessageHeader& header) {
    crypto::GcmNonce nonce{};
    std::memcpy(nonce.data(), &header.sequence, sizeof header.sequence);
    return nonce;
}
Bytes covered(const abi::MessageHeader& header) {
    return bytes_of_object(header).subspan(abi::authenticated_header, abi::authenticated_header_bytes);
}
std::span<std::byte> text_of(GuestMessage& message) {
    return std::as_writable_bytes(std::span{message.payload}).first(message.header.payload_bytes);
}

/// The header of the next message with that key; the payload follows it.
void begin(MessageType type, std::size_t bytes, unsigned vmpck = 0) {
    if (request_page == 0) {
        request_page = allocate_loose();
        response_page = allocate_loose();
    }
    std::memset(&request, 0, sizeof request);
    request.header.sequence = sent[vmpck] + 1;
    request.header.algorithm = abi::message_aes_256_gcm;
    request.header.header_version = abi::message_header_version;
    request.header.header_bytes = sizeof request.header;
    request.header.type = static_cast<std::uint8_t>(type);
    request.header.version = abi::message_version;
    request.header.payload_bytes = static_cast<std::uint16_t>(bytes);
    request.header.vmpck = static_cast<std::uint8_t>(vmpck);
}
void seal() {
    const auto tag = crypto::seal(key_of(request.header.vmpck & 3), nonce_of(request.header),
                                  covered(request.header), text_of(request));
    std::memcpy(request.header.tag, tag.data(), sizeof tag);
}
/// SW_EXITINFO2 of the event; all ones when the host found it malformed.
std::uint64_t send(const ghcb::Request& event) {
    std::memcpy(&shared_page(request_page), &request, sizeof request);
    if (ghcb::event(event) != 0) return ~0ull;
    std::memcpy(&response, &shared_page(response_page), sizeof response);
    return ghcb::page().sw_exit_info_2;
}
std::uint64_t send() {
    return send({.code = static_cast<std::uint64_t>(abi::NaeEvent::GuestRequest),
                 .info1 = request_page,
                 .info2 = response_page});
}
std::uint64_t send_for_certificates(std::uint64_t room, std::uint64_t pages) {
    return send({.code = static_cast<std::uint64_t>(abi::NaeEvent::ExtendedGuestRequest),
                 .info1 = request_page,
                 .info2 = response_page,
                 .rax = room,
                 .rbx = pages});
}
/// Whether `response` is the AMD-SP's answer to `request`; opened then, and both numbers are used up.
bool is_answered() {
    crypto::GcmTag tag;
    std::memcpy(tag.data(), response.header.tag, sizeof tag);
    const unsigned vmpck = request.header.vmpck;
    if (response.header.sequence != request.header.sequence + 1 ||
        response.header.type != request.header.type + 1 || response.header.vmpck != vmpck ||
        response.header.payload_bytes > sizeof response.payload ||
        !crypto::open(key_of(vmpck), nonce_of(response.header), covered(response.header), text_of(response),
                      tag))
        return false;
    sent[vmpck] += 2;
    return true;
}
template <class T>
T answer() {
    T value;
    std::memcpy(&value, response.payload, sizeof value);
    return value;
}

constexpr std::uint64_t status(FirmwareStatus value) { return static_cast<std::uint64_t>(value); }
constexpr std::uint64_t by_host(std::uint64_t value) {
    return abi::GuestRequestResult::Hypervisor::put(value);
}
std::uint32_t number(MessageStatus value) { return static_cast<std::uint32_t>(value); }

void ask_for_report(std::uint32_t vmpl, std::uint32_t key_select = 0, unsigned vmpck = 0) {
    begin(MessageType::ReportRequest, sizeof(abi::ReportRequest), vmpck);
    abi::ReportRequest asked{.vmpl = vmpl, .key_select = key_select};
    for (unsigned i = 0; i < sizeof asked.report_data; ++i)
        asked.report_data[i] = static_cast<std::uint8_t>(i);
    std::memcpy(request.payload, &asked, sizeof asked);
    seal();
}
/// The report that this machine makes at VMPL0.
abi::AttestationReport fetch_report() {
    ask_for_report(0);
    REQUIRE(send() == 0);
    REQUIRE(is_answered());
    const auto given = answer<abi::ReportResponse>();
    REQUIRE(given.head.status == 0);
    CHECK_EQ(given.head.report_bytes, sizeof given.report);
    return given.report;
}

/// For the test that gives it to the verifier.
void print(const abi::AttestationReport& report) {
    constexpr std::string_view digits = "0123456789abcdef";
    const auto bytes = bytes_of_object(report);
    for (std::size_t line = 0; line < bytes.size(); line += 32) {
        char text[] = "# report ................................................................\n";
        for (std::size_t i = 0; i < 32; ++i) {
            text[9 + 2 * i] = digits[std::to_integer<unsigned>(bytes[line + i]) >> 4];
            text[10 + 2 * i] = digits[std::to_integer<unsigned>(bytes[line + i]) & 15];
        }
        console::write(text);
    }
}

RULE(a_report_says_what_was_launched_and_who_asks, "SNP-ABI: MSG_REPORT_REQ") {
    const auto report = fetch_report();
    CHECK_EQ(report.version, 3);
    CHECK_EQ(report.vmpl, 0);
    CHECK_EQ(report.signature_algorithm, abi::ecdsa_p384_sha384);
    CHECK_EQ(report.policy & 0x2'0000, 0x2'0000);
    CHECK_EQ(report.platform_info, 0x21);
    CHECK_EQ(report.family << 16 | report.model << 8 | report.stepping, 0x19'11'01);
    CHECK_EQ(report.report_data[63], 63);
    CHECK(!is_zero(report.measurement));
    CHECK(!is_zero(report.report_id));
    CHECK(is_zero(report.host_data) && is_zero(report.id_key_digest) && is_zero(report.author_key_digest));
    CHECK(!is_zero(report.signature.r) && !is_zero(report.signature.s) && is_zero(report.signature.reserved));
    CHECK_EQ(report.flags, 0);
    print(report);
}

RULE(the_host_data_of_the_launch_is_in_the_report, "SNP-ABI: SNP_LAUNCH_FINISH",
     .options = "--host-data 00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0eff") {
    const auto report = fetch_report();
    CHECK_EQ(report.host_data[1], 0x11);
    CHECK_EQ(report.host_data[31], 0xff);
}

RULE(a_milan_says_so, "SNP-ABI: ATTESTATION_REPORT", .options = "--host-property milan") {
    const auto report = fetch_report();
    CHECK_EQ(report.family << 16 | report.model << 8 | report.stepping, 0x19'01'01);
    CHECK_EQ(report.chip_id[63], '2');
}

RULE(a_report_of_version_2_names_no_cpu, "SNP-ABI: ATTESTATION_REPORT",
     .options = "--host-property report-2") {
    const auto report = fetch_report();
    CHECK_EQ(report.version, 2);
    CHECK_EQ(report.family, 0);
}

RULE(a_report_of_version_5_is_made_when_the_host_asks, "SNP-ABI: ATTESTATION_REPORT",
     .options = "--host-property report-5") {
    CHECK_EQ(fetch_report().version, 5);
}

RULE(a_request_that_was_answered_is_not_answered_again, "SNP-ABI: Message Sequence Numbers") {
    (void)fetch_report();
    // The host has these bytes, and may send them again.
    CHECK_EQ(send(), status(FirmwareStatus::InvalidParameter));
    (void)fetch_report();
}

RULE(a_number_ahead_is_refused, "SNP-ABI: Message Sequence Numbers") {
    ask_for_report(0);
    request.header.sequence += 2;
    seal();
    CHECK_EQ(send(), status(FirmwareStatus::InvalidParameter));
    (void)fetch_report();
}

RULE(each_part_that_the_tag_covers_counts, "SNP-ABI: Message Header Format") {
    ask_for_report(0);
    request.header.tag[15] ^= 1;
    CHECK_EQ(send(), status(FirmwareStatus::BadMeasurement));
    ask_for_report(0);
    request.payload[0x5f] ^= 0x80;
    CHECK_EQ(send(), status(FirmwareStatus::BadMeasurement));
    ask_for_report(0);
    request.header.type = static_cast<std::uint8_t>(MessageType::KeyRequest);
    CHECK_EQ(send(), status(FirmwareStatus::BadMeasurement));
    ask_for_report(0);
    request.header.vmpck = 1;  // whose count is another, unless no message was sent with either
    request.header.sequence = sent[1] + 1;
    CHECK_EQ(send(), status(FirmwareStatus::BadMeasurement));
    (void)fetch_report();
}

RULE(a_header_that_is_none_is_refused, "SNP-ABI: Message Header Format") {
    void (*const changes[])(abi::MessageHeader&) = {
        [](abi::MessageHeader& h) { h.algorithm = 0; },
        [](abi::MessageHeader& h) { h.header_version = 2; },
        [](abi::MessageHeader& h) { h.header_bytes = 64; },
        [](abi::MessageHeader& h) { h.vmpck = 4; },
        [](abi::MessageHeader& h) { h.reserved_28 = 1; },
        [](abi::MessageHeader& h) { h.reserved_38 = 1; },
        [](abi::MessageHeader& h) { h.reserved_3d[34] = 1; },
        [](abi::MessageHeader& h) { h.tag[16] = 1; },
        [](abi::MessageHeader& h) { h.payload_bytes = 0xfa1; },
    };
    for (const auto change : changes) {
        ask_for_report(0);
        change(request.header);
        CHECK_EQ(send(), status(FirmwareStatus::InvalidParameter));
    }
    (void)fetch_report();
}

RULE(a_type_that_no_guest_sends_is_refused, "SNP-ABI: Message Type Encodings") {
    for (unsigned type = 0; type < 256; ++type) {
        if (type == 3 || type == 5 || type == 17) continue;
        begin(static_cast<MessageType>(type), 0x20);
        seal();
        CHECK_EQ(send(), status(FirmwareStatus::InvalidParameter));
    }
    (void)fetch_report();
}

RULE(a_request_has_the_length_of_its_version, "SNP-ABI: MSG_KEY_REQ") {
    begin(MessageType::ReportRequest, 0x5f);
    seal();
    CHECK_EQ(send(), status(FirmwareStatus::InvalidParameter));
    begin(MessageType::KeyRequest, 0x28);
    seal();
    CHECK_EQ(send(), status(FirmwareStatus::InvalidParameter));
    begin(MessageType::KeyRequest, 0x28);
    request.header.version = abi::key_request_version_2;
    seal();
    CHECK_EQ(send(), 0);
    CHECK(is_answered());
}

RULE(a_key_of_vmpl1_never_speaks_for_vmpl0, "SNP-ABI: MSG_REPORT_REQ") {
    ask_for_report(0, 0, 1);
    CHECK_EQ(send(), 0);
    REQUIRE(is_answered());
    CHECK_EQ(response.header.payload_bytes, sizeof(abi::ReportResponseHead));
    CHECK_EQ(answer<abi::ReportResponseHead>().status, number(MessageStatus::InvalidParameters));
    ask_for_report(1, 0, 1);  // the refusal has used up its numbers and nothing else
    CHECK_EQ(send(), 0);
    REQUIRE(is_answered());
    CHECK_EQ(answer<abi::ReportResponse>().report.vmpl, 1);
}

RULE(vmpl0_may_name_lower_levels_and_no_fifth, "SNP-ABI: MSG_REPORT_REQ") {
    ask_for_report(3);
    CHECK_EQ(send(), 0);
    REQUIRE(is_answered());
    CHECK_EQ(answer<abi::ReportResponse>().report.vmpl, 3);
    ask_for_report(4);
    CHECK_EQ(send(), 0);
    REQUIRE(is_answered());
    CHECK_EQ(answer<abi::ReportResponseHead>().status, number(MessageStatus::InvalidParameters));
}

RULE(a_chip_without_a_providers_key_signs_with_its_own, "SNP-ABI: MSG_REPORT_REQ") {
    const MessageStatus expected[] = {MessageStatus::Success, MessageStatus::Success,
                                      MessageStatus::InvalidKeySelection, MessageStatus::InvalidParameters};
    for (std::uint32_t select = 0; select < 4; ++select) {
        ask_for_report(0, select);
        CHECK_EQ(send(), 0);
        REQUIRE(is_answered());
        CHECK_EQ(answer<abi::ReportResponseHead>().status, number(expected[select]));
    }
}

/// The key, or empty when the status inside is not 0.
bool derive(const abi::KeyRequest& asked, abi::KeyResponse& key) {
    begin(MessageType::KeyRequest, abi::key_request_1_bytes);
    std::memcpy(request.payload, &asked, abi::key_request_1_bytes);
    seal();
    REQUIRE(send() == 0);
    REQUIRE(is_answered());
    key = answer<abi::KeyResponse>();
    return key.status == 0;
}
bool is_same(const abi::KeyResponse& a, const abi::KeyResponse& b) {
    return std::memcmp(a.key, b.key, sizeof a.key) == 0;
}

RULE(a_derived_key_follows_from_what_it_names, "SNP-ABI: MSG_KEY_REQ") {
    abi::KeyResponse one, again, policy, other_level;
    CHECK(derive({.fields = abi::GuestFieldSelect::Measurement::mask}, one));
    CHECK(derive({.fields = abi::GuestFieldSelect::Measurement::mask}, again));
    CHECK(derive({.fields = abi::GuestFieldSelect::Measurement::mask | abi::GuestFieldSelect::Policy::mask},
                 policy));
    CHECK(derive({.fields = abi::GuestFieldSelect::Measurement::mask, .vmpl = 1}, other_level));
    CHECK(is_same(one, again));
    CHECK(!is_same(one, policy) && !is_same(one, other_level) && !is_same(policy, other_level));
    CHECK(!is_zero(one.key));
}

RULE(a_key_for_more_than_the_guest_is_refused, "SNP-ABI: MSG_KEY_REQ") {
    const abi::KeyRequest wrong[] = {{.root = 8}, {.reserved_04 = 1}, {.fields = 0x80},
                                     {.vmpl = 4}, {.guest_svn = 1},   {.tcb = {{0, 0, 0, 0, 0, 0, 0, 0xff}}},
                                     {.root = 6}};
    for (const abi::KeyRequest& asked : wrong) {
        abi::KeyResponse key;
        CHECK(!derive(asked, key));
        CHECK_EQ(key.status, number(MessageStatus::InvalidParameters));
        CHECK(is_zero(key.key));
    }
    abi::KeyResponse migrated;
    CHECK(!derive({.root = 1}, migrated));
    CHECK_EQ(migrated.status, number(MessageStatus::InvalidKeySelection));
}

RULE(the_clock_of_a_guest_without_secure_tsc_is_not_scaled, "SNP-ABI: MSG_TSC_INFO_REQ") {
    begin(MessageType::TscInfoRequest, sizeof(abi::TscInfoRequest));
    seal();
    CHECK_EQ(send(), 0);
    REQUIRE(is_answered());
    const auto clock = answer<abi::TscInfoResponse>();
    CHECK_EQ(clock.status, 0);
    CHECK_EQ(clock.scale, 1ull << 32);
    CHECK_EQ(clock.offset, 0);
}

/// The host's time, from which an event leaves out what it cannot know: offsets of VMSAs with Secure TSC.
std::uint64_t host_time() {
    REQUIRE(ghcb::event(abi::NaeEvent::Rdtsc) == 0);
    return ghcb::page().rax | ghcb::page().rdx << 32;
}

RULE(the_clock_of_a_guest_with_secure_tsc_is_its_own, "SNP-ABI: MSG_TSC_INFO_REQ",
     .image = "--sev-features 201") {
    for (const unsigned vmpck : {0u, 1u}) {
        begin(MessageType::TscInfoRequest, sizeof(abi::TscInfoRequest), vmpck);
        seal();
        CHECK_EQ(send(), 0);
        REQUIRE(is_answered());
        const auto clock = answer<abi::TscInfoResponse>();
        CHECK_EQ(clock.status, 0);
        CHECK_EQ(clock.scale, abi::tsc_scale_one);
        CHECK_EQ(clock.factor, 0);
        CHECK(clock.offset != 0);
        // What RDTSC gives here is the host's time and this offset, and begins with the launch.
        const auto before = read_tsc(), host = host_time(), after = read_tsc();
        CHECK(before <= host + clock.offset && host + clock.offset <= after);
        CHECK(after < host);
    }
}

RULE(certificates_come_beside_the_answer_when_there_is_room, "GHCB: SNP Extended Guest Request") {
    const std::uint64_t room = allocate_loose();
    ask_for_report(0);
    CHECK_EQ(send_for_certificates(room, 1), by_host(abi::GuestRequestResult::invalid_length));
    CHECK_EQ(ghcb::page().rbx, 2);
    CHECK_EQ(send_for_certificates(0, 0), by_host(abi::GuestRequestResult::invalid_length));
    // The message was not passed on, so the same one is still the next.
    const std::uint64_t two = allocate_loose(), behind = allocate_loose();
    REQUIRE(behind == two + 4096);
    CHECK_EQ(send_for_certificates(two, 2), 0);
    REQUIRE(is_answered());
    const auto& table = *reinterpret_cast<const abi::CertificateTableEntry(*)[4]>(shared(two));
    CHECK(table[0].guid == abi::vcek_guid && table[1].guid == abi::ask_guid &&
          table[2].guid == abi::ark_guid);
    CHECK(table[3].guid == Guid{} && table[3].bytes == 0);
    CHECK_EQ(table[0].offset, sizeof table);
    CHECK_EQ(table[1].offset, table[0].offset + table[0].bytes);
    CHECK_EQ(at<std::uint8_t>(shared(two) + table[2].offset), 0x30);  // DER: a sequence
}

RULE(a_host_without_certificates_gives_an_empty_table, "GHCB: SNP Extended Guest Request",
     .options = "--host-property no-certificates") {
    const std::uint64_t room = allocate_loose();
    at(shared(room)) = ~0ull;
    ask_for_report(0);
    CHECK_EQ(send_for_certificates(room, 1), 0);
    CHECK(is_answered());
    for (unsigned i = 0; i < 3; ++i) CHECK_EQ(at(shared(room) + 8 * i), 0);
}

RULE(a_busy_host_takes_the_same_bytes_later, "GHCB: SNP Guest Request",
     .options = "--adversary message-busy") {
    ask_for_report(0);
    for (unsigned i = 0; i < 4; ++i) CHECK_EQ(send(), by_host(abi::GuestRequestResult::busy));
    CHECK_EQ(send(), 0);
    CHECK(is_answered());
}

RULE(a_host_may_be_busy_always, "GHCB: SNP Guest Request", .options = "--adversary message-always-busy") {
    ask_for_report(0);
    for (unsigned i = 0; i < 100; ++i) CHECK_EQ(send(), by_host(abi::GuestRequestResult::busy));
}

RULE(a_withheld_message_has_no_answer, "GHCB: SNP Guest Request", .options = "--adversary message-withheld") {
    ask_for_report(0);
    CHECK_EQ(send(), 0);
    CHECK(!is_answered());
}

RULE(a_garbled_answer_does_not_open, "GHCB: SNP Guest Request", .options = "--adversary message-garbled") {
    ask_for_report(0);
    CHECK_EQ(send(), 0);
    CHECK_EQ(response.header.sequence, request.header.sequence + 1);
    CHECK(!is_answered());
}

RULE(an_old_answer_has_an_old_number, "GHCB: SNP Guest Request", .options = "--adversary message-replayed") {
    (void)fetch_report();
    ask_for_report(0);
    CHECK_EQ(send(), 0);
    CHECK_EQ(response.header.sequence, request.header.sequence - 1);
    CHECK(!is_answered());
}

RULE(a_message_that_the_host_runs_twice_has_one_effect, "GHCB: SNP Guest Request",
     .options = "--adversary message-twice") {
    (void)fetch_report();
    (void)fetch_report();
}

RULE(a_host_may_say_that_certificates_need_any_room, "GHCB: SNP Extended Guest Request",
     .options = "--adversary certificates-huge") {
    const std::uint64_t room = allocate_loose();
    ask_for_report(0);
    CHECK_EQ(send_for_certificates(room, 1), by_host(abi::GuestRequestResult::invalid_length));
    CHECK_EQ(ghcb::page().rbx, 0x7fff'ffff);
    (void)fetch_report();
}

}  // namespace
}  // namespace rules

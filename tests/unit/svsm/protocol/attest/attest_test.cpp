// SPDX-License-Identifier: MIT
// Calls of the attestation protocol that succeed, and what comes of those that a host spoils.
#include "crypto/hash.hpp"
#include "tests/unit/svsm/protocol/attest/attest_world.hpp"

namespace svsm {
namespace {

class Attest : public AttestWorld {
protected:
    /// What a verifier computes: SHA-512 of nonce and manifest.
    [[nodiscard]] crypto::Sha512::Digest expected_data(std::uint64_t manifest_bytes) const {
        std::vector<std::byte> all(64 + manifest_bytes);
        std::ranges::copy(m.bytes({nonce_at, nonce_at + 64}), all.begin());
        std::ranges::copy(m.bytes({manifest_at, manifest_at + manifest_bytes}), all.begin() + 64);
        return crypto::sha512(all);
    }
    [[nodiscard]] bool reports(const crypto::Sha512::Digest& data) const {
        return std::memcmp(report().report_data, data.data(), data.size()) == 0;
    }
    std::uint64_t refused(SvsmError error) {
        const auto out = attest();
        EXPECT_EQ(out.rcx, op_at.value());
        EXPECT_EQ(out.rdx, preset);
        EXPECT_EQ(out.r8, preset);
        EXPECT_TRUE(is_untouched());
        return out.rax == code(error);
    }
};

TEST_F(Attest, query_protocol_offers_version_1) {
    EXPECT_EQ(call(CoreCall::QueryProtocol, {.rcx = 1ull << 32 | 1}).rcx, 0x0000'0001'0000'0001u);
    for (const std::uint64_t version : {0ull, 2ull, 0xffff'ffffull})
        EXPECT_EQ(call(CoreCall::QueryProtocol, {.rcx = 1ull << 32 | version}).rcx, 0u);
}

TEST_F(Attest, services_come_with_report_manifest_and_certificates) {
    const auto out = attest();
    EXPECT_EQ(out, (Registers{abi::svsm_success, 24, 4953, 0x4a0, 9}));
    EXPECT_EQ(m.peek<std::uint64_t>(manifest_at), 0x4670'3d92'6384'9ebbu);
    EXPECT_TRUE(reports(expected_data(24)));
    EXPECT_EQ(report().vmpl, 0u);
    EXPECT_TRUE(std::ranges::equal(m.bytes({certificates_at, certificates_at + 4953}), table));
    for (const auto& [end, last] : {std::pair{report_at + 0x4a0, report_at + page_bytes},
                                    std::pair{manifest_at + 24, manifest_at + page_bytes},
                                    std::pair{certificates_at + 4953, buffers.end}})
        EXPECT_TRUE(is_untouched({end, last})) << "bytes behind a result";
}

TEST_F(Attest, a_single_service_is_attested_with_its_own_manifest) {
    std::array<std::byte, 0x7a> key;
    for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::byte>(i);
    const std::array services{attest::Service{abi::vtpm_service_guid, key}};
    m.poke(op_at, op);
    const auto answer = [&] {
        const sim::Cpu bound{m, 0};
        return attest::attest_single_service(guest, guest.vcpus[0], op_at, services);
    }();
    EXPECT_EQ(answer.result, abi::svsm_success);
    EXPECT_EQ(answer.rcx, 0x7au);
    EXPECT_EQ(answer.r8, 0x4a0u);
    EXPECT_TRUE(reports(expected_data(0x7a)));
    EXPECT_EQ(report().report_data[0], 0x17) << "vector of the nonce 00..3F and this manifest";
    EXPECT_EQ(report().report_data[63], 0x6b);
}

TEST_F(Attest, a_level_below_the_first_one_gets_nothing_written_and_nothing_signed) {
    m.poke(op_at, op);
    const sim::Cpu bound{m, 0};
    for (const Vmpl level : {Vmpl2, Vmpl3})
        for (const auto which : {abi::AttestationCall::Services, abi::AttestationCall::SingleService}) {
            const Call asked{.rax = abi::call_id(1, static_cast<std::uint32_t>(which)),
                             .rcx = op_at.value(),
                             .rdx = preset,
                             .r8 = preset,
                             .r9 = 0,
                             .vmpl = level,
                             .generation = 0,
                             .vmsa = {}};
            const Answer answer = attest::serve(guest, guest.vcpus[0], asked);
            EXPECT_EQ(answer.result, code(SvsmError::InvalidRequest));
            EXPECT_FALSE(answer.rcx || answer.rdx || answer.r8)
                << "lengths would tell what the level may not read";
        }
    EXPECT_TRUE(is_untouched());
    EXPECT_TRUE(sent.empty()) << "a message for nothing";
}

/// A guest whose first level is VMPL2: nothing is above it but the SVSM.
class AttestAtVmpl2 : public AttestWorld {
protected:
    AttestAtVmpl2() : AttestWorld{Vmpl2} {}
};
TEST_F(AttestAtVmpl2, the_first_level_is_served_whatever_its_number) {
    EXPECT_EQ(attest().rax, abi::svsm_success);
    EXPECT_EQ(report().vmpl, 0u);
}

TEST_F(Attest, a_service_that_is_not_offered_is_a_bad_parameter) {
    for (const auto& guid : {abi::vtpm_service_guid, abi::services_manifest_guid, Guid{}}) {
        op.service = guid;
        m.poke(op_at, op);
        EXPECT_EQ(ask(abi::AttestationCall::SingleService, op_at).rax, code(SvsmError::InvalidParameter));
    }
    EXPECT_TRUE(sent.empty()) << "a message for nothing";
}

TEST_F(Attest, without_room_for_certificates_the_host_is_not_asked_for_any) {
    op.buffers.certificates = {};
    EXPECT_EQ(attest(), (Registers{abi::svsm_success, 24, 0, 0x4a0, 9}));
    EXPECT_EQ(is_extended, std::vector{false});
}

TEST_F(Attest, a_host_without_certificates_gives_none) {
    use_chain({});
    EXPECT_EQ(attest(), (Registers{abi::svsm_success, 24, 0, 0x4a0, 9}));
    EXPECT_TRUE(is_untouched({certificates_at, buffers.end}));
}

TEST_F(Attest, an_unreadable_table_of_certificates_is_none) {
    use_chain({4 * page_bytes});
    table.resize(48);
    EXPECT_EQ(attest().rdx, 0u);
    EXPECT_TRUE(reports(expected_data(24)));
}

TEST_F(Attest, a_buffer_that_is_too_small_gets_all_lengths_and_no_byte) {
    for (auto* const buffer : {&op.buffers.report, &op.buffers.manifest, &op.buffers.certificates}) {
        const auto whole = buffer->bytes;
        const auto needed = buffer == &op.buffers.report     ? 0x4a0u
                            : buffer == &op.buffers.manifest ? 24u
                                                             : 4953u;
        for (const auto bytes : {needed - 1, 1u}) {
            buffer->bytes = bytes;
            EXPECT_EQ(attest(), (Registers{code(SvsmError::InvalidParameter), 24, 4953, 0x4a0, 9})) << bytes;
            EXPECT_TRUE(is_untouched());
        }
        buffer->bytes = needed;
        EXPECT_EQ(result(), abi::svsm_success);
        m.fill(buffers, 0xd1);
        buffer->bytes = whole;
    }
}

TEST_F(Attest, buffers_of_no_bytes_need_no_memory) {
    op.buffers.report = op.buffers.manifest = {};
    EXPECT_EQ(attest(), (Registers{code(SvsmError::InvalidParameter), 24, 4953, 0x4a0, 9}));
    EXPECT_TRUE(is_untouched());
}

TEST_F(Attest, a_host_whose_certificates_need_more_pages_tells_how_many) {
    for (const std::uint64_t wanted : {5ull, 0xf'ffffull}) {
        host = [&] { return is_extended.back() ? host_status(invalid_length, wanted) : honest(); };
        EXPECT_EQ(attest(), (Registers{code(SvsmError::InvalidParameter), 24, wanted << 12, 0x4a0, 9}));
        EXPECT_TRUE(is_untouched());
    }
    host = nullptr;
    EXPECT_EQ(result(), abi::svsm_success) << "the numbers of the refused calls are used up";
}

// More than it was given, or it contradicts itself; and a length that no register of 32 bits holds.
TEST_F(Attest, a_host_that_lies_about_its_certificates_gets_no_call_through) {
    for (const std::uint64_t wanted : {0ull, 1ull, 4ull, 0x10'0000ull, 1ull << 52, ~0ull}) {
        host = [&] { return is_extended.back() ? host_status(invalid_length, wanted) : honest(); };
        EXPECT_TRUE(refused(SvsmError::InvalidRequest)) << wanted;
    }
    host = nullptr;
    EXPECT_EQ(result(), abi::svsm_success);
}

// Linux repeats Busy without end and with interrupts off.
TEST_F(Attest, a_busy_host_is_an_invalid_request_and_no_busy_call) {
    host = [] { return host_status(busy); };
    EXPECT_TRUE(refused(SvsmError::InvalidRequest));
    host = nullptr;
    EXPECT_EQ(result(), abi::svsm_success);
}

TEST_F(Attest, without_a_key_each_call_is_an_invalid_request) {
    host = [] { return Reply{.info_2 = 0x16}; };
    EXPECT_TRUE(refused(SvsmError::InvalidRequest));
    host = nullptr;
    EXPECT_TRUE(refused(SvsmError::InvalidRequest));
    EXPECT_EQ(sent.size(), 1u);
}

TEST_F(Attest, a_refusal_of_the_amd_sp_is_an_invalid_request) {
    amd_sp.change_response = [](auto& response) { response.head.status = 0x27; };
    EXPECT_TRUE(refused(SvsmError::InvalidRequest));
}

TEST_F(Attest, without_a_channel_a_call_is_an_invalid_request) {
    guest.amd_sp = nullptr;
    EXPECT_TRUE(refused(SvsmError::InvalidRequest));
}

TEST_F(Attest, other_calls_are_unsupported) {
    for (const std::uint32_t number : {2u, 3u, 0xffu, 0xffff'ffffu})
        EXPECT_EQ(call(0, {.rax = abi::call_id(1, number)}).rax, code(SvsmError::UnsupportedCall));
}

TEST_F(Attest, each_vcpu_has_its_own_report) {
    m.poke(page_a, op.buffers);
    for (const unsigned cpu : {0u, 1u, 0u}) {
        EXPECT_EQ(call(cpu, {.rax = abi::call_id(1, 0), .rcx = page_a.value()}).rax, abi::svsm_success);
        EXPECT_TRUE(reports(expected_data(24)));
    }
}

// ---- the guest's memory changes during the call

TEST_F(Attest, a_buffer_that_becomes_a_calling_area_meanwhile_is_not_written) {
    for (const Gpa taken : {report_at, manifest_at, certificates_at + page_bytes}) {
        host = [&] {
            EXPECT_EQ(call(CoreCall::RemapCa, {.rcx = taken.value()}, 1).rax, abi::svsm_success);
            return honest();
        };
        EXPECT_EQ(result(), code(SvsmError::InvalidAddress));
        EXPECT_TRUE(is_untouched({taken + 8, taken + page_bytes}));
        host = nullptr;
        EXPECT_EQ(call(CoreCall::RemapCa, {.rcx = calling_area(1).value()}, 1).rax, abi::svsm_success);
        m.fill(buffers, 0xd1);
    }
}

TEST_F(Attest, a_buffer_that_the_host_takes_meanwhile_is_a_bad_address) {
    host = [&] {
        m.host_takes(manifest_at);
        return honest();
    };
    EXPECT_EQ(result(), code(SvsmError::InvalidAddress));
}

TEST_F(Attest, a_structure_that_changes_after_it_was_read_changes_nothing) {
    host = [&] {
        m.fill({op_at, op_at + sizeof op}, 0xff);
        m.fill({nonce_at, nonce_at + 64}, 0xff);
        return honest();
    };
    const auto expected = [&] {
        std::array<std::byte, 88> all;
        std::ranges::copy(m.bytes({nonce_at, nonce_at + 64}), all.begin());
        EXPECT_EQ(attest::write_services_manifest(std::span{all}.subspan(64), {}), 24u);
        return crypto::sha512(all);
    }();
    EXPECT_EQ(result(), abi::svsm_success);
    EXPECT_TRUE(reports(expected));
}

}  // namespace
}  // namespace svsm

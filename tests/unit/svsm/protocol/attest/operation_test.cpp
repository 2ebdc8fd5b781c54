// SPDX-License-Identifier: MIT
// What a guest may name in its structure, and what not: each refusal with its result, no message, no byte written.
#include "tests/unit/svsm/protocol/attest/attest_world.hpp"

namespace svsm {
namespace {

class Operation : public AttestWorld {
protected:
    Operation() : good{op} {}
    /// The structure as `op` is now gets `error`. It is a good one again afterwards.
    void refused(const char* scene, SvsmError error) {
        const auto out = attest();
        EXPECT_EQ(out, (Registers{code(error), op_at.value(), preset, preset, 9})) << scene;
        EXPECT_TRUE(sent.empty()) << scene << ": a message";
        EXPECT_TRUE(is_untouched()) << scene;
        op = good;
    }
    void bad_parameter(const char* scene) { refused(scene, SvsmError::InvalidParameter); }
    void bad_address(const char* scene) { refused(scene, SvsmError::InvalidAddress); }

    /// Addresses where a guest has no buffer.
    static constexpr std::array<std::pair<const char*, Gpa>, 7> not_the_guests{{
        {"memory of the SVSM", svsm_region.begin},
        {"the page with the key", key_page},
        {"a VMSA", vmsa(1)},
        {"not validated", unvalidated_page},
        {"shared with the host", shared_page},
        {"no memory", memory_end},
        {"the last page of all addresses", Gpa{0xffff'ffff'ffff'f000}},
    }};

    const abi::AttestSingleService good;
};

TEST_F(Operation, reserved_bytes_are_zero) {
    for (const std::size_t at : {0x0cul, 0x0ful, 0x1aul, 0x1ful, 0x2cul, 0x2ful, 0x3cul, 0x3ful}) {
        reinterpret_cast<std::uint8_t*>(&op)[at] = 1;
        bad_parameter("a reserved byte");
    }
}

TEST_F(Operation, a_nonce_has_64_bytes) {
    for (const std::uint16_t bytes : Octets{0, 1, 63, 65, 128}) {
        op.buffers.nonce_bytes = bytes;
        bad_parameter("another length");
    }
    op.buffers.nonce_bytes = 0xffff;
    bad_parameter("the greatest length");
}

TEST_F(Operation, a_nonce_lies_in_one_page) {
    for (const std::uint64_t begin : Words{0xfc1, 0xffc, 0xfff}) {
        op.buffers.nonce_gpa = page_a.value() + begin;
        bad_parameter("a nonce across pages");
    }
}

TEST_F(Operation, a_nonce_may_lie_anywhere_within_a_page) {
    for (const std::uint64_t begin : Words{0, 1, 0x333, 0xfc0}) {
        op.buffers.nonce_gpa = page_a.value() + begin;
        EXPECT_EQ(result(), abi::svsm_success) << begin;
    }
}

TEST_F(Operation, the_structure_lies_in_one_page) {
    for (const std::uint64_t begin : Words{0xfc1, 0xff8, 0xfff}) {
        m.poke(page_a + begin, op.buffers);
        EXPECT_EQ(ask(abi::AttestationCall::Services, page_a + begin).rax, code(SvsmError::InvalidParameter));
    }
    m.poke(page_a + 0xfc0, op.buffers);
    EXPECT_EQ(ask(abi::AttestationCall::Services, page_a + 0xfc0).rax, abi::svsm_success);
    EXPECT_EQ(ask(abi::AttestationCall::SingleService, page_a + 0xfc0).rax, code(SvsmError::InvalidParameter))
        << "the longer one does not fit there";
}

TEST_F(Operation, buffers_begin_a_page) {
    for (auto* const buffer : {&op.buffers.report, &op.buffers.manifest, &op.buffers.certificates}) {
        for (const std::uint64_t offset : Words{1, 8, 0x800, 0xfff}) {
            buffer->gpa += offset;
            bad_parameter("an offset");
        }
    }
}

TEST_F(Operation, room_for_certificates_has_a_limit) {
    for (const std::uint32_t bytes : {0x4001u, 0x5000u, 0xffff'ffffu}) {
        op.buffers.certificates.bytes = bytes;
        bad_parameter("more than 16 KiB");
    }
}

TEST_F(Operation, buffers_do_not_overlap) {
    op.buffers.manifest.gpa = report_at.value();
    bad_parameter("report and manifest");
    op.buffers.report.gpa = certificates_at.value() + 3 * page_bytes;
    bad_parameter("report and the last page of the certificates");
    op.buffers.certificates.gpa = report_at.value() - 2 * page_bytes;
    bad_parameter("the certificates run into the report");
    op.buffers.report.bytes = page_bytes + 1;
    bad_parameter("the report's buffer runs into the manifest's");
}

// Copied before anything is written.
TEST_F(Operation, a_nonce_may_lie_where_a_result_goes) {
    op.buffers.nonce_gpa = report_at.value();
    EXPECT_EQ(result(), abi::svsm_success);
}

TEST_F(Operation, no_buffer_is_anothers) {
    for (auto* const buffer : {&op.buffers.report, &op.buffers.manifest, &op.buffers.certificates}) {
        for (const auto& [scene, page] : not_the_guests) {
            buffer->gpa = page.value();
            buffer->bytes = 0xfff;
            bad_address(scene);
        }
        buffer->gpa = calling_area(1).value();
        buffer->bytes = 0xfff;
        bad_address("a calling area");
    }
}

TEST_F(Operation, no_page_of_the_certificates_is_anothers) {
    op.buffers.certificates.gpa = unvalidated_page.value() - 3 * page_bytes;
    bad_address("the last page");
    op.buffers.certificates.gpa = svsm_region.begin.value() - page_bytes;
    bad_address("all but the first");
}

TEST_F(Operation, a_buffer_does_not_wrap) {
    op.buffers.report = {0xffff'ffff'ffff'f000, 0x1001, 0};
    bad_address("the report");
    op.buffers.certificates = {0xffff'ffff'ffff'f000, 0x4000, 0};
    bad_address("the certificates");
}

// Only what is written counts: no call walks through gigabytes.
TEST_F(Operation, a_buffer_longer_than_its_result_is_checked_where_it_is_written) {
    op.buffers.report = {0x20'0000 - page_bytes, 0xffff'f000, 0};
    op.buffers.manifest.gpa = page_a.value();
    op.buffers.certificates = {};
    op.buffers.manifest = {};
    EXPECT_EQ(result(), code(SvsmError::InvalidParameter)) << "no room for a manifest";
    EXPECT_EQ(sent.size(), 1u);
}

TEST_F(Operation, the_nonce_is_the_guests) {
    for (const auto& [scene, page] : not_the_guests) {
        op.buffers.nonce_gpa = page.value();
        bad_address(scene);
    }
    op.buffers.nonce_gpa = calling_area(0).value();
    bad_address("the head of a calling area");
}

TEST_F(Operation, the_structure_is_the_guests) {
    for (const auto& [scene, page] : not_the_guests) {
        EXPECT_EQ(ask(abi::AttestationCall::Services, page).rax, code(SvsmError::InvalidAddress)) << scene;
        EXPECT_EQ(ask(abi::AttestationCall::SingleService, page).rax, code(SvsmError::InvalidAddress))
            << scene;
    }
    EXPECT_EQ(ask(abi::AttestationCall::Services, calling_area(0)).rax, code(SvsmError::InvalidAddress));
    EXPECT_TRUE(sent.empty());
}

TEST_F(Operation, a_page_that_vanishes_is_a_bad_address) {
    m.faults = [](Step step) { return step == Step::GuestRead; };
    m.poke(op_at, op.buffers);
    const sim::Cpu bound{m, 0};
    EXPECT_EQ(attest::attest_services(guest, guest.vcpus[0], op_at, {}).result,
              static_cast<std::uint32_t>(SvsmError::InvalidAddress));
    m.faults = nullptr;
}

TEST_F(Operation, a_single_service_has_a_manifest_of_version_0) {
    std::array<std::byte, 8> manifest{};
    const std::array services{attest::Service{abi::vtpm_service_guid, manifest}};
    const auto single = [&] {
        m.poke(op_at, op);
        const sim::Cpu bound{m, 0};
        return attest::attest_single_service(guest, guest.vcpus[0], op_at, services).result;
    };
    EXPECT_EQ(single(), abi::svsm_success);
    op.manifest_version = 1;
    EXPECT_EQ(single(), static_cast<std::uint32_t>(SvsmError::InvalidParameter));
    op = good;
    op.reserved_054 = 1;
    EXPECT_EQ(single(), static_cast<std::uint32_t>(SvsmError::InvalidParameter));
}

}  // namespace
}  // namespace svsm

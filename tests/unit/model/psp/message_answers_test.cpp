// SPDX-License-Identifier: MIT
// What the AMD-SP grants to which key, and what it answers.
#include "model/psp/message_answers.hpp"

#include "abi/snp/policy.hpp"
#include "model/psp/report.hpp"
#include "tests/unit/model/psp/message_fixture.hpp"

namespace model::psp {
namespace {

using abi::MessageStatus, abi::MessageType;
using Field = abi::GuestFieldSelect;

class PspAnswers : public PspMessages {
protected:
    /// A message that the AMD-SP takes, and its opened answer.
    template <class Answer, class Asked>
    Answer ask(MessageType type, const Asked& asked, unsigned vmpck = 0, std::size_t bytes = sizeof(Asked)) {
        begin(type, asked, vmpck, bytes);
        if (type == MessageType::KeyRequest && bytes == sizeof(abi::KeyRequest))
            request.header.version = abi::key_request_version_2;
        seal();
        EXPECT_TRUE(send());
        const auto value = opened<Answer>();
        consumed(guest, response);
        return value;
    }
    abi::AttestationReport report(const abi::ReportRequest& asked = {}, unsigned vmpck = 0) {
        const auto answer = ask<abi::ReportResponse>(MessageType::ReportRequest, asked, vmpck);
        EXPECT_EQ(answer.head.status, 0u);
        EXPECT_EQ(answer.head.report_bytes, sizeof answer.report);
        return answer.report;
    }
    std::array<std::uint8_t, 32> key(abi::KeyRequest asked) {
        const auto answer = ask<abi::KeyResponse>(MessageType::KeyRequest, asked);
        EXPECT_EQ(answer.status, 0u);
        return std::to_array(answer.key);
    }
};

TEST_F(PspAnswers, a_report_has_all_that_the_amd_sp_knows) {
    guest.identity.family_id.fill(1);
    guest.identity.image_id.fill(2);
    guest.identity.id_key_digest.fill(std::byte{3});
    guest.identity.author_key_digest.fill(std::byte{4});
    guest.identity.has_author = true;
    const auto made = report({.vmpl = 2}, 1);
    EXPECT_EQ(made.version, 3u);
    EXPECT_EQ(made.guest_svn, 5u);
    EXPECT_EQ(made.policy, 0x3'0000u);
    EXPECT_EQ(made.family_id[0], 1);
    EXPECT_EQ(made.image_id[15], 2);
    EXPECT_EQ(made.vmpl, 2u);
    EXPECT_EQ(made.flags, 1u);
    EXPECT_EQ(made.platform_info, 0x21u);
    EXPECT_EQ(made.measurement[47], 0x4d);
    EXPECT_EQ(made.host_data[31], 0x4e);
    EXPECT_EQ(made.report_id[0], 0x1d);
    EXPECT_EQ(made.report_id_ma[31], 0xff);
    EXPECT_EQ(made.id_key_digest[0], 3);
    EXPECT_EQ(made.author_key_digest[0], 4);
    EXPECT_EQ(made.chip_id[63], 'c');
    EXPECT_EQ(made.family, 0x19);
    for (const auto& tcb : {made.current_tcb, made.reported_tcb, made.committed_tcb, made.launch_tcb})
        EXPECT_EQ(std::memcmp(&tcb, &chip.tcb, sizeof tcb), 0);
    EXPECT_EQ(made.current_firmware.minor, 55);
    EXPECT_EQ(made.committed_firmware.major, 1);
}

TEST_F(PspAnswers, a_report_is_signed_by_the_chip_over_all_before_the_signature) {
    const auto made = report();
    const auto numbers = signature_in(made.signature);
    ASSERT_TRUE(numbers);
    EXPECT_EQ(*numbers, sign_for_test(chip.key, crypto::sha384(bytes_of_object(made).first(0x2a0))));
}

TEST_F(PspAnswers, a_report_has_the_version_that_fits_the_policy_or_the_host_asked_for) {
    EXPECT_EQ(report().version, 3u);
    guest.policy |= abi::GuestPolicy::PageSwapDisable::mask;
    EXPECT_EQ(report().version, 5u);
    version = 2;
    const auto old = report();
    EXPECT_EQ(old.version, 2u);
    EXPECT_EQ(old.family | old.model | old.stepping, 0);
    EXPECT_EQ(old.chip_id[0], 'c');
}

TEST_F(PspAnswers, a_refused_report_is_a_head_with_a_status) {
    struct Row {
        const char* what;
        abi::ReportRequest asked;
        unsigned vmpck;
        MessageStatus status;
    };
    const Row rows[] = {
        {"above its key", {.vmpl = 0}, 1, MessageStatus::InvalidParameters},
        {"above its key by one", {.vmpl = 2}, 3, MessageStatus::InvalidParameters},
        {"no level", {.vmpl = 4}, 0, MessageStatus::InvalidParameters},
        {"the host's number", {.vmpl = ~0u}, 0, MessageStatus::InvalidParameters},
        {"reserved bits of the selection", {.key_select = 4}, 0, MessageStatus::InvalidParameters},
        {"reserved key", {.key_select = 3}, 0, MessageStatus::InvalidParameters},
        {"a provider's key", {.key_select = 2}, 0, MessageStatus::InvalidKeySelection},
        {"reserved bytes", {.reserved_48 = {0, 1}}, 0, MessageStatus::InvalidParameters},
    };
    for (const Row& row : rows) {
        const auto head = ask<abi::ReportResponseHead>(MessageType::ReportRequest, row.asked, row.vmpck);
        EXPECT_EQ(head.status, static_cast<std::uint32_t>(row.status)) << row.what;
        EXPECT_EQ(head.report_bytes, 0u) << row.what;
        EXPECT_EQ(response.header.payload_bytes, 0x20) << row.what;
        EXPECT_EQ(guest.messages[row.vmpck] % 2, 0u) << "the refusal is an answer";
    }
}

TEST_F(PspAnswers, a_key_depends_on_each_field_that_is_selected_and_on_no_other) {
    guest.identity.family_id.fill(1);
    const Guest before = guest;
    const abi::TcbVersion tcb{{1}};
    struct Row {
        std::uint64_t field;
        void (*change)(Guest&);
    };
    const Row rows[] = {{Field::Policy::mask, [](Guest& g) { g.policy ^= 1 << 19; }},
                        {Field::ImageId::mask, [](Guest& g) { g.identity.image_id[3] ^= 1; }},
                        {Field::FamilyId::mask, [](Guest& g) { g.identity.family_id[3] ^= 1; }},
                        {Field::Measurement::mask, [](Guest& g) { g.measurement[3] ^= std::byte{1}; }}};
    for (const Row& row : rows) {
        guest = before;
        const auto with = key({.fields = row.field}), without = key({});
        const auto counts = guest.messages;
        row.change(guest);
        EXPECT_NE(key({.fields = row.field}), with) << row.field;
        EXPECT_EQ(key({}), without) << row.field;
        EXPECT_NE(guest.messages, counts);
    }
    guest = before;
    EXPECT_NE(key({.fields = Field::GuestSvn::mask, .guest_svn = 1}), key({.fields = Field::GuestSvn::mask}));
    EXPECT_EQ(key({.guest_svn = 1}), key({}));
    EXPECT_NE(key({.fields = Field::TcbVersion::mask, .tcb = tcb}), key({.fields = Field::TcbVersion::mask}));
    EXPECT_NE(key({.vmpl = 1}), key({})) << "a level is always part of it";
    EXPECT_NE(key({.root = 2}), key({})) << "so is the choice of the root";
}

TEST_F(PspAnswers, a_key_is_of_this_chip) {
    const auto here = key({});
    chip.key.fill(std::byte{8});
    EXPECT_NE(key({}), here);
}

TEST_F(PspAnswers, a_key_for_more_than_the_guest_is_refused) {
    const std::pair<const char*, abi::KeyRequest> wrong[] = {
        {"root", {.root = 8}},
        {"reserved root", {.root = 6}},
        {"reserved", {.reserved_04 = 1}},
        {"fields", {.fields = 1ull << 7}},
        {"vmpl", {.vmpl = 4}},
        {"a later SVN", {.guest_svn = 6}},
        {"a later bootloader", {.tcb = {{11}}}},
        {"a part that this chip has not", {.tcb = {{0, 0, 1}}}},
        {"a mitigation", {.launch_mit_vector = 1}},
    };
    for (const auto& [what, asked] : wrong) {
        const auto answer = ask<abi::KeyResponse>(MessageType::KeyRequest, asked);
        EXPECT_EQ(answer.status, static_cast<std::uint32_t>(MessageStatus::InvalidParameters)) << what;
        EXPECT_EQ(std::to_array(answer.key), (std::array<std::uint8_t, 32>{})) << what;
    }
    for (const std::uint32_t root : {1u, 4u})
        EXPECT_EQ(ask<abi::KeyResponse>(MessageType::KeyRequest, abi::KeyRequest{.root = root}).status,
                  static_cast<std::uint32_t>(MessageStatus::InvalidKeySelection))
            << root;
    EXPECT_EQ(ask<abi::KeyResponse>(MessageType::KeyRequest, abi::KeyRequest{}, 1).status,
              static_cast<std::uint32_t>(MessageStatus::InvalidParameters));
}

TEST_F(PspAnswers, both_versions_of_a_key_request_give_one_key) {
    const auto short_one =
        ask<abi::KeyResponse>(MessageType::KeyRequest, abi::KeyRequest{}, 0, abi::key_request_1_bytes);
    EXPECT_EQ(std::to_array(short_one.key), key({}));
}

TEST_F(PspAnswers, the_clock_is_that_of_the_launch) {
    for (const std::uint64_t offset : {0ull, 0x1234ull, ~0ull}) {
        guest.tsc_offset = offset;
        for (const unsigned vmpck : {0u, 1u, 3u}) {
            const auto clock =
                ask<abi::TscInfoResponse>(MessageType::TscInfoRequest, abi::TscInfoRequest{}, vmpck);
            EXPECT_EQ(clock.status, 0u);
            EXPECT_EQ(clock.scale, 1ull << 32);
            EXPECT_EQ(clock.offset, offset);
            EXPECT_EQ(clock.factor, 0u);
        }
    }
}

}  // namespace
}  // namespace model::psp

// SPDX-License-Identifier: MIT
// What a host may believe of a GHCB page, and how it answers.
#include "model/host/ghcb_page.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace model::host {
namespace {

class GhcbPage : public testing::Test {
protected:
    void ask(std::uint64_t event, std::uint64_t info_1 = 0, std::uint64_t info_2 = 0) {
        GHCB_PUT(page, sw_exit_code, event);
        GHCB_PUT(page, sw_exit_info_1, info_1);
        GHCB_PUT(page, sw_exit_info_2, info_2);
    }
    std::unique_ptr<abi::Ghcb> storage = std::make_unique<abi::Ghcb>();
    abi::Ghcb& page = *storage;
};

TEST_F(GhcbPage, takes_a_complete_request_and_clears_the_bitmap) {
    ask(0x72, 1, 2);
    GHCB_PUT(page, rax, 7);
    const auto request = take_request(page);
    ASSERT_TRUE(request);
    EXPECT_EQ(request->event, abi::NaeEvent::Cpuid);
    EXPECT_EQ(request->info_1, 1u);
    EXPECT_EQ(request->info_2, 2u);
    EXPECT_TRUE(request->rax_valid);
    EXPECT_EQ(request->rax, 7u);
    EXPECT_EQ(page.valid_bitmap[0] | page.valid_bitmap[1], 0u);
}
TEST_F(GhcbPage, cpl_is_one_byte_with_the_bit_of_its_quadword) {
    ask(0x81);
    page.cpl = 3;
    EXPECT_FALSE(take_request(page)->cpl_valid);
    ask(0x81);
    page.valid_bitmap[GHCB_BIT(cpl) / 64] |= 1ull << GHCB_BIT(cpl) % 64;
    auto copy = std::make_unique<abi::Ghcb>();
    copy_fields(*copy, page);
    const auto request = take_request(*copy);
    EXPECT_TRUE(request->cpl_valid);
    EXPECT_EQ(request->cpl, 3);
}

TEST_F(GhcbPage, kvm_returns_four_registers_and_keeps_what_the_event_yields) {
    ask(0x7c);
    GHCB_PUT(page, rax, 1);
    GHCB_PUT(page, rbx, 2);
    const auto request = take_request(page);
    GHCB_PUT(page, rax, 7);
    echo_registers(page, *request);
    EXPECT_EQ(page.rax, 7u);
    EXPECT_EQ(page.rbx, 2u);
    EXPECT_EQ(page.rcx + page.rdx, 0u);
    for (const unsigned bit : {GHCB_BIT(rax), GHCB_BIT(rbx), GHCB_BIT(rcx), GHCB_BIT(rdx)})
        EXPECT_TRUE((page.valid_bitmap[bit / 64] >> bit % 64 & 1) != 0) << bit;
}

TEST_F(GhcbPage, each_host_has_its_end_for_a_page_that_is_not_shared_or_registered) {
    using abi::adyton::Host;
    for (const Host host : {Host::Strict, Host::Planes}) {
        EXPECT_EQ(plan_page_use(host, false), PageUse::End);
        EXPECT_EQ(plan_registration(host, false), PageUse::Answer) << "with an error";
    }
    EXPECT_EQ(plan_page_use(Host::Kvm, false), PageUse::Resume);
    EXPECT_EQ(plan_registration(Host::Kvm, false), PageUse::End);
    EXPECT_EQ(plan_page_use(Host::Kvm, true), PageUse::Answer);
    EXPECT_EQ(plan_registration(Host::Kvm, true), PageUse::Answer);
}

// The host works on a copy of what is in use; a field that were forgotten there would be lost
// in both directions.
TEST_F(GhcbPage, all_that_a_request_and_a_reply_need_is_copied) {
    ask(0x80000001, 1, 2);
    GHCB_PUT(page, rax, 3);
    GHCB_PUT(page, rbx, 4);
    GHCB_PUT(page, rcx, 5);
    GHCB_PUT(page, rdx, 6);
    GHCB_PUT(page, sw_scratch, 7);
    page.usage = 8;
    page.protocol_version = 2;
    page.shared_buffer[0] = 9;
    auto copy = std::make_unique<abi::Ghcb>();
    copy_fields(*copy, page);
    EXPECT_EQ(copy->usage, 8u);
    EXPECT_EQ(copy->protocol_version, 2u);
    EXPECT_EQ(copy->shared_buffer[0], 0u) << "the buffer is copied when a request uses it";
    copy->usage = 0;
    const auto request = take_request(*copy);
    ASSERT_TRUE(request);
    EXPECT_EQ(request->event, abi::NaeEvent::MmioRead);
    EXPECT_EQ(request->info_1 + request->info_2 + request->rax + request->rbx, 10u);
    EXPECT_EQ(request->rcx + request->rdx + request->scratch, 18u);
    reply_ok(*copy, 11);
    copy_fields(page, *copy);
    EXPECT_EQ(page.sw_exit_info_2, 11u);
    EXPECT_EQ(page.valid_bitmap[0], copy->valid_bitmap[0]);
    EXPECT_EQ(page.valid_bitmap[1], copy->valid_bitmap[1]);
}
TEST_F(GhcbPage, an_exception_is_asked_for_in_the_form_of_an_event) {
    reply_invalid_opcode(page);
    EXPECT_EQ(page.sw_exit_info_1, 1u);
    EXPECT_EQ(page.sw_exit_info_2, 0x80000306u);
    reply_general_protection(page);
    EXPECT_EQ(page.sw_exit_info_2, 0x80000b0du);
}
TEST_F(GhcbPage, a_field_without_its_valid_bit_is_not_there) {
    ask(0x72);
    page.rcx = 99;
    const auto request = take_request(page);
    EXPECT_FALSE(request->rcx_valid);
    EXPECT_EQ(request->rcx, 0u);
}
TEST_F(GhcbPage, each_of_the_three_mandatory_fields_is_missed) {
    for (const unsigned bit : {GHCB_BIT(sw_exit_code), GHCB_BIT(sw_exit_info_1), GHCB_BIT(sw_exit_info_2)}) {
        ask(0x72);
        page.valid_bitmap[1] &= ~(1ull << (bit - 64));
        EXPECT_EQ(take_request(page).error(), abi::NaeError::MissingInput);
    }
}
TEST_F(GhcbPage, only_usage_zero_is_ours) {
    ask(0x72);
    page.usage = 1;
    EXPECT_EQ(take_request(page).error(), abi::NaeError::InvalidUsage);
}
TEST_F(GhcbPage, a_host_may_insist_on_a_version) {
    constexpr PageVersions version_2{2, 2};
    for (const unsigned version : {0u, 1u, 3u}) {
        ask(0x72);
        page.protocol_version = static_cast<std::uint16_t>(version);
        EXPECT_EQ(take_request(page, version_2).error(), abi::NaeError::InvalidUsage) << version;
        ask(0x72);
        EXPECT_TRUE(take_request(page)) << "KVM does not look";
    }
    ask(0x72);
    page.protocol_version = 2;
    EXPECT_TRUE(take_request(page, version_2));
}
TEST_F(GhcbPage, scratch_must_lie_in_this_pages_buffer) {
    const Gpa gpa{0x5000};
    EXPECT_EQ(scratch_offset(gpa, 0x5800, 8), 0u);
    EXPECT_EQ(scratch_offset(gpa, 0x5fe8, 8), 0x7e8u);
    EXPECT_FALSE(scratch_offset(gpa, 0x5fe9, 8));
    EXPECT_FALSE(scratch_offset(gpa, 0x57ff, 8));
    EXPECT_FALSE(scratch_offset(gpa, 0x6800, 8));
    EXPECT_FALSE(scratch_offset(gpa, ~0ull, 8));
    EXPECT_FALSE(scratch_offset(gpa, 0x5800, 0x7f1));
}
TEST_F(GhcbPage, replies_carry_their_valid_bits) {
    reply_malformed(page, abi::NaeError::InvalidEvent);
    EXPECT_EQ(page.sw_exit_info_1, 2u);
    EXPECT_EQ(page.sw_exit_info_2, 6u);
    EXPECT_TRUE(page.valid_bitmap[1] >> (GHCB_BIT(sw_exit_info_1) - 64) & 1);
    reply_general_protection(page);
    EXPECT_EQ(page.sw_exit_info_1, 1u);
    EXPECT_EQ(page.sw_exit_info_2, 0x8000'0b0du);
}

}  // namespace
}  // namespace model::host

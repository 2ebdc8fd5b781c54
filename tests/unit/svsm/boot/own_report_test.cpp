// SPDX-License-Identifier: MIT
// What the SVSM takes and refuses of a launch, bit by bit.
#include "svsm/boot/own_report.hpp"

#include <array>

#include <gtest/gtest.h>

namespace svsm {
namespace {

using abi::AttestationReport, abi::adyton::BootBlock, abi::adyton::PageMoves, abi::adyton::TcbFloor;

constexpr std::uint64_t smt = 1ull << 16, one = 1ull << 17, migration = 1ull << 18, debug = 1ull << 19,
                        single_socket = 1ull << 20, cxl = 1ull << 21, xts = 1ull << 22, rapl = 1ull << 23,
                        hiding = 1ull << 24, no_swap = 1ull << 25, every_known = 0x3ff'ffff;

/// Without an error: Panic, which no check here gives.
Termination judge(std::uint64_t launched, std::uint64_t of_image, PageMoves moves = PageMoves::Allowed) {
    AttestationReport report{};
    report.policy = launched;
    BootBlock block{};
    block.policy = of_image;
    block.page_moves = moves;
    return check_own_report(report, block).error_or(Termination::Panic);
}
constexpr auto fine = Termination::Panic;

TEST(OwnReport, the_images_policy_is_fine) {
    for (const auto policy : {one, one | smt, one | smt | debug, one | no_swap | hiding | 0x137, every_known})
        EXPECT_EQ(judge(policy, policy), fine) << policy;
}

TEST(OwnReport, a_stricter_launch_is_fine) {
    EXPECT_EQ(judge(one | hiding | no_swap | single_socket | xts | rapl | 0x137, one | smt | debug), fine);
}

TEST(OwnReport, the_host_may_not_debug_unless_the_image_says_so) {
    EXPECT_EQ(judge(one | debug, one), Termination::PolicyDebug);
    // The gravest reason is the one that is told.
    EXPECT_EQ(judge(one | debug | smt | 1ull << 40, one | no_swap), Termination::PolicyDebug);
}

TEST(OwnReport, an_image_that_relies_on_pages_that_stay_gets_them) {
    EXPECT_EQ(judge(one, one, PageMoves::Forbidden), Termination::PolicyPageMoves);
    EXPECT_EQ(judge(one, one | no_swap), Termination::PolicyPageMoves);
    EXPECT_EQ(judge(one | no_swap, one, PageMoves::Forbidden), fine);
}

TEST(OwnReport, every_other_right_must_be_the_images) {
    for (const auto right : {smt, migration, cxl}) {
        EXPECT_EQ(judge(one | right, one), Termination::PolicyLaxer) << right;
        EXPECT_EQ(judge(one | right, one | right), fine) << right;
    }
}

TEST(OwnReport, every_duty_of_the_image_must_be_there) {
    for (const auto duty : {single_socket, xts, rapl, hiding})
        EXPECT_EQ(judge(one, one | duty), Termination::PolicyLaxer) << duty;
}

TEST(OwnReport, bits_of_later_versions_are_refused) {
    for (unsigned bit = 26; bit < 64; ++bit)
        EXPECT_EQ(judge(one | 1ull << bit, one | 1ull << bit), Termination::PolicyLaxer) << bit;
}

TEST(OwnReport, the_firmware_may_not_be_older_than_the_image_asks) {
    EXPECT_EQ(judge(one | 0x0136, one | 0x0137), Termination::PolicyLaxer);
    EXPECT_EQ(judge(one | 0x0137, one | 0x0137), fine);
    EXPECT_EQ(judge(one | 0x0200, one | 0x0137), fine) << "the major version counts first";
    EXPECT_EQ(judge(one | 0x01ff, one | 0x0200), Termination::PolicyLaxer);
}

struct Chip {
    const char* name;
    std::uint32_t version;
    std::uint8_t family;
    std::array<int, 5> at;  ///< of fmc, bootloader, tee, snp, microcode in the TCB version; -1: has none
};
constexpr Chip chips[] = {{"Genoa", 5, 0x19, {-1, 0, 1, 6, 7}},
                          {"Milan, version 2", 2, 0, {-1, 0, 1, 6, 7}},
                          {"Turin", 3, 0x1a, {0, 1, 2, 3, 7}}};
constexpr std::array parts{&TcbFloor::fmc, &TcbFloor::bootloader, &TcbFloor::tee, &TcbFloor::snp,
                           &TcbFloor::microcode};

Termination judge_tcb(const Chip& chip, const AttestationReport& like, const TcbFloor& floor) {
    AttestationReport report = like;
    report.version = chip.version;
    report.family = chip.family;
    BootBlock block{};
    block.tcb_floor = floor;
    return check_own_report(report, block).error_or(Termination::Panic);
}

TEST(OwnReport, each_part_of_the_committed_tcb_is_at_least_the_floor) {
    for (const Chip& chip : chips)
        for (std::size_t i = 0; i < parts.size(); ++i) {
            TcbFloor floor{};
            floor.*parts[i] = 200;
            AttestationReport report{};
            // All other fields are as new as can be, and none of them stands for this one.
            report.current_tcb = report.reported_tcb = report.launch_tcb =
                report.committed_tcb = {{255, 255, 255, 255, 255, 255, 255, 255}};
            if (chip.at[i] < 0) {
                EXPECT_EQ(judge_tcb(chip, report, floor), Termination::TcbFloor) << chip.name;
                continue;
            }
            auto& part = report.committed_tcb.bytes[chip.at[i]];
            for (const auto& [version, end] :
                 {std::pair{199, Termination::TcbFloor}, {200, fine}, {201, fine}}) {
                part = static_cast<std::uint8_t>(version);
                EXPECT_EQ(judge_tcb(chip, report, floor), end)
                    << chip.name << " part " << i << ' ' << version;
            }
        }
}

TEST(OwnReport, an_unknown_generation_has_no_tcb_to_compare) {
    AttestationReport report{};
    report.committed_tcb = {{255, 255, 255, 255, 255, 255, 255, 255}};
    const Chip unknown{"unknown", 5, 0x1b, {}};
    EXPECT_EQ(judge_tcb(unknown, report, {.snp = 1}), Termination::TcbFloor);
    EXPECT_EQ(judge_tcb(unknown, report, {}), fine) << "and nothing was asked of it";
}

}  // namespace
}  // namespace svsm

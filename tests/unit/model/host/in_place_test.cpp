// SPDX-License-Identifier: MIT
#include "model/host/in_place.hpp"

#include <gtest/gtest.h>

namespace model::host {
namespace {

using abi::NaeEvent;

TEST(InPlace, what_other_software_could_see_in_the_save_area_is_answered_out_of_it) {
    for (const NaeEvent event : {NaeEvent::RunVmpl, NaeEvent::ApCreation, NaeEvent::ApResetHold,
                                 NaeEvent::PageStateChange, NaeEvent::Terminate})
        EXPECT_FALSE(is_answered_in_place(event)) << static_cast<std::uint64_t>(event);
    using namespace ghcb_msr;
    for (const Request& request :
         {Request{RunVmpl{1}}, Request{ApResetHold{}}, Request{PageStateChange{Gpa{0x1000}, 1}},
          Request{Terminate{0, 0}}, Request{Unknown{0x123}}})
        EXPECT_FALSE(is_answered_in_place(request)) << request.index();
}

TEST(InPlace, an_event_that_no_specification_knows_is_not_on_the_list) {
    for (std::uint64_t event = 0; event < 0x1'0000; ++event) {
        const auto number = 0x8000'0000 + event;
        if (!is_answered_in_place(NaeEvent{number})) continue;
        EXPECT_TRUE(number <= 0x8000'0003 || number == 0x8000'0017 || number == 0x8000'fffd) << number;
    }
}

TEST(InPlace, what_programs_ask_most_is) {
    for (const NaeEvent event : {NaeEvent::Cpuid, NaeEvent::Ioio, NaeEvent::Msr, NaeEvent::MmioRead,
                                 NaeEvent::MmioWrite, NaeEvent::HypervisorFeatures})
        EXPECT_TRUE(is_answered_in_place(event)) << static_cast<std::uint64_t>(event);
    EXPECT_TRUE(is_answered_in_place(ghcb_msr::Request{ghcb_msr::UseGhcbPage{Gpa{0x1000}}}));
    EXPECT_TRUE(is_answered_in_place(ghcb_msr::Request{ghcb_msr::Features{}}));
}

}  // namespace
}  // namespace model::host

// SPDX-License-Identifier: MIT
// When a vCPU that tries an access again is one that does nothing else.
#include "model/host/retries.hpp"

#include <gtest/gtest.h>

namespace model::host {
namespace {

constexpr Try first{Gpa{0x5000}, AccessKind::Write, 0x10'0000, 7};

Try later(std::uint64_t exits) { return {first.at, first.kind, first.rip, first.exits + exits}; }

TEST(Retries, of_one_access_are_counted) {
    Retries retries;
    for (std::uint64_t i = 0; i < 100; ++i) EXPECT_EQ(retries.note(later(i)), i + 1);
}

TEST(Retries, begin_anew_when_the_vcpu_did_something_else) {
    Retries retries;
    EXPECT_EQ(retries.note(first), 1u);
    EXPECT_EQ(retries.note(later(1)), 2u);
    EXPECT_EQ(retries.note(later(3)), 1u) << "an exit in between";
}

TEST(Retries, of_another_access_begin_anew) {
    const auto after_one = [](const Try& next) {
        Retries retries;
        (void)retries.note(first);
        return retries.note(next);
    };
    EXPECT_EQ(after_one(later(1)), 2u);
    for (const Try& other :
         {Try{Gpa{0x6000}, first.kind, first.rip, 8}, Try{first.at, AccessKind::Read, first.rip, 8},
          Try{first.at, first.kind, first.rip + 3, 8}})
        EXPECT_EQ(after_one(other), 1u);
}

}  // namespace
}  // namespace model::host

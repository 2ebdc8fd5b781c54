// SPDX-License-Identifier: MIT
// The book of parameter areas: no place of it is outside its buffer, and no two areas share a byte.
#include "igvm/parameter_areas.hpp"

#include <gtest/gtest.h>

namespace igvm {
namespace {

TEST(ParameterAreas, lie_behind_one_another_in_the_buffer) {
    ParameterAreas areas;
    ASSERT_TRUE(areas.declare({7, page_bytes}));
    ASSERT_TRUE(areas.declare({1, 3 * page_bytes}));
    ASSERT_TRUE(areas.declare({0, page_bytes}));
    EXPECT_EQ(areas.find({7, 0}, 1)->offset, 0u);
    EXPECT_EQ(areas.find({1, 0}, 1)->offset, page_bytes);
    EXPECT_EQ(areas.find({0, 0}, 1)->offset, 4 * page_bytes);
}

TEST(ParameterAreas, a_place_reaches_to_the_end_of_its_area) {
    ParameterAreas areas;
    ASSERT_TRUE(areas.declare({0, page_bytes}));
    ASSERT_TRUE(areas.declare({1, 2 * page_bytes}));
    const auto place = areas.find({1, 24}, 8);
    ASSERT_TRUE(place);
    EXPECT_EQ(place->offset, page_bytes + 24);
    EXPECT_EQ(place->bytes, 2 * page_bytes - 24);
    EXPECT_EQ(areas.find({0, 4092}, 4)->bytes, 4u);
    EXPECT_EQ(areas.find({0, 4096}, 0)->bytes, 0u);
    EXPECT_EQ(areas.find({0, 4093}, 4).error(), Error::OutsideArea);
    EXPECT_EQ(areas.find({0, 4097}, 0).error(), Error::OutsideArea);
    EXPECT_EQ(areas.find({0, ~0u}, ~0ull).error(), Error::OutsideArea);
}

TEST(ParameterAreas, are_inserted_whole_and_once) {
    ParameterAreas areas;
    ASSERT_TRUE(areas.declare({0, page_bytes}));
    ASSERT_TRUE(areas.declare({1, 2 * page_bytes}));
    const auto place = areas.insert(1);
    ASSERT_TRUE(place);
    EXPECT_EQ(place->offset, page_bytes);
    EXPECT_EQ(place->bytes, 2 * page_bytes);
    EXPECT_EQ(areas.insert(1).error(), Error::NoArea);
    EXPECT_EQ(areas.find({1, 0}, 4).error(), Error::NoArea);
    EXPECT_EQ(areas.insert(2).error(), Error::NoArea);
    EXPECT_TRUE(areas.find({0, 0}, 4)) << "the other one goes on";
}

TEST(ParameterAreas, a_refused_one_takes_no_room) {
    ParameterAreas areas;
    ASSERT_TRUE(areas.declare({0, max_parameter_bytes - page_bytes}));
    EXPECT_EQ(areas.declare({1, 0}).error(), Error::BadAreaSize);
    EXPECT_EQ(areas.declare({1, page_bytes + 8}).error(), Error::BadAreaSize);
    EXPECT_EQ(areas.declare({0, page_bytes}).error(), Error::AreaTwice);
    EXPECT_EQ(areas.declare({1, 2 * page_bytes}).error(), Error::ManyAreas);
    EXPECT_EQ(areas.declare({1, ~0ull << 12}).error(), Error::ManyAreas);
    ASSERT_TRUE(areas.declare({1, page_bytes}));
    const auto last = areas.find({1, 4095}, 1);
    ASSERT_TRUE(last);
    EXPECT_EQ(last->offset + last->bytes, max_parameter_bytes);
}

TEST(ParameterAreas, as_many_as_the_limit_says_and_none_more) {
    ParameterAreas areas;
    for (std::uint32_t i = 0; i < max_parameter_areas; ++i) ASSERT_TRUE(areas.declare({i, page_bytes}));
    EXPECT_EQ(areas.declare({99, page_bytes}).error(), Error::ManyAreas);
}

}  // namespace
}  // namespace igvm

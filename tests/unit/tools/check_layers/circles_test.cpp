// SPDX-License-Identifier: MIT
// Rooms that include each other, straight away or by way of others.
#include <gtest/gtest.h>

#include "tests/unit/tools/check_layers/small_tree.hpp"
#include "tools/check_layers/circles.hpp"

namespace tools::check_layers {
namespace {

class Circles : public SmallTree {
protected:
    Circles() { write_table("| `house/` | | |\n| `house/words.hpp` | | |\n"); }
    [[nodiscard]] std::vector<std::string> found() const { return circles(sources(), rules()); }
};

TEST_F(Circles, FloorsPass) {
    write_source("house/attic/a.cpp", {"house/attic/a.hpp", "house/cellar/a.hpp"});
    write_source("house/middle/a.cpp", {"house/cellar/a.hpp", "house/cellar/b.hpp"});
    write_source("house/attic/b.cpp", {"house/middle/a.hpp"});
    EXPECT_TRUE(found().empty());
}

TEST_F(Circles, TwoRoomsAreNamedWithOneIncludeForEachDirection) {
    write_source("house/a/x.cpp", {"house/a/x.hpp", "house/b/y.hpp"});
    write_source("house/b/z.hpp", {"house/a/x.hpp"});
    ASSERT_EQ(found().size(), 1u);
    EXPECT_EQ(found()[0],
              "circle of rooms: house/a -> house/b -> house/a\n"
              "  house/a/x.cpp:3: includes \"house/b/y.hpp\"\n"
              "  house/b/z.hpp:2: includes \"house/a/x.hpp\"");
}

TEST_F(Circles, SeveralRoomsAreNamedInTheirOrder) {
    write_source("house/c/x.cpp", {"house/a/x.hpp"});
    write_source("house/a/x.cpp", {"house/b/x.hpp"});
    write_source("house/b/x.cpp", {"house/c/x.hpp"});
    ASSERT_EQ(found().size(), 1u);
    EXPECT_TRUE(found()[0].starts_with("circle of rooms: house/a -> house/b -> house/c -> house/a\n"));
}

TEST_F(Circles, TheShortestIsTold) {
    write_source("house/a/x.cpp", {"house/b/x.hpp"});
    write_source("house/b/x.cpp", {"house/c/x.hpp"});
    write_source("house/c/x.cpp", {"house/a/x.hpp", "house/b/x.hpp"});
    ASSERT_EQ(found().size(), 1u) << "a circle that shares a room waits until the shorter one is mended";
    EXPECT_TRUE(found()[0].starts_with("circle of rooms: house/b -> house/c -> house/b\n"));
}

TEST_F(Circles, ThoseThatShareNoRoomAreToldTogether) {
    write_source("house/a/x.cpp", {"house/b/x.hpp"});
    write_source("house/b/x.cpp", {"house/a/x.hpp"});
    write_source("house/c/x.cpp", {"house/d/x.hpp"});
    write_source("house/d/x.cpp", {"house/c/x.hpp"});
    EXPECT_EQ(found().size(), 2u);
}

TEST_F(Circles, AFolderAndTheOneAboveItAreTwoRooms) {
    write_source("house/a/x.cpp", {"house/a/inner/x.hpp"});
    write_source("house/a/inner/x.cpp", {"house/a/x.hpp"});
    EXPECT_EQ(found().size(), 1u);
}

TEST_F(Circles, AFileWithARowIsARoomOfItsOwn) {
    write_source("house/main.cpp", {"house/a/x.hpp"});
    write_source("house/a/x.cpp", {"house/words.hpp"});
    EXPECT_TRUE(found().empty()) << "words.hpp includes nothing, whatever its folder does";
    write_source("house/words.hpp", {"house/a/x.hpp"});
    ASSERT_EQ(found().size(), 1u);
    EXPECT_TRUE(found()[0].starts_with("circle of rooms: house/a -> house/words.hpp -> house/a\n"));
}

TEST_F(Circles, WithinARoomEverythingMayIncludeEverything) {
    write_source("house/a/x.hpp", {"house/a/y.hpp"});
    write_source("house/a/y.hpp", {"house/a/x.hpp"});
    EXPECT_TRUE(found().empty());
}

}  // namespace
}  // namespace tools::check_layers

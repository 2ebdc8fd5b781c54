// SPDX-License-Identifier: MIT
// Tests that lie elsewhere than what they test, and tests that nothing compiles.
#include <gtest/gtest.h>

#include "tests/unit/tools/check_layers/small_tree.hpp"
#include "tools/check_layers/mirror.hpp"

namespace tools::check_layers {
namespace {

class Mirror : public SmallTree {
protected:
    Mirror() {
        write_table("| `house/` | | |\n| `tests/` | | |\n");
        write_source("house/room/x.cpp");
        write_source("tests/unit/house/room/x_test.cpp");
        write("tests/unit/house/room/CMakeLists.txt", "target_sources(house_tests PRIVATE x_test.cpp)\n");
    }
    [[nodiscard]] std::vector<std::string> misplaced() const {
        return misplaced_tests(root.path(), sources());
    }
};

TEST_F(Mirror, ATestBesideWhatItTestsPasses) { EXPECT_TRUE(misplaced().empty()); }

TEST_F(Mirror, ATestOfAFolderThatDoesNotExistIsNamed) {
    write_source("tests/unit/house/x_test.cpp");
    write("tests/unit/house/CMakeLists.txt", "target_sources(house_tests PRIVATE\n    x_test.cpp)\n");
    ASSERT_EQ(misplaced().size(), 1u) << "house has a room, and no file of its own";
    EXPECT_EQ(misplaced()[0], "tests/unit/house/x_test.cpp:1: there is no folder house that it could test");
}

TEST_F(Mirror, ATestThatNoListHoldsIsNamed) {
    write_source("tests/unit/house/room/y_test.cpp");
    ASSERT_EQ(misplaced().size(), 1u);
    EXPECT_EQ(misplaced()[0],
              "tests/unit/house/room/y_test.cpp:1: is not in tests/unit/house/room/CMakeLists.txt");
    write("tests/unit/house/room/CMakeLists.txt",
          "target_sources(house_tests PRIVATE\n    my_test.cpp\n    x_test.cpp)\n");
    EXPECT_EQ(misplaced().size(), 1u) << "my_test.cpp is another";
}

TEST_F(Mirror, HelpersAndOtherKindsOfTestsMayLieAnywhere) {
    write_source("tests/unit/house/fixture.hpp");
    write_source("tests/system/nowhere/x_test.cpp");
    EXPECT_TRUE(misplaced().empty());
}

}  // namespace
}  // namespace tools::check_layers

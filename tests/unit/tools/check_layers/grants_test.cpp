// SPDX-License-Identifier: MIT
// A table that grants more than the tree uses.
#include <gtest/gtest.h>

#include "tests/unit/tools/check_layers/small_tree.hpp"
#include "tools/check_layers/edges.hpp"

namespace tools::check_layers {
namespace {

class Grants : public SmallTree {
protected:
    Grants() {
        write_table("| `low` | | |\n| `mid` `mid2` | `low/a.hpp` | |\n| `high/` | `mid` | |\n");
        write_source("low/a.hpp");
        write_source("mid/x.cpp", {"low/a.hpp"});
        write_source("mid2/x.cpp", {"low/a.hpp"});
        write_source("high/inner/x.cpp", {"mid/x.hpp"});
    }
    [[nodiscard]] std::vector<std::string> unused() const { return unused_grants(sources(), rules()); }
};

TEST_F(Grants, ThatAreUsedPass) { EXPECT_TRUE(unused().empty()); }

TEST_F(Grants, ThatNoFileUsesAreNamedWithTheirRow) {
    write_source("mid2/x.cpp", {"low/b.hpp"});
    ASSERT_EQ(unused().size(), 1u) << "one part of a row does not use what the other does";
    EXPECT_EQ(unused()[0], "docs/boundaries.md:4: `mid2` may include `low/a.hpp`, and no file of it does");
}

TEST_F(Grants, ToThePartItselfAreUsedByNobody) {
    write_table("| `low` | | |\n| `mid` | `low` `mid` | |\n| `mid2` | `low` | |\n| `high/` | `mid` | |\n");
    write_source("mid/y.cpp", {"mid/x.hpp"});
    ASSERT_EQ(unused().size(), 1u) << "within one part no grant is needed";
    EXPECT_TRUE(unused()[0].starts_with("docs/boundaries.md:4: `mid` may include `mid`"));
}

TEST_F(Grants, ARowForNoSourceIsNamed) {
    write_table(
        "| `low` | | |\n| `mid` | `low` | |\n| `mid2` | `low` | |\n| `high/` | `mid` | |\n| `gone` | | |\n");
    ASSERT_EQ(unused().size(), 1u);
    EXPECT_EQ(unused()[0], "docs/boundaries.md:7: `gone` names no source file");
}

}  // namespace
}  // namespace tools::check_layers

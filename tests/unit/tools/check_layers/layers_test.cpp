// SPDX-License-Identifier: MIT
// Includes against the table, on a small tree.
#include <gtest/gtest.h>

#include "tests/unit/tools/check_layers/small_tree.hpp"
#include "tools/check_layers/edges.hpp"

namespace tools::check_layers {
namespace {

class Layers : public SmallTree {
protected:
    Layers() {
        write_table(
            "| `low/` | | first |\n| `mid` `mid2` | `low` `high/door.hpp` | |\n"
            "| `high` | `low` `mid` | |\n| `high/inner` | `low` | |\n");
        for (const char* header :
             {"low/a.hpp", "mid/a.hpp", "mid2/a.hpp", "high/a.hpp", "high/door.hpp", "high/inner/a.hpp"})
            write_source(header);
    }
    /// Findings about a file with one include.
    std::vector<std::string> findings(const std::string& path, const std::string& target) {
        write_source(path, {target});
        return check_source(root.path(), read_source(root.path(), path), rules());
    }
};

TEST_F(Layers, AllowedEdgesPass) {
    EXPECT_TRUE(findings("mid/x.cpp", "low/a.hpp").empty());
    EXPECT_TRUE(findings("mid2/x.cpp", "high/door.hpp").empty());
    EXPECT_TRUE(findings("high/x.cpp", "mid/a.hpp").empty());
    EXPECT_TRUE(findings("high/x.cpp", "high/a.hpp").empty()) << "within one part";
}

TEST_F(Layers, ForbiddenEdgesAreNamedWithTheirLine) {
    ASSERT_EQ(findings("low/x.cpp", "mid/a.hpp").size(), 1u);
    EXPECT_TRUE(
        findings("low/x.cpp", "mid/a.hpp")[0].starts_with("low/x.cpp:2: may not include \"mid/a.hpp\""));
    EXPECT_EQ(findings("mid/x.cpp", "high/a.hpp").size(), 1u) << "only its door is open";
    EXPECT_EQ(findings("mid/x.cpp", "mid2/a.hpp").size(), 1u) << "a row is not one part";
}

TEST_F(Layers, TheLongestNameWins) {
    EXPECT_EQ(findings("high/inner/x.cpp", "mid/a.hpp").size(), 1u);
    EXPECT_EQ(findings("high/x.cpp", "high/inner/a.hpp").size(), 1u);
}

TEST_F(Layers, AFolderWithoutSlashSpeaksAboutItsOwnFilesOnly) {
    EXPECT_EQ(rules().rule_for("low/deep/er/x.cpp")->part, "low") << "a slash stands for everything below";
    EXPECT_EQ(rules().rule_for("mid/deep/x.cpp"), nullptr);
    write_source("mid/deep/x.cpp");
    write_source("mid/deep/y.cpp");
    write_source("low/deep/x.cpp");
    const auto missing = rooms_without_row(sources(), rules());
    ASSERT_EQ(missing.size(), 1u) << "one finding a folder";
    EXPECT_TRUE(missing[0].starts_with("mid/deep/x.cpp:1: its folder has no row"));
}

TEST_F(Layers, IncludesAreWrittenFromTheRoot) {
    EXPECT_EQ(findings("mid/x.cpp", "../low/a.hpp").size(), 1u);
    EXPECT_EQ(findings("mid/x.cpp", "a.hpp").size(), 1u);
    EXPECT_EQ(findings("mid/x.cpp", "low/nosuch.hpp").size(), 1u);
    EXPECT_EQ(findings("mid/x.cpp", "elsewhere/a.hpp").size(), 1u);
}

TEST_F(Layers, EverySourceFileHasItsLicenceLine) {
    const auto findings_of = [&](const std::string& path) {
        return check_source(root.path(), read_source(root.path(), path), rules());
    };
    write("low/x.cpp", "int x;\n\n// SPDX-License-Identifier: MIT\n");
    EXPECT_EQ(findings_of("low/x.cpp").size(), 1u);
    write("low/x.sh", "#!/bin/sh\n# SPDX-License-Identifier: MIT\n");
    EXPECT_TRUE(findings_of("low/x.sh").empty());
}

TEST_F(Layers, ADocumentWithoutTableIsNoRule) {
    EXPECT_TRUE(Rules::read(root / "low/a.hpp").empty());
    EXPECT_TRUE(Rules::read(root / "nosuch").empty());
}

}  // namespace
}  // namespace tools::check_layers

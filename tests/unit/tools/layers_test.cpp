// SPDX-License-Identifier: MIT
// The check of the include rules, on a small tree of its own.
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "tools/check_layers/scan.hpp"

namespace tools::check_layers {
namespace {

namespace fs = std::filesystem;

class Layers : public testing::Test {
protected:
    Layers() {
        write("docs/boundaries.md",
              "| part | may include |\n|---|---|\n| `low` | | first |\n| `mid` `mid2` | `low` "
              "`high/door.hpp` | |\n"
              "| `high` | `low` `mid` | |\n| `high/inner` | `low` | |\n");
        for (const char* header :
             {"low/a.hpp", "mid/a.hpp", "mid2/a.hpp", "high/a.hpp", "high/door.hpp", "high/inner/a.hpp"})
            write(header, "// SPDX-License-Identifier: MIT\n");
    }
    ~Layers() override { fs::remove_all(root); }
    void write(const std::string& path, const std::string& text) {
        fs::create_directories((root / path).parent_path());
        std::ofstream{root / path} << text;
    }
    /// Findings about a file with one include.
    std::vector<std::string> findings(const std::string& path, const std::string& target) {
        write(path, "// SPDX-License-Identifier: MIT\n#include \"" + target + "\"\n");
        return scan_file(root, path, Rules::read(root / "docs/boundaries.md"));
    }
    fs::path root = fs::temp_directory_path() / ("layers-" + std::to_string(::getpid()));
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

TEST_F(Layers, IncludesAreWrittenFromTheRoot) {
    EXPECT_EQ(findings("mid/x.cpp", "../low/a.hpp").size(), 1u);
    EXPECT_EQ(findings("mid/x.cpp", "a.hpp").size(), 1u);
    EXPECT_EQ(findings("mid/x.cpp", "low/nosuch.hpp").size(), 1u);
    EXPECT_EQ(findings("mid/x.cpp", "elsewhere/a.hpp").size(), 1u);
}

TEST_F(Layers, EverySourceFileHasItsLicenceLine) {
    write("low/x.cpp", "int x;\n\n// SPDX-License-Identifier: MIT\n");
    EXPECT_EQ(scan_file(root, "low/x.cpp", Rules::read(root / "docs/boundaries.md")).size(), 1u);
    write("low/x.sh", "#!/bin/sh\n# SPDX-License-Identifier: MIT\n");
    EXPECT_TRUE(scan_file(root, "low/x.sh", Rules::read(root / "docs/boundaries.md")).empty());
}

TEST_F(Layers, ADocumentWithoutTableIsNoRule) {
    EXPECT_TRUE(Rules::read(root / "low/a.hpp").empty());
    EXPECT_TRUE(Rules::read(root / "nosuch").empty());
}

}  // namespace
}  // namespace tools::check_layers

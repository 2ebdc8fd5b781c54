// SPDX-License-Identifier: MIT
// A tree with a table of its own, for the checks that read trees.
#pragma once
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "tests/unit/own_folder.hpp"
#include "tools/check_layers/source.hpp"

namespace tools::check_layers {

class SmallTree : public testing::Test {
protected:
    void write(const std::string& path, const std::string& text) {
        std::filesystem::create_directories((root.path() / path).parent_path());
        std::ofstream{root / path} << text;
    }
    /// The lines of the table; they begin at line 3 of the document.
    void write_table(const std::string& rows) {
        write("docs/boundaries.md", "| part | may include |\n|---|---|\n" + rows);
    }
    /// A licensed source; its includes begin at line 2.
    void write_source(const std::string& path, const std::vector<std::string>& includes = {}) {
        std::string text = "// SPDX-License-Identifier: MIT\n";
        for (const std::string& target : includes) text += "#include \"" + target + "\"\n";
        write(path, text);
    }
    [[nodiscard]] Rules rules() const { return Rules::read(root / "docs/boundaries.md"); }
    [[nodiscard]] std::vector<Source> sources() const { return read_tree(root.path(), rules()); }
    OwnFolder root;
};

}  // namespace tools::check_layers

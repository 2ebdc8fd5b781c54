// SPDX-License-Identifier: MIT
// check_chrome FILE LANES NAME=COUNT...: FILE satisfies the strict reader, has that many lanes in use, and
// that many flows of each name.
#include <fstream>
#include <iostream>
#include <sstream>

#include "tests/unit/tools/trace/chrome_reader.hpp"

int main(int argc, char** argv) {
    if (argc < 3) return 2;
    std::ifstream file{argv[1]};
    std::stringstream text;
    text << file.rdbuf();
    auto trace = tests::ChromeReader::read(text.str());
    const auto expect = [&](const std::string& what, unsigned seen, const std::string& wanted) {
        if (std::to_string(seen) != wanted)
            trace.problems.push_back(what + ": " + std::to_string(seen) + " instead of " + wanted);
    };
    expect("lanes", static_cast<unsigned>(trace.lanes.size()), argv[2]);
    expect("lanes with slices", static_cast<unsigned>(trace.busy.size()), argv[2]);
    for (int i = 3; i < argc; ++i) {
        const std::string word = argv[i], name = word.substr(0, word.find('='));
        expect("flows '" + name + "'", trace.flows[name], word.substr(name.size() + 1));
    }
    for (const auto& problem : trace.problems) std::cerr << problem << '\n';
    std::cout << trace.slices << " slices, " << trace.deepest << " deep\n";
    return trace.problems.empty() && trace.slices > 100 && trace.deepest >= 3 ? 0 : 1;
}

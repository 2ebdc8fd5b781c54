// SPDX-License-Identifier: MIT
// The program `adyton`: one of the commands of commands.cpp, chosen by what was typed.
#include "tools/cli/parser.hpp"
#include "tools/commands.hpp"
#include "tools/reference/text.hpp"
#include "tools/support/terminal.hpp"

int main(int argc, char** argv) {
    tools::occupy_standard_descriptors();
    try {
        const tools::cli::Command program = tools::program();
        return tools::cli::run(
            program, {"adyton " + std::string{tools::reference::version()}, tools::reference::help_text()},
            argc, argv);
    } catch (const tools::StdoutLost& lost) {
        return static_cast<int>(tools::report(lost));
    }
}

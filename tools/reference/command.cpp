// SPDX-License-Identifier: MIT
#include "tools/reference/command.hpp"

#include <memory>

#include "tools/reference/reference.hpp"
#include "tools/reference/text.hpp"
#include "tools/support/install.hpp"
#include "tools/support/terminal.hpp"

namespace tools::reference {
namespace {

int print_completion(const cli::Command& program, const std::string& shell) {
    if (shell != "bash" && shell != "zsh")
        return static_cast<int>(
            report(Problem{formatted("there is no completion for '{}'; choose one of: bash zsh", shell)}));
    const auto install = find_install();
    const auto guests = install ? install->guest_names() : std::vector<std::string>{};
    print_out(shell == "bash" ? bash_completion(program, guests) : zsh_completion(program, guests));
    return static_cast<int>(ExitCode::Success);
}

}  // namespace

cli::Command completion(Program program) {
    const auto shell = std::make_shared<std::string>();
    return {.name = "completion",
            .help = "Print a script that completes commands",
            .options = {{"SHELL", "", "bash or zsh", &*shell, true}},
            .action = [program, shell] { return print_completion(program(), *shell); }};
}

cli::Command man(Program program) {
    return {.name = "man", .help = "Print the manual page: ./adyton man | man -l -", .action = [program] {
                print_out(man_page(program(), version()));
                return static_cast<int>(ExitCode::Success);
            }};
}

}  // namespace tools::reference

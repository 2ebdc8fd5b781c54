// SPDX-License-Identifier: MIT
// The table of commands. A new one adds its row here, in the order of the man page, and its line in help.txt,
// which the script ./adyton shows when nothing is built.
#include "tools/commands.hpp"

#include "tools/bench/command.hpp"
#include "tools/fuzz/command.hpp"
#include "tools/images/command.hpp"
#include "tools/profile/command.hpp"
#include "tools/reference/command.hpp"
#include "tools/reference/text.hpp"
#include "tools/report/command.hpp"
#include "tools/run/command.hpp"
#include "tools/soak/command.hpp"
#include "tools/support/problem.hpp"
#include "tools/support/terminal.hpp"
#include "tools/test/command.hpp"
#include "tools/trace/command.hpp"

namespace tools {
namespace {

int welcome() {
    print_out(reference::welcome_text());
    return static_cast<int>(ExitCode::Success);
}

}  // namespace

cli::Command program() {
    return {.name = "adyton",
            .help = "",
            .action = welcome,
            .commands = {
                run::command(),
                soak::command(),
                test::command(),
                fuzz::command(),
                bench::command(),
                profile::command(),
                images::command(),
                attestation::command(),
                trace::command(),
                reference::completion(program),
                reference::man(program),
            }};
}

}  // namespace tools

// SPDX-License-Identifier: MIT
// Images as files.
#include "tools/payload/command.hpp"

#include <unistd.h>

#include <memory>

#include "base/result.hpp"
#include "tools/image/image.hpp"
#include "tools/payload/elf.hpp"
#include "tools/payload/image.hpp"
#include "tools/payload/payload.hpp"
#include "tools/support/output.hpp"
#include "tools/support/terminal.hpp"

namespace tools::payload {
namespace {

/// As typed; what is empty was not given.
struct BuildRequest {
    std::string guest = "demo", output, memory;
    RawBuild build;
    bool no_page_swap = false;
};

/// Refuses a guest that is an image already: there is nothing to build.
Result<void> refuse_image(const std::string& guest, const Install& install) {
    const auto path = TRY(locate(guest, install));
    if (is_igvm(TRY(read_file(path)))) return problem("{} is an image already, not a guest", path.string());
    return {};
}

Result<void> build(const BuildRequest& typed) {
    const Output output = TRY(Output::to(typed.output));
    if (output.is_stdout() && ::isatty(STDOUT_FILENO) == 1)
        return problem("an image would garble the terminal; redirect stdout, or name a file");
    Request request{
        .guest = typed.guest, .build = TRY(parse_build(typed.build)), .pages_stay = typed.no_page_swap};
    if (!typed.memory.empty()) request.memory = TRY(parse_memory(typed.memory));
    const Install install = TRY(find_install());
    TRY_VOID(refuse_image(typed.guest, install));
    const Payload payload = TRY(prepare(request, install));
    TRY_VOID(output.write(payload.image));
    output.tell(
        printable(formatted("adyton: wrote {} ({} bytes): {}guest {}\n", output.name(), payload.image.size(),
                            request.build.has_svsm() ? "the SVSM with " : "", payload.name)));
    return {};
}

Result<void> inspect(const std::string& path) {
    const Buffer bytes = TRY(read_file(path));
    print_out(printable(TRY(image::describe_image(bytes, path))));
    return {};
}

cli::Command build_command() {
    const auto request = std::make_shared<BuildRequest>();
    cli::Command command{.name = "build",
                         .help = "Write an IGVM image of the SVSM and a guest"};
    command.options = {{"GUEST", "", "built guest or ELF file (default: demo)", &request->guest},
                       {"-o,--output", "FILE", "file to write; - is stdout", &request->output, true}};
    cli::append(command.options, build_options(request->build));
    cli::append(
        command.options,
        {{"--memory", "SIZE", "most memory of its guest (default: 48G)", &request->memory},
         {"--no-page-swap", "", "forbid page moves (policy bit 25); zero less", &request->no_page_swap}});
    command.action = [request] { return exit_code_of(build(*request)); };
    return command;
}

cli::Command inspect_command() {
    const auto path = std::make_shared<std::string>();
    return {.name = "inspect",
            .help = "List what an IGVM image holds",
            .options = {{"FILE", "", "IGVM image", &*path, true}},
            .action = [path] { return exit_code_of(inspect(*path)); }};
}

}  // namespace

cli::Command command() {
    return {.name = "image",
            .help = "Build or list IGVM images",
            .commands = {build_command(), inspect_command()}};
}

}  // namespace tools::payload

// SPDX-License-Identifier: MIT
// `adyton image inspect`.
#include "tools/image/inspect.hpp"

#include <memory>

#include "base/result.hpp"
#include "tools/images/parts.hpp"
#include "tools/support/file.hpp"
#include "tools/support/terminal.hpp"

namespace tools::images {
namespace {

struct InspectRequest {
    std::string file;
    bool json = false;
};

Result<void> inspect(const InspectRequest& typed) {
    const Buffer bytes = TRY(read_file(typed.file));
    if (typed.json)
        print_out(TRY(image::describe_image_as_json(bytes, typed.file)));
    else
        print_out(printable(TRY(image::describe_image(bytes, typed.file))));
    return {};
}

}  // namespace

cli::Command inspect_command() {
    const auto request = std::make_shared<InspectRequest>();
    return {.name = "inspect",
            .help = "List what an IGVM image holds",
            .options = {{"FILE", "", "IGVM image", &request->file, true},
                        {"--json", "", "for programs", &request->json}},
            .action = [request] { return exit_code_of(inspect(*request)); }};
}

}  // namespace tools::images

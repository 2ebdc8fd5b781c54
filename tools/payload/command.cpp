// SPDX-License-Identifier: MIT
// Images as files.
#include "tools/payload/command.hpp"

#include <unistd.h>

#include "base/result.hpp"
#include "tools/image/image.hpp"
#include "tools/run/options.hpp"
#include "tools/payload/payload.hpp"
#include "tools/support/file.hpp"
#include "tools/support/install.hpp"
#include "tools/support/output.hpp"
#include "tools/support/terminal.hpp"

namespace tools::image {
namespace {

Result<void> build(const BuildRequest& request) {
    const Output output = TRY(Output::to(request.output));
    if (output.is_stdout() && ::isatty(STDOUT_FILENO) == 1)
        return problem("an image is nothing for a terminal; redirect stdout, or name a file");
    run::RawOptions raw;
    raw.guest = request.guest;
    raw.vmpl = request.vmpl;
    raw.c_bit = request.c_bit;
    raw.svsm = request.svsm;
    raw.svsm_size = request.svsm_size;
    raw.memory = request.memory;
    raw.sev_features = request.sev_features;
    const run::Options options = TRY(run::parse(raw));
    const Install install = TRY(find_install());
    const run::GuestFile guest = TRY(run::find_guest(options.guest, install));
    run::PayloadRequest wanted{options.guest, options.vmpl,       options.c_bit,
                               options.svsm,  options.svsm_bytes, {}};
    wanted.pages_stay = request.no_page_swap;
    wanted.memory = options.memory;
    wanted.sev_features = options.sev_features;
    const run::Payload payload = TRY(run::prepare(wanted, install));
    TRY_VOID(output.write(payload.image));
    output.tell(printable(formatted("adyton: wrote {} ({} bytes): the SVSM with guest {}\n", output.name(),
                                    payload.image.size(), guest.name)));
    return {};
}

Result<std::string> inspect(const std::string& path) {
    const Buffer bytes = TRY(read_file(path));
    return describe_image(bytes, path);
}

int show(const Result<std::string>& text) {
    if (!text) return static_cast<int>(report(text.error()));
    print_out(printable(*text));
    return static_cast<int>(ExitCode::Success);
}

}  // namespace

int build_command(const BuildRequest& request) {
    const auto built = build(request);
    return static_cast<int>(built ? ExitCode::Success : report(built.error()));
}
int inspect_command(const std::string& path) { return show(inspect(path)); }

}  // namespace tools::image

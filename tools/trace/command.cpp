// SPDX-License-Identifier: MIT
// The command.
#include "tools/trace/command.hpp"

#include "base/result.hpp"
#include "tools/support/file.hpp"
#include "tools/support/output.hpp"
#include "tools/support/terminal.hpp"
#include "tools/trace/describe.hpp"
#include "tools/trace/output.hpp"

namespace tools::trace {
namespace {

Result<std::string> render(const Request& request, const Trace& trace) {
    const Filter filter = TRY(parse_filter(request.filter, trace));
    if (request.format == "text") return to_text(trace, filter, request.wide);
    if (request.format == "chrome") return to_chrome(trace, filter);
    if (request.format == "svg") return to_svg(trace, filter);
    if (request.format == "summary") return to_summary(trace, filter);
    return problem("there is no format '{}'; choose text, chrome, svg or summary", request.format);
}

Result<void> run(const Request& request) {
    const Output output = TRY(Output::to(request.output.empty() ? "-" : request.output));
    const Buffer bytes = TRY(read_file(request.file));
    const Trace trace = TRY(parse(bytes, request.file));
    const std::string text = TRY(render(request, trace));
    for (const std::string& note : trace.notes)
        print_error(formatted("{} {}\n", coloured(2, Colour::Yellow, "adyton: note:"), printable(note)));
    if (!output.is_stdout()) return output.write(text);
    print_out(text);
    return {};
}

}  // namespace

std::string kind_list() { return kind_names(); }

int trace_command(const Request& request) {
    const auto done = run(request);
    return static_cast<int>(done ? ExitCode::Success : report(done.error()));
}

}  // namespace tools::trace

// SPDX-License-Identifier: MIT
// The command.
#include "tools/trace/command.hpp"

#include <memory>

#include "base/result.hpp"
#include "tools/support/file.hpp"
#include "tools/support/output.hpp"
#include "tools/support/terminal.hpp"
#include "tools/trace/describe.hpp"
#include "tools/trace/filter.hpp"
#include "tools/trace/output.hpp"

namespace tools::trace {
namespace {

struct Request {
    std::string file, format = "summary", output;
    RawFilter filter;
    bool wide = false;
};

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

cli::Command command() {
    const auto request = std::make_shared<Request>();
    RawFilter& filter = request->filter;
    return {
        .name = "trace",
        .help = "Show what a run recorded with adyton run --trace",
        .options =
            {
                {"FILE", "", "trace to read", &request->file, true},
                {"--format", "FORMAT", "summary, text, chrome or svg (default: summary)", &request->format},
                {"-o,--output", "FILE", "file to write instead of stdout", &request->output},
                {"--cpu", "LIST", "only these vCPUs, like 0,2", &filter.cpu},
                {"--vmpl", "LIST", "only these privilege levels", &filter.vmpl},
                {"--kind", "LIST", "only these kinds of records, listed below", &filter.kind},
                {"--from", "TIME", "since the first record: 250us, 1.5ms, 2s", &filter.from},
                {"--to", "TIME", "until then", &filter.to},
                {"--focus", "WHAT", "call:NAME, call:NAME:N, ap:N or aps", &filter.focus},
                {"--wide", "", "text with addresses, wider than 80 columns", &request->wide},
            },
        .footer = "Kinds:\n" + cli::listed(kind_names()),
        .action = [request] { return exit_code_of(run(*request)); }};
}

}  // namespace tools::trace

// SPDX-License-Identifier: MIT
// `adyton image measure`: what the AMD-SP will report as MEASUREMENT.
#include <memory>
#include <nlohmann/json.hpp>

#include "base/result.hpp"
#include "tools/crypto/hash.hpp"
#include "tools/images/parts.hpp"
#include "tools/images/source.hpp"
#include "tools/support/terminal.hpp"

namespace tools::images {
namespace {

struct MeasureRequest {
    Source source;
    std::string loader;
    bool normal_zeros = false, json = false, quiet = false;
};

Result<bool> parse_loader(const std::string& text) {
    if (text.empty() || text == "qemu") return false;
    if (text == "igvmmeasure") return true;
    return problem("there is no loader '{}'; choose from: qemu, igvmmeasure", text);
}

std::string as_json(const Measured& measured, const MeasureRequest& typed) {
    nlohmann::ordered_json json{{"schema", 1},
                                {"file", measured.name},
                                {"loader", typed.loader.empty() ? "qemu" : typed.loader},
                                {"digest", crypto::hex(measured.result.digest)},
                                {"pages", measured.result.pages},
                                {"policy", formatted("{:#x}", measured.result.policy)},
                                {"notes", measured.result.notes}};
    return json.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

std::string as_text(const Measured& measured) {
    std::string text = printable(formatted("{}: {} pages, policy {:#x}\n", measured.name,
                                           measured.result.pages, measured.result.policy));
    text += digest_lines("launch digest", measured.result.digest);
    for (const std::string& note : measured.result.notes) text += folded(note, "note: ", "      ", 80);
    return text;
}

Result<void> measure(const MeasureRequest& typed) {
    if (typed.json && typed.quiet) return problem("--json and --quiet exclude each other");
    const bool one_page = TRY(parse_loader(typed.loader));
    const Measured measured = TRY(measure_source(typed.source, one_page, typed.normal_zeros));
    if (typed.quiet)
        print_out(crypto::hex(measured.result.digest) + "\n");
    else
        print_out(typed.json ? as_json(measured, typed) : as_text(measured));
    return {};
}

}  // namespace

std::string digest_lines(std::string_view name, Bytes digest) {
    const std::string digits = crypto::hex(digest);
    const auto half = static_cast<std::ptrdiff_t>(digits.size() / 2);
    return formatted("  {:<17} {}\n  {:17} {}\n", name,
                     std::string_view{digits.begin(), digits.begin() + half}, "",
                     std::string_view{digits.begin() + half, digits.end()});
}

cli::Command measure_command() {
    const auto request = std::make_shared<MeasureRequest>();
    cli::Command command{.name = "measure", .help = "Compute the launch digest that a report will show"};
    command.options = source_options(request->source);
    cli::append(command.options,
                {{"--loader", "NAME", "count as qemu (default) or igvmmeasure does", &request->loader},
                 {"--normal-zeros", "", "empty pages as Normal pages of zeros", &request->normal_zeros},
                 {"-q,--quiet", "", "the digest alone, on one line", &request->quiet},
                 {"--json", "", "for programs", &request->json}});
    command.action = [request] { return exit_code_of(measure(*request)); };
    return command;
}

}  // namespace tools::images

// SPDX-License-Identifier: MIT
#include "tools/report/command.hpp"

#include <memory>

#include "base/result.hpp"
#include "tools/report/demands.hpp"
#include "tools/report/show.hpp"
#include "tools/report/verify.hpp"
#include "tools/support/terminal.hpp"

namespace tools::attestation {
namespace {

Result<void> run_show(const Options& options) {
    const Buffer file = TRY(read_file(options.file));
    const Report report = TRY(parse(file, options.file));
    print_out(options.json ? show_as_json(report, options.file) : show(report, options.file));
    return {};
}

/// Bytes that are no report are a bad report, not a wrong command line: the host may have sent them.
Result<Verdict> judge(const Options& options) {
    Demands demands = TRY(demands_of(options));
    if (options.certs.empty())
        return problem(
            "the report alone proves nothing; name the certificates of its key with --certs (adyton report "
            "show "
            "--json says where AMD has them)");
    Certificates certificates = TRY(read_certificates(options.certs));
    const Buffer file = TRY(read_file(options.file));
    const auto report = parse(file, options.file);
    if (!report) return refuse(report.error());
    return verify({*report, std::move(certificates), std::move(demands)});
}

Result<int> run_verify(const Options& options) {
    const Verdict verdict = TRY(judge(options));
    print_out(options.json ? json_of(verdict) : text_of(verdict));
    return static_cast<int>(verdict.is_good ? ExitCode::Success : ExitCode::GuestFailed);
}

cli::Command show_command() {
    const auto options = std::make_shared<Options>();
    return {.name = "show",
            .help = "Print an attestation report, field by field",
            .options = {{"FILE", "", "attestation report, 1184 bytes", &options->file, true},
                        {"--json", "", "for programs", &options->json}},
            .action = [options] { return exit_code_of(run_show(*options)); }};
}

cli::Command verify_command() {
    const auto options = std::make_shared<Options>();
    return {
        .name = "verify",
        .help = "Decide whether a report is to be believed",
        .options = {{"FILE", "", "attestation report, 1184 bytes", &options->file, true},
                    {"--certs", "PATH", "folder, PEM, DER or table with ASK, VCEK and ARK", &options->certs},
                    {"--image", "IMAGE", "IGVM image that must have been launched", &options->image},
                    {"--nonce", "HEX|FILE", "64 bytes that the report must answer", &options->nonce},
                    {"--manifest", "FILE", "what the SVSM said of its services", &options->manifest},
                    {"--vmpl", "N", "level that asked for the report (default: 0, the SVSM)", &options->vmpl},
                    {"--root", "PEM", "root to trust (default: AMD's)", &options->root},
                    {"--floor", "FILE", "attacks to exclude (default: the built-in table)", &options->floor},
                    {"--allow-debug", "", "take a guest that the host may read", &options->allow_debug},
                    {"--allow-provisional", "", "take firmware that is not committed",
                     &options->allow_provisional},
                    {"--emulated", "", "take the key of an emulated chip", &options->emulated},
                    {"--json", "", "for programs", &options->json}},
        .footer =
            "\nEach line is a check: ok, NO, -- (not looked at) or !! (a risk).\n"
            "Exit code 0: no check failed. 1: one did.\n",
        .action = [options] { return exit_code_of(run_verify(*options)); }};
}

}  // namespace

cli::Command command() {
    return {.name = "report",
            .help = "Show or verify attestation reports",
            .commands = {show_command(), verify_command()}};
}

}  // namespace tools::attestation

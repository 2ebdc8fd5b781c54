// SPDX-License-Identifier: MIT
// The last line of a run, and the notes before it.
#include <unistd.h>

#include <vector>

#include "tools/support/terminal.hpp"
#include "tools/verdict/outcome.hpp"

namespace tools::verdict {
namespace {

using qemu::Fields;
using qemu::SessionResult;

std::string_view headline(ExitCode code) {
    switch (code) {
        case ExitCode::Success: return "success";
        case ExitCode::GuestFailed: return "guest failed";
        case ExitCode::SvsmTerminated: return "SVSM terminated";
        case ExitCode::MachineStopped: return "machine stopped";
        case ExitCode::Timeout: return "timeout";
        case ExitCode::Usage: break;
    }
    return "error";
}

/// "(4123 SVSM calls, 1.4 s)". A deterministic run says nothing that the wall clock had a part in.
std::string numbers(const SessionResult& result, const Subject& subject) {
    std::vector<std::string> parts;
    if (const auto calls = result.channel.counter("svsm_calls"); calls && subject.vmpl != 0u)
        parts.push_back(formatted("{} SVSM call{}", *calls, *calls == 1 ? "" : "s"));
    if (const auto refused = result.channel.counter("refused_dma"))
        parts.push_back(formatted("{} device accesses refused", *refused));
    if (const auto injected = result.channel.counter("injected"))
        parts.push_back(formatted("{} events injected into VMPL0", *injected));
    if (const auto refused = result.channel.counter("refused_injections"))
        parts.push_back(formatted("{} injections refused", *refused));
    if (!subject.deterministic) parts.push_back(formatted("{:.1f} s", result.ending.seconds));
    std::string text;
    for (const auto& part : parts) text += (text.empty() ? " (" : ", ") + part;
    return text.empty() ? text : text + ")";
}

}  // namespace

std::string summary_line(const Outcome& outcome, const SessionResult& result, const Subject& subject) {
    const Colour colour = outcome.code == ExitCode::Success ? Colour::Green : Colour::Red;
    return formatted("adyton: {} - {}{}\n", coloured(STDOUT_FILENO, colour, headline(outcome.code)),
                     printable(outcome.sentence), numbers(result, subject));
}

std::string note_line(const Fields& note) {
    if (note.text("kind") != "dma")
        return printable(formatted("adyton: note: the machine says '{}'\n", note.text("kind")));
    const std::string why = note.text("why");
    const std::string_view reason = why == "private"       ? "is private to the guest"
                                    : why == "was-private" ? "was private to the guest then"
                                                           : "is no memory of the guest";
    return printable(
        formatted("adyton: note: the device at {:02x}:{:02x}.{} may not {} {}:\nadyton: note: the page {}; "
                  "docs/linux.md, \"Devices\"\n",
                  note.number("bus").value_or(0), note.number("device").value_or(0), note.text("function"),
                  note.text("access"), note.text("gpa"), reason));
}

}  // namespace tools::verdict

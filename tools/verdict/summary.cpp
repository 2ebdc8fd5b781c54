// SPDX-License-Identifier: MIT
// The last line of a run and, when it failed, the block above it.
#include <unistd.h>

#include <cstdlib>
#include <sstream>
#include <vector>

#include "tools/verdict/termination.hpp"
#include "tools/verdict/outcome.hpp"
#include "tools/support/terminal.hpp"

namespace tools::run {
namespace {

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
    if (const auto calls = result.channel.counter("svsm_calls"))
        parts.push_back(formatted("{} SVSM calls", *calls));
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

std::string with_symbol(const Fields& fields, const Symbolizer& symbols) {
    const auto rip = fields.number("rip");
    const std::string name =
        rip ? symbols.name_of(static_cast<unsigned>(fields.number("vmpl").value_or(0)), *rip) : "";
    return name.empty() ? fields.text("rip") : formatted("{} {}", fields.text("rip"), name);
}

/// What the one word of the machine means; a newer one is shown as it is.
std::string_view meaning_of(std::string_view state) {
    if (state == "halted") return "HLT with interrupts off, which only an NMI or the host ends";
    if (state == "held") return "parked by AP reset hold";
    if (state == "rests") return "HLT, waits for an interrupt";
    if (state == "unstarted") return "waits for the guest to start it";
    if (state == "idle") return "has no VMSA";
    return "";
}

/// Where it was, and below it what that means and what the vCPU did before.
std::string vcpu_lines(const Fields& vcpu, const Symbolizer& symbols) {
    std::string text = formatted("    CPU {:<3} VMPL{}  {:<9} {}\n", vcpu.text("cpu"), vcpu.text("vmpl"),
                                 vcpu.text("state"), with_symbol(vcpu, symbols));
    const auto add = [&](std::string_view words) { text += formatted("            {}\n", words); };
    if (const auto meaning = meaning_of(vcpu.text("state")); !meaning.empty()) add(meaning);
    const auto calls = vcpu.number("calls");
    if (calls && *calls != 0)
        add(formatted("interrupts {}; {} SVSM calls, the last one {}", vcpu.text("interrupts"), *calls,
                      vcpu.text("last")));
    return text;
}

std::string indented(std::string_view text) {
    std::string result;
    bool at_start = true;
    for (const char c : text) {
        if (at_start) result += "    ";
        result += c;
        at_start = c == '\n';
    }
    return at_start ? result : result + "\n";
}

/// The verdict in the machine's own words, the place with its symbol on a line of its own.
std::string verdict_block(const Verdict& verdict, const Symbolizer& symbols) {
    std::string text = "  verdict\n    " + verdict.text("kind");
    for (const auto& [key, value] : verdict)
        if (key != "kind" && key != "rip") text += formatted(" {}={}", key, value);
    text += "\n";
    if (verdict.number("rip")) text += formatted("    RIP {}\n", with_symbol(verdict, symbols));
    return text;
}

/// A sentence behind `label`, its further lines below its first word.
std::string paragraph(std::string_view label, std::string_view sentence) {
    return folded(sentence, formatted("    {}", label), std::string(4 + label.size(), ' '), 77);
}

/// What a Linux meant by its request, in words; SEV_STATUS when it objects to some of its bits.
std::string linux_request(const Verdict& verdict) {
    const auto set = verdict.number("set"), code = verdict.number("code");
    if (!set || !code) return "";
    const auto* const reason = linux_boot::find_termination(*set, *code);
    std::string text =
        formatted("  what Linux means\n    GHCB MSR {:#x}: set {}, code {}, {}\n",
                  linux_boot::termination_msr(*set, *code), *set, *code,
                  reason == nullptr ? "which no kernel known here gives" : std::string{reason->name});
    if (reason == nullptr) return text;
    if (const auto info = verdict.number("info").value_or(0); info != 0)
        text += formatted("    it said besides: {:#x}, the bits of SEV_STATUS that it refuses\n", info);
    return text + paragraph("what: ", reason->meaning) + paragraph("look: ", reason->hint);
}

/// The verdicts that say more of a Linux than they say of others; the SVSM below it has its own.
std::string linux_block(const Verdict& verdict) {
    const std::string kind = verdict.text("kind");
    if (verdict.number("vmpl") == 0 || verdict.number("launch") == 1) return "";
    if (kind == "terminate") return linux_request(verdict);
    if (kind == "shutdown")
        return "  about Linux\n" +
               paragraph(
                   "what: ",
                   "An exception came while it could handle none. A panic before its exception handlers are "
                   "set up ends like this as well.") +
               paragraph(
                   "look: ",
                   "The last events below; with --append 'earlyprintk=serial,ttyS0,115200 nokaslr' it says "
                   "more.");
    if (kind == "deadlock")
        return "  about Linux\n" +
               paragraph(
                   "what: ",
                   "It halted with interrupts off. Its decompressor does so when it cannot go on, and has no "
                   "console unless it is told of one.") +
               paragraph("look: ", "--append 'earlyprintk=serial,ttyS0,115200' shows its last words.");
    return "";
}

/// "svsm: exception ... rip 0x1 ..." and "svsm: called from 0x2 0x3": the last words of an SVSM that
/// panicked. Only asked after its end: while it lives, a guest may print the same.
std::string backtrace(const SessionResult& result, const Symbolizer& symbols) {
    std::istringstream lines{result.console};
    std::string text;
    for (std::string line; std::getline(lines, line);) {
        const bool is_exception = line.starts_with("svsm: ") && line.find("exception ") != std::string::npos;
        const bool is_caller = line.starts_with("svsm: called from ");
        if (is_exception) text.clear();  // a second one, while the first was told
        const std::size_t at = is_exception ? line.find(" rip ")
                               : is_caller  ? line.find(" 0x")
                                            : std::string::npos;
        if (at == std::string::npos) continue;
        std::istringstream words{line.substr(at)};
        for (std::string word; words >> word;) {
            const std::uint64_t place = std::strtoull(word.c_str(), nullptr, 16);
            if (!word.starts_with("0x") || place == 0) continue;
            // A return address may be the first of the next function; the call is the byte before it.
            const std::string name = symbols.name_of(0, is_caller ? place - 1 : place);
            text += formatted("    {:#018x} {}\n", place, name);
            if (is_exception) break;  // RSP and CR2 follow
        }
    }
    return text.empty() ? text : "  backtrace of the SVSM\n" + text;
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
                  "docs/linux.md, "
                  "\"Devices\"\n",
                  note.number("bus").value_or(0), note.number("device").value_or(0), note.text("function"),
                  note.text("access"), note.text("gpa"), reason));
}

std::string diagnosis(const SessionResult& result, const Subject& subject, const Symbolizer& symbols) {
    const MachineChannel& channel = result.channel;
    std::string text;
    if (channel.verdict()) text += verdict_block(*channel.verdict(), symbols);
    if (channel.verdict() && subject.is_linux) text += linux_block(*channel.verdict());
    if (channel.verdict() && channel.verdict()->text("kind") == "terminate" &&
        channel.verdict()->number("vmpl") == 0)
        text += backtrace(result, symbols);
    if (!channel.events().empty()) text += "  last events, oldest first\n";
    for (const std::string& event : channel.events()) text += formatted("    {}\n", event);
    if (!channel.vcpus().empty()) text += "  vCPUs\n";
    for (const Fields& vcpu : channel.vcpus()) text += vcpu_lines(vcpu, symbols);
    if (!result.qemu.empty()) text += formatted("  QEMU\n    {}\n", result.qemu);
    if (!result.qemu_errors.empty()) text += "  QEMU says\n" + indented(result.qemu_errors);
    return text.empty() ? text : "adyton: diagnosis\n" + printable(text);
}

}  // namespace tools::run

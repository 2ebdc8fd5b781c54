// SPDX-License-Identifier: MIT
// The diagnosis of a failed run.
#include <cstdlib>
#include <sstream>

#include "tools/support/terminal.hpp"
#include "tools/verdict/firmware.hpp"
#include "tools/verdict/linux.hpp"
#include "tools/verdict/outcome.hpp"
#include "tools/verdict/termination.hpp"

namespace tools::verdict {
namespace {

using elf::Symbolizer;
using qemu::Fields;
using qemu::MachineChannel;
using qemu::SessionResult;
using qemu::Verdict;

std::string with_symbol(const Fields& fields, const Symbolizer& symbols) {
    const auto rip = fields.number("rip");
    const std::string name =
        rip ? symbols.name_of(static_cast<unsigned>(fields.number("vmpl").value_or(0)), *rip) : "";
    return name.empty() ? fields.text("rip") : formatted("{} {}", fields.text("rip"), name);
}

/// Meaning of the machine's word for a state; a newer word is shown as it is.
std::string_view meaning_of(std::string_view state) {
    if (state == "halted") return "HLT with interrupts off, which only an NMI or the host ends";
    if (state == "held") return "parked by AP reset hold";
    if (state == "rests") return "HLT, waits for an interrupt";
    if (state == "unstarted") return "waits for the guest to start it";
    if (state == "idle") return "has no VMSA";
    if (state == "busy") return "was in the machine's own code and did not stop with it";
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
        add(formatted("interrupts {}; {} SVSM call{}, the last one {}", vcpu.text("interrupts"), *calls,
                      *calls == 1 ? "" : "s", vcpu.text("last")));
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

/// A line of the last words of an SVSM that panicked, from where its addresses begin: "svsm: exception ...
/// rip 0x1 ..." or "svsm: called from 0x2 0x3".
struct Trail {
    bool is_exception = false;
    std::string places{};
};
std::optional<Trail> trail_of(const std::string& line) {
    const bool is_exception = line.starts_with("svsm: ") && line.find("exception ") != std::string::npos;
    if (!is_exception && !line.starts_with("svsm: called from ")) return std::nullopt;
    const std::size_t at = line.find(is_exception ? " rip " : " 0x");
    return Trail{is_exception, at == std::string::npos ? "" : line.substr(at)};
}

std::string trail_lines(const Trail& trail, const Symbolizer& symbols) {
    std::string text;
    std::istringstream words{trail.places};
    for (std::string word; words >> word;) {
        const std::uint64_t place = std::strtoull(word.c_str(), nullptr, 16);
        if (!word.starts_with("0x") || place == 0) continue;
        // A return address may be the first of the next function; the call is the byte before it.
        const std::string name = symbols.name_of(0, trail.is_exception ? place : place - 1);
        text += formatted("    {:#018x} {}\n", place, name);
        if (trail.is_exception) break;  // RSP and CR2 follow
    }
    return text;
}

/// Only called after the SVSM's end: before that, a guest may print the same lines.
std::string backtrace(const SessionResult& result, const Symbolizer& symbols) {
    std::istringstream lines{result.console};
    std::string text;
    for (std::string line; std::getline(lines, line);) {
        const auto trail = trail_of(line);
        if (!trail) continue;
        if (trail->is_exception) text.clear();  // a second one, while the first was told
        text += trail_lines(*trail, symbols);
    }
    return text.empty() ? text : "  backtrace of the SVSM\n" + text;
}

/// What it means for the guest's own software. A kernel behind firmware gives numbers that firmware does not, and its
/// console says why it wanted a reboot.
std::string software_block(const Verdict& verdict, const Subject& subject, std::string_view console) {
    if (subject.is_linux()) return linux_block(verdict, subject, console);
    if (!subject.is_firmware()) return "";
    std::string text = firmware_block(verdict, subject);
    const std::string kind = verdict.text("kind");
    const auto set = verdict.number("set"), code = verdict.number("code");
    const bool is_of_linux = kind == "reset" || (kind == "terminate" && set && code && find_termination(*set, *code));
    return text.empty() && is_of_linux ? linux_block(verdict, subject, console) : text;
}

}  // namespace

std::string diagnosis(const SessionResult& result, const Subject& subject, const Symbolizer& symbols) {
    const MachineChannel& channel = result.channel;
    std::string text;
    if (const auto& verdict = channel.verdict()) {
        text += verdict_block(*verdict, symbols);
        text += software_block(*verdict, subject, result.console);
        if (subject.is_firmware()) text += firmware_item_block(channel);
        if (verdict->text("kind") == "terminate" && verdict->number("vmpl") == 0 && subject.vmpl != 0u)
            text += backtrace(result, symbols);
    }
    if (!channel.events().empty()) text += "  last events, oldest first\n";
    for (const std::string& event : channel.events()) text += formatted("    {}\n", event);
    if (!channel.vcpus().empty()) text += "  vCPUs\n";
    for (const Fields& vcpu : channel.vcpus()) text += vcpu_lines(vcpu, symbols);
    if (!subject.qemu.empty()) text += formatted("  QEMU\n    {}\n", subject.qemu);
    if (!result.qemu_errors.empty()) text += "  QEMU says\n" + indented(result.qemu_errors);
    return text.empty() ? text : "adyton: diagnosis\n" + printable(text);
}

}  // namespace tools::verdict

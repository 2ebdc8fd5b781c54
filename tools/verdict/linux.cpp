// SPDX-License-Identifier: MIT
#include "tools/verdict/linux.hpp"

#include "tools/support/terminal.hpp"
#include "tools/verdict/last_words.hpp"
#include "tools/verdict/termination.hpp"

namespace tools::verdict {
namespace {

using qemu::Verdict;

/// A sentence behind `label`, its further lines below its first word.
std::string paragraph(std::string_view label, std::string_view sentence) {
    return folded(sentence, formatted("    {}", label), std::string(4 + label.size(), ' '), 77);
}

/// What a Linux meant by its request, in words; SEV_STATUS when it objects to some of its bits.
std::string linux_request(const Verdict& verdict) {
    const auto set = verdict.number("set"), code = verdict.number("code");
    if (!set || !code) return "";
    const auto* const reason = find_termination(*set, *code);
    std::string text = formatted(
        "  what Linux means\n    GHCB MSR {:#x}: set {}, code {}, {}\n", termination_msr(*set, *code), *set,
        *code, reason == nullptr ? "which no kernel known here gives" : std::string{reason->name});
    if (reason == nullptr) return text;
    if (const auto info = verdict.number("info").value_or(0); info != 0)
        text += formatted("    it said besides: {:#x}, the bits of SEV_STATUS that it refuses\n", info);
    return text + paragraph("what: ", reason->meaning) + paragraph("look: ", reason->hint);
}

/// What the console says about the reboot. Every program of the guest can write the same there, so this is a
/// quotation, and no decision follows from it.
std::string quoted(const std::string& words) {
    if (words.empty()) return "";
    return "  about Linux\n" + paragraph("its console says: ", words);
}

/// The program that the launch started is the SVSM, unless Linux itself runs at VMPL0.
bool is_of_svsm(const Verdict& verdict, const Subject& subject) {
    return subject.vmpl != 0u && (verdict.number("vmpl") == 0 || verdict.number("launch") == 1);
}

}  // namespace

std::string linux_block(const Verdict& verdict, const Subject& subject, std::string_view console) {
    const std::string kind = verdict.text("kind");
    if (is_of_svsm(verdict, subject)) return "";
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
    if (kind == "reset") return quoted(last_words(console));
    if (kind == "halt")
        return "  about Linux\n" +
               paragraph(
                   "what: ",
                   "It halted with interrupts off. Its decompressor does so when it cannot go on, and has no "
                   "console unless it is told of one.") +
               paragraph("look: ", "--append 'earlyprintk=serial,ttyS0,115200' shows its last words.");
    return "";
}

}  // namespace tools::verdict

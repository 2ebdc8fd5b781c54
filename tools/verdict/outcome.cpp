// SPDX-License-Identifier: MIT
// The table of verdicts.
#include "tools/verdict/outcome.hpp"

#include <sys/wait.h>

#include <cstring>

#include "abi/adyton/termination.hpp"
#include "tools/support/terminal.hpp"
#include "tools/verdict/last_words.hpp"
#include "tools/verdict/termination.hpp"

namespace tools::verdict {
namespace {

using qemu::Ending;
using qemu::SessionResult;
using qemu::Verdict;

std::string place(const Verdict& verdict) {
    return formatted("CPU {} at VMPL{}", verdict.text("cpu"), verdict.text("vmpl"));
}

/// "not-enough-words" as the machine writes them, as people read them.
std::string words(std::string text) {
    for (char& c : text)
        if (c == '-') c = ' ';
    return text;
}

Outcome ran(const Subject& subject) {
    const std::string where = subject.vmpl ? formatted(" at VMPL{}", *subject.vmpl) : "";
    return {
        ExitCode::Success,
        formatted("{} ran on {} vCPU{}{}", subject.name, subject.cpus, subject.cpus == 1 ? "" : "s", where),
        false};
}

Outcome reported(const Verdict& verdict, const Subject& subject) {
    if (verdict.number("value") == 0) return ran(subject);
    return {ExitCode::GuestFailed, formatted("{} reported failure {}", subject.name, verdict.text("value")),
            false};
}

/// ": PVALIDATE failed", or nothing for a guest whose numbers mean something else.
std::string why_linux_ended(const Verdict& verdict, const Subject& subject) {
    const auto set = verdict.number("set"), code = verdict.number("code");
    if (!subject.is_linux() || !set || !code) return "";
    const auto* const reason = find_termination(*set, *code);
    return reason == nullptr ? "" : formatted(": {}", reason->summary);
}

Outcome terminated(const Verdict& verdict, const Subject& subject) {
    const auto vmpl = verdict.number("vmpl"), set = verdict.number("set"), code = verdict.number("code");
    // The program that the launch started is the SVSM, even where a hostile host runs it at another VMPL, or the guest
    // itself where there is none.
    if (subject.vmpl == 0u || (vmpl != 0 && verdict.number("launch") != 1))
        return {ExitCode::GuestFailed,
                formatted("{} asked to be ended on {}{} (set {}, code {})", subject.name, place(verdict),
                          why_linux_ended(verdict, subject), verdict.text("set"), verdict.text("code")),
                false};
    const auto& texts = abi::adyton::termination_text;
    const bool known = set == abi::adyton::termination_set && code && *code < texts.size();
    const std::string text =
        known ? std::string{texts[*code]} : formatted("for a reason of set {}", verdict.text("set"));
    return {ExitCode::SvsmTerminated,
            formatted("{} (code {}, CPU {})", text, verdict.text("code"), verdict.text("cpu")), false};
}

std::string stop_sentence(const Verdict& verdict) {
    if (verdict.text("kind") == "shutdown") return "a triple fault on " + place(verdict);
    if (verdict.text("kind") == "invalid")
        return formatted("VMRUN was refused on {}: {}", place(verdict), words(verdict.text("reason")));
    if (verdict.text("kind") == "host-ends")
        return formatted("the host ended the VM on {}: {}", place(verdict), words(verdict.text("why")));
    if (verdict.text("kind") == "deadlock") return "every vCPU has halted and nothing is left to wake one";
    if (verdict.text("kind") == "fault")
        return formatted("{} on {}", words(verdict.text("what")), place(verdict));
    if (verdict.text("kind") == "internal")
        return "a fault of the machine itself: " + words(verdict.text("what"));
    return formatted("an unknown verdict '{}'", verdict.text("kind"));
}

/// How an operating system says that it is done, or that it cannot go on.
Outcome switched_off(const Verdict& verdict, const Subject& subject, const std::string& console) {
    if (verdict.text("kind") == "poweroff") return ran(subject);
    std::string why = subject.is_linux() ? last_words(console) : "";
    if (why.empty()) why = "a check failed or the kernel panicked; its last lines say why";
    return {ExitCode::GuestFailed, formatted("{} reset the machine: {}", subject.name, why), false};
}

std::string c_bit_sentence(const Verdict& verdict) {
    return formatted(
        "the image was built for C-bit {}, and the machine has C-bit {}; build the image with --c-bit {}, or "
        "start "
        "the machine with c-bit={}",
        verdict.text("image"), verdict.text("machine"), verdict.text("machine"), verdict.text("image"));
}

std::string impossible_c_bit_sentence(const Verdict& verdict) {
    return formatted(
        "the machine cannot have C-bit {}: {} MiB of memory, and nested tables of {} levels; choose another "
        "with "
        "--c-bit, or less --memory",
        verdict.text("machine"), verdict.number("memory").value_or(0) >> 20, verdict.text("levels"));
}

/// Why no machine came to be; empty when one did.
std::string why_no_machine(const Verdict& verdict, const Subject& subject) {
    const std::string kind = verdict.text("kind");
    if (kind == "no-svm")
        return formatted("QEMU's CPU model {} has no AMD-V (SVM) with nested paging; use --qemu-cpu EPYC",
                         subject.qemu_cpu);
    if (kind == "bad-image") return "the machine refuses the image: " + words(verdict.text("reason"));
    if (kind == "low-memory")
        return formatted("the machine needs {} MiB of memory; give it more with --memory",
                         (verdict.number("need").value_or(0) + 0xfffff) >> 20);
    if (kind == "c-bit") return c_bit_sentence(verdict);
    return kind == "c-bit-impossible" ? impossible_c_bit_sentence(verdict) : "";
}

Outcome from_verdict(const Verdict& verdict, const Subject& subject, const std::string& console) {
    const std::string kind = verdict.text("kind");
    if (kind == "report") return reported(verdict, subject);
    if (kind == "terminate") return terminated(verdict, subject);
    if (kind == "poweroff" || kind == "reset") return switched_off(verdict, subject, console);
    if (std::string why = why_no_machine(verdict, subject); !why.empty())
        return {ExitCode::Usage, std::move(why), true};
    return {ExitCode::MachineStopped, stop_sentence(verdict), false};
}

std::string how_qemu_ended(int status) {
    if (WIFSIGNALED(status))
        return formatted("was killed by signal {} ({})", WTERMSIG(status), ::strsignal(WTERMSIG(status)));
    return formatted("ended with status {}", WEXITSTATUS(status));
}

/// The line of QEMU's stderr that says why: the last one that is not a warning.
std::string qemu_reason(const std::string& errors) {
    std::string reason;
    for (std::size_t at = 0; at < errors.size();) {
        const std::size_t end = std::min(errors.find('\n', at), errors.size());
        const std::string line = errors.substr(at, end - at);
        if (!line.empty() && line.find("warning:") == std::string::npos) reason = line;
        at = end + 1;
    }
    constexpr std::string_view own_name = "qemu-system-x86_64: ";
    return reason.starts_with(own_name) ? reason.substr(own_name.size()) : reason;
}

Outcome without_verdict(const SessionResult& result) {
    const std::string how = how_qemu_ended(result.ending.wait_status);
    if (!result.channel.is_silent())
        return {ExitCode::MachineStopped, formatted("QEMU {} before the machine gave a verdict", how), false};
    const std::string reason = qemu_reason(result.qemu_errors);
    return {ExitCode::Usage,
            formatted("QEMU {} before the machine started{}{}", how, reason.empty() ? "" : ": ", reason),
            true};
}

std::string timeout_sentence(const Ending& ending, const Subject& subject) {
    if (ending.is_after_input)
        return formatted("{} did not end within {:g} s of the end of its input", subject.name,
                         subject.seconds_after_input);
    return formatted("{} did not report within {:g} s", subject.name, subject.timeout_seconds);
}

}  // namespace

Outcome decide(const SessionResult& result, const Subject& subject) {
    const auto& verdict = result.channel.verdict();
    if (result.ending.kind == Ending::Kind::TimedOut && (!verdict || verdict->text("kind") == "nmi"))
        return {ExitCode::Timeout, timeout_sentence(result.ending, subject), false};
    return verdict ? from_verdict(*verdict, subject, result.console) : without_verdict(result);
}

}  // namespace tools::verdict

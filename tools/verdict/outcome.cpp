// SPDX-License-Identifier: MIT
// The table of verdicts.
#include "tools/verdict/outcome.hpp"

#include <sys/wait.h>

#include <cstring>

#include "abi/adyton/termination.hpp"
#include "tools/support/terminal.hpp"
#include "tools/verdict/firmware.hpp"
#include "tools/verdict/stops.hpp"
#include "tools/verdict/termination.hpp"

namespace tools::verdict {
namespace {

using qemu::Ending;
using qemu::SessionResult;
using qemu::Verdict;

Outcome ran(const Subject& subject) {
    const std::string where = subject.vmpl ? formatted(" at VMPL{}", *subject.vmpl) : "";
    return {
        ExitCode::Success,
        formatted("{} ran on {} vCPU{}{}", subject.name, subject.cpus, subject.cpus == 1 ? "" : "s", where),
        false};
}

Outcome nothing_to_boot() {
    return {ExitCode::GuestFailed,
            "the firmware found no boot loader on its disks, and waits in its shell; --interactive leads there", false};
}

Outcome reported(const Verdict& verdict, const Subject& subject) {
    if (verdict.number("value") == 0) return ran(subject);
    return {ExitCode::GuestFailed, formatted("{} reported failure {}", subject.name, verdict.text("value")),
            false};
}

/// ": PVALIDATE failed", or nothing for a guest whose numbers mean something else. A kernel behind firmware gives
/// numbers that firmware does not.
std::string why_it_ended(const Verdict& verdict, const Subject& subject) {
    const auto set = verdict.number("set"), code = verdict.number("code");
    if (!(subject.is_linux() || subject.is_firmware()) || !set || !code) return "";
    if (const auto words = firmware_reason(*set, *code); subject.is_firmware() && !words.empty())
        return formatted(": {}", words);
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
                          why_it_ended(verdict, subject), verdict.text("set"), verdict.text("code")),
                false};
    const auto& texts = abi::adyton::termination_text;
    const bool known = set == abi::adyton::termination_set && code && *code < texts.size();
    const std::string text =
        known ? std::string{texts[*code]} : formatted("for a reason of set {}", verdict.text("set"));
    return {ExitCode::SvsmTerminated,
            formatted("{} (code {}, CPU {})", text, verdict.text("code"), verdict.text("cpu")), false};
}

/// How software ends its own machine. Its reason it tells on its console, where any of its programs can write the
/// same: the diagnosis quotes the console, the verdict does not.
Outcome ended_itself(const Verdict& verdict, const Subject& subject) {
    const std::string kind = verdict.text("kind");
    if (kind == "poweroff") return ran(subject);
    if (kind == "reset")
        return {ExitCode::GuestFailed, formatted("{} asked for a reboot on {}", subject.name, place(verdict)),
                false};
    return {ExitCode::GuestFailed,
            formatted("{} halted: every vCPU is in HLT with interrupts off, the last one {}", subject.name,
                      place(verdict)),
            false};
}

Outcome from_verdict(const Verdict& verdict, const Subject& subject) {
    const std::string kind = verdict.text("kind");
    if (kind == "report") return reported(verdict, subject);
    if (kind == "terminate") return terminated(verdict, subject);
    if (kind == "poweroff" || kind == "reset" || kind == "halt") return ended_itself(verdict, subject);
    if (std::string why = why_no_machine(verdict, subject.qemu_cpu); !why.empty())
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
    if (result.ending.kind == Ending::Kind::LaunchRefused)
        return {ExitCode::MachineStopped,
                formatted("the launch differs from the image of {}, so it was ended", subject.name), false};
    if (result.ending.kind == Ending::Kind::Reached) return subject.seeks_disk ? nothing_to_boot() : ran(subject);
    const auto& verdict = result.channel.verdict();
    const std::string kind = verdict ? verdict->text("kind") : "nmi";
    const bool is_over = result.ending.kind == Ending::Kind::TimedOut && kind == "nmi";
    if (is_over || (subject.restarts && kind == "reset"))
        return {ExitCode::Timeout, timeout_sentence(result.ending, subject), false};
    return verdict ? from_verdict(*verdict, subject) : without_verdict(result);
}

}  // namespace tools::verdict

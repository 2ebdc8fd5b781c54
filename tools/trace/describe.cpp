// SPDX-License-Identifier: MIT
// Tables of names, and one sentence per kind.
#include "tools/trace/describe.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "abi/adyton/guest_info.hpp"
#include "abi/snp/exit_code.hpp"
#include "abi/snp/ghcb.hpp"
#include "abi/snp/ghcb_msr.hpp"
#include "abi/svsm/protocols.hpp"
#include "abi/x86/registers.hpp"
#include "base/address.hpp"
#include "model/rmp.hpp"

namespace tools::trace {
namespace {

using namespace abi::adyton::trace;

template <class Key>
struct Named {
    Key key;
    std::string_view name;
};

template <class Key, std::size_t n>
std::string name_in(const std::array<Named<Key>, n>& table, Key key, std::string_view what) {
    const auto found = std::ranges::find(table, key, &Named<Key>::key);
    if (found != table.end()) return std::string{found->name};
    return formatted("{} {:#x}", what, static_cast<std::uint64_t>(key));
}

constexpr std::array kinds{
    Named{Kind::Launch, "launch"},
    Named{Kind::Enter, "enter"},
    Named{Kind::Leave, "leave"},
    Named{Kind::Run, "run"},
    Named{Kind::NestedFault, "nested-fault"},
    Named{Kind::RmpFault, "rmp-fault"},
    Named{Kind::Exception, "exception"},
    Named{Kind::Pvalidate, "pvalidate"},
    Named{Kind::Rmpadjust, "rmpadjust"},
    Named{Kind::Tlbsync, "tlbsync"},
    Named{Kind::PageState, "page-state"},
    Named{Kind::Smash, "smash"},
    Named{Kind::Msr, "msr"},
    Named{Kind::GhcbMsr, "ghcb-msr"},
    Named{Kind::GhcbMsrReply, "ghcb-msr-reply"},
    Named{Kind::GhcbEvent, "ghcb-event"},
    Named{Kind::GhcbEventReply, "ghcb-event-reply"},
    Named{Kind::Switch, "switch"},
    Named{Kind::CallBegin, "call-begin"},
    Named{Kind::CallEnd, "call-end"},
    Named{Kind::ApCreate, "ap-create"},
    Named{Kind::ApStart, "ap-start"},
    Named{Kind::Halt, "halt"},
    Named{Kind::Sleep, "sleep"},
    Named{Kind::Wake, "wake"},
    Named{Kind::Interrupt, "interrupt"},
    Named{Kind::Text, "text"},
};

constexpr std::array results{
    Named<std::uint32_t>{0, "success"},
    Named<std::uint32_t>{0x8000'0000, "incomplete"},
    Named<std::uint32_t>{0x8000'0001, "unsupported protocol"},
    Named<std::uint32_t>{0x8000'0002, "unsupported call"},
    Named<std::uint32_t>{0x8000'0003, "invalid address"},
    Named<std::uint32_t>{0x8000'0004, "invalid format"},
    Named<std::uint32_t>{0x8000'0005, "invalid parameter"},
    Named<std::uint32_t>{0x8000'0006, "invalid request"},
    Named<std::uint32_t>{0x8000'0007, "busy"},
    Named<std::uint32_t>{0x8000'1001, "fail input"},
    Named<std::uint32_t>{0x8000'1002, "fail permission"},
    Named<std::uint32_t>{0x8000'1003, "fail in use"},
    Named<std::uint32_t>{0x8000'1006, "fail size mismatch"},
    Named<std::uint32_t>{0x8000'1010, "unchanged (carry)"},
};

using abi::ExitCode;
constexpr std::array exits{
    Named{static_cast<ExitCode>(0xffff'ffff), "invalid state"},
    Named{ExitCode::InvalidOpcode, "an SNP instruction"},
    Named{ExitCode::PageFault, "page fault"},
    Named{ExitCode::Interrupt, "interrupt"},
    Named{ExitCode::Nmi, "NMI"},
    Named{ExitCode::Vintr, "interrupt window"},
    Named{ExitCode::Rdtsc, "RDTSC"},
    Named{ExitCode::Rdpmc, "RDPMC"},
    Named{ExitCode::Cpuid, "CPUID"},
    Named{ExitCode::Invd, "INVD"},
    Named{ExitCode::Pause, "PAUSE"},
    Named{ExitCode::Hlt, "HLT"},
    Named{ExitCode::Ioio, "port I/O"},
    Named{ExitCode::Msr, "MSR"},
    Named{ExitCode::Shutdown, "shutdown"},
    Named{ExitCode::Vmmcall, "VMGEXIT"},
    Named{ExitCode::Rdtscp, "RDTSCP"},
    Named{ExitCode::Wbinvd, "WBINVD"},
    Named{ExitCode::Monitor, "MONITOR"},
    Named{ExitCode::Mwait, "MWAIT"},
    Named{ExitCode::ReadDr7, "MOV from DR7"},
    Named{ExitCode::WriteDr7, "MOV to DR7"},
    Named{ExitCode::NestedPageFault, "nested page fault"},
    Named{ExitCode::Vmgexit, "VMGEXIT (SNP)"},
    Named{ExitCode::PageNotValidated, "page not validated"},
};

using abi::NaeEvent;
constexpr std::array events{
    Named{NaeEvent::Cpuid, "CPUID"},
    Named{NaeEvent::Ioio, "port I/O"},
    Named{NaeEvent::Msr, "MSR"},
    Named{NaeEvent::Vmmcall, "VMMCALL"},
    Named{NaeEvent::MmioRead, "MMIO read"},
    Named{NaeEvent::MmioWrite, "MMIO write"},
    Named{NaeEvent::NmiComplete, "NMI complete"},
    Named{NaeEvent::ApResetHold, "AP reset hold"},
    Named{NaeEvent::PageStateChange, "page state change"},
    Named{NaeEvent::GuestRequest, "guest request"},
    Named{NaeEvent::ExtendedGuestRequest, "extended guest request"},
    Named{NaeEvent::ApCreation, "AP creation"},
    Named{NaeEvent::GetApicIds, "list of APIC ids"},
    Named{NaeEvent::RunVmpl, "run VMPL"},
    Named{NaeEvent::HypervisorFeatures, "hypervisor features"},
    Named{NaeEvent::Terminate, "termination"},
};

using abi::GhcbInfo;
constexpr std::array msr_requests{
    Named{GhcbInfo::GhcbGpa, "use the GHCB page"},
    Named{GhcbInfo::SevInfoRequest, "SEV information"},
    Named{GhcbInfo::CpuidRequest, "CPUID"},
    Named{GhcbInfo::ApResetHoldRequest, "AP reset hold"},
    Named{GhcbInfo::PreferredGhcbRequest, "preferred GHCB"},
    Named{GhcbInfo::RegisterGhcbRequest, "register GHCB"},
    Named{GhcbInfo::PscRequest, "page state change"},
    Named{GhcbInfo::RunVmplRequest, "run VMPL"},
    Named{GhcbInfo::FeaturesRequest, "hypervisor features"},
    Named{GhcbInfo::TerminateRequest, "termination"},
};

using abi::Vector;
constexpr std::array vectors{
    Named{Vector::Divide, "#DE"},
    Named{Vector::Debug, "#DB"},
    Named{Vector::Nmi, "NMI"},
    Named{Vector::Breakpoint, "#BP"},
    Named{Vector::InvalidOpcode, "#UD"},
    Named{Vector::DoubleFault, "#DF"},
    Named{Vector::InvalidTss, "#TS"},
    Named{Vector::SegmentNotPresent, "#NP"},
    Named{Vector::Stack, "#SS"},
    Named{Vector::GeneralProtection, "#GP"},
    Named{Vector::PageFault, "#PF"},
    Named{Vector::Alignment, "#AC"},
    Named{Vector::MachineCheck, "#MC"},
    Named{Vector::Hv, "#HV"},
    Named{Vector::Vc, "#VC"},
};

constexpr std::array<std::string_view, 10> rmp_faults{"outside RAM",
                                                      "not assigned",
                                                      "size mismatch",
                                                      "not validated",
                                                      "no permission",
                                                      "a VMSA that runs",
                                                      "shared access to a private page",
                                                      "general protection",
                                                      "bound to another address",
                                                      "no page is mapped there"};

std::string fault_name(std::uint64_t fault) {
    return fault < rmp_faults.size() ? std::string{rmp_faults[fault]} : formatted("fault {}", fault);
}

constexpr std::array rmp_results{
    Named{abi::RmpResult::Success, "ok"},
    Named{abi::RmpResult::FailInput, "fail input"},
    Named{abi::RmpResult::FailPermission, "fail permission"},
    Named{abi::RmpResult::FailInUse, "fail in use"},
    Named{abi::RmpResult::FailOverlap, "fail overlap"},
    Named{abi::RmpResult::FailSizeMismatch, "fail size mismatch"},
};

std::string outcome(const Event& e) {
    if ((e.detail & RmpDetail::fault) != 0) return fault_name(e.value);
    if ((e.detail & RmpDetail::carry) != 0) return "unchanged (carry)";
    return name_in(rmp_results, static_cast<abi::RmpResult>(e.value), "result");
}

std::string_view size_of(std::uint16_t detail, std::uint16_t bit) {
    return (detail & bit) != 0 ? "2M" : "4K";
}

std::string ap_title(const Event& e) {
    switch (static_cast<abi::ApCreationRequest>(e.detail >> 4 & 0xf)) {
        case abi::ApCreationRequest::CreateOnInit: return "AP creation (on INIT)";
        case abi::ApCreationRequest::Create: return "AP creation";
        case abi::ApCreationRequest::Destroy: return "AP destruction";
    }
    return "AP creation (unknown)";
}

std::string rmpadjust_title(const Event& e) {
    const std::string_view size = size_of(e.detail, RmpDetail::size_2m);
    if (abi::RmpAttributes::IsVmsa::test(e.c))
        return formatted("RMPADJUST {} makes a VMSA: {}", size, outcome(e));
    return formatted("RMPADJUST {} for VMPL{}: {}", size, abi::RmpAttributes::TargetVmpl::get(e.c),
                     outcome(e));
}

std::string page_state_title(const Event& e) {
    constexpr std::array<std::string_view, 5> operations{"?", "to private", "to shared", "smash", "unsmash"};
    const auto operation = static_cast<std::size_t>(e.detail & 0xf);
    return formatted("page state {} {}: {}", size_of(e.detail, PageStateDetail::size_2m),
                     operations[operation < operations.size() ? operation : 0],
                     e.value == 0 ? "done" : "refused");
}

std::string leave_title(const Event& e) {
    constexpr std::array<std::string_view, 6> reasons{"VMGEXIT", "HLT",  "shutdown",
                                                      "invalid", "kick", "interrupt"};
    return formatted("#VMEXIT from VMPL{}: {}", e.vmpl, e.detail < reasons.size() ? reasons[e.detail] : "?");
}

std::string msr_title(const Event& e) {
    const bool ghcb = static_cast<abi::Msr>(e.value) == abi::Msr::Ghcb;
    const std::string_view verb = (e.detail & 1) != 0 ? "WRMSR" : "RDMSR";
    return ghcb ? formatted("{} GHCB", verb) : formatted("{} {:#x}", verb, e.value);
}

/// "set 1 code 7" when that is what the guest asks for, in either way. [GHCB "Termination Request"]
std::optional<std::string> termination_of(const Event& e) {
    using abi::GhcbMsr;
    if (e.kind == Kind::GhcbMsr &&
        static_cast<GhcbInfo>(GhcbMsr::Info::get(e.a)) == GhcbInfo::TerminateRequest)
        return formatted("set {} code {}", GhcbMsr::TerminateSet::get(e.a), GhcbMsr::TerminateCode::get(e.a));
    if (e.kind == Kind::GhcbEvent && static_cast<NaeEvent>(e.value) == NaeEvent::Terminate)
        return formatted("set {} code {}", e.a & 0xf, e.a >> 4 & 0xff);
    return std::nullopt;
}

std::string interrupt_title(const Event& e) {
    constexpr std::array<std::string_view, 3> steps{"taken", "delivered", "waits for the window"};
    return formatted("interrupt {}: {}", e.detail, e.value < steps.size() ? steps[e.value] : "?");
}

std::string text_title(const Event& e) {
    return e.value == abi::adyton::mark_port ? "mark" : "console output";
}

}  // namespace

std::string kind_name(Kind kind) {
    const auto found = std::ranges::find(kinds, kind, &Named<Kind>::key);
    return found == kinds.end() ? formatted("kind-{}", static_cast<unsigned>(kind))
                                : std::string{found->name};
}

std::optional<Kind> kind_of(std::string_view name) {
    const auto found = std::ranges::find(kinds, name, &Named<Kind>::name);
    if (found == kinds.end()) return std::nullopt;
    return found->key;
}

std::string kind_names() {
    std::string all;
    for (const auto& kind : kinds) all += formatted("{}{}", all.empty() ? "" : " ", kind.name);
    return all;
}

std::string call_name(std::uint64_t rax) {
    if (const auto at = abi::find_call(rax))
        return formatted("{}.{}", abi::svsm_calls[*at].protocol, abi::svsm_calls[*at].name);
    return formatted("protocol {} call {}", abi::CallId::Protocol::get(rax), abi::CallId::Call::get(rax));
}

std::string result_name(std::uint64_t rax) {
    if (rax >> 32 == 0)
        for (const auto& [number, name] : results)
            if (number == rax) return std::string{name};
    return formatted("result {:#x}", rax);
}

std::string exit_name(std::uint32_t code) { return name_in(exits, static_cast<ExitCode>(code), "exit"); }

std::string request_name(const Event& e) {
    if (const auto reason = termination_of(e)) return "termination, " + *reason;
    if (e.kind == Kind::GhcbMsr)
        return name_in(msr_requests, static_cast<GhcbInfo>(abi::GhcbMsr::Info::get(e.a)), "request");
    if (static_cast<NaeEvent>(e.value) == NaeEvent::Ioio)
        return formatted("port {} {:#x}", abi::IoioInfo::In::test(e.a) ? "input" : "output",
                         abi::IoioInfo::Port::get(e.a));
    // Below 400h an event is the intercept that the guest's #VC handler asks about.
    if (e.value < 0x400 && static_cast<NaeEvent>(e.value) != NaeEvent::Vmmcall) return exit_name(e.value);
    return name_in(events, static_cast<NaeEvent>(e.value), "event");
}

std::string text_of(const Event& e) {
    std::array<char, text_bytes> bytes;
    std::memcpy(bytes.data(), &e.a, sizeof e.a);
    std::memcpy(bytes.data() + 8, &e.b, sizeof e.b);
    std::memcpy(bytes.data() + 16, &e.c, sizeof e.c);
    return {bytes.data(), std::min<std::size_t>(e.detail, bytes.size())};
}

std::string title(const Event& e) {
    switch (e.kind) {
        case Kind::Launch: return "launch";
        case Kind::Enter: return formatted("VMRUN of VMPL{}", e.vmpl);
        case Kind::Leave: return leave_title(e);
        case Kind::Run: return formatted("VMPL{} executes until {}", e.vmpl, exit_name(e.value));
        case Kind::NestedFault: return formatted("nested page fault at VMPL{}", e.vmpl);
        case Kind::RmpFault: return formatted("the RMP refuses: {}", fault_name(e.detail));
        case Kind::Exception:
            return formatted("exception {} at VMPL{}",
                             name_in(vectors, static_cast<Vector>(e.detail), "vector"), e.vmpl);
        case Kind::Pvalidate:
            return formatted("PVALIDATE {} {}: {}", size_of(e.detail, RmpDetail::size_2m),
                             (e.detail & RmpDetail::validate) != 0 ? "validate" : "rescind", outcome(e));
        case Kind::Rmpadjust: return rmpadjust_title(e);
        case Kind::Tlbsync: return "TLBSYNC";
        case Kind::PageState: return page_state_title(e);
        case Kind::Smash: return "the host splits a 2 MiB page";
        case Kind::Msr: return msr_title(e);
        case Kind::GhcbMsr: return "GHCB MSR: " + request_name(e);
        case Kind::GhcbMsrReply: return "GHCB MSR answered";
        case Kind::GhcbEvent: return "GHCB: " + request_name(e);
        case Kind::GhcbEventReply: return e.a == 0 ? "GHCB answered" : "GHCB answered: refused";
        case Kind::Switch: return formatted("run VMPL{} instead of VMPL{}", e.detail, e.vmpl);
        case Kind::CallBegin: return "call " + call_name(e.a);
        case Kind::CallEnd:
            if (e.a == ~std::uint64_t{0}) return "VMPL0 gives the vCPU away";
            // RAX as the guest left it, and no result looks like a call: the SVSM saw none in
            // its calling area.
            if (e.a != 0 && e.b == e.a) return "no answer to " + call_name(e.a) + ": it was not seen";
            return "answer to " + call_name(e.a) + ": " + result_name(e.b);
        case Kind::ApCreate: return ap_title(e);
        case Kind::ApStart: return ap_title(e) + " takes effect";
        case Kind::Halt: return formatted("HLT at VMPL{}", e.vmpl);
        case Kind::Sleep: return e.detail == 0 ? "the vCPU sleeps" : "the vCPU waits for an interrupt";
        case Kind::Wake: return "the vCPU wakes up";
        case Kind::Interrupt: return interrupt_title(e);
        case Kind::Text: return text_title(e);
    }
    return kind_name(e.kind);
}

std::string details(const Event& e) {
    switch (e.kind) {
        case Kind::Launch:
            return formatted("{} vCPUs, {} MiB, image of {} KiB", e.value, e.a >> 20, e.b >> 10);
        case Kind::Enter: return formatted("RIP {:#x} VMSA {:#x}", e.a, e.b);
        case Kind::Leave: return formatted("RIP {:#x}", e.a);
        case Kind::Run: return formatted("{} ticks, RIP {:#x}", e.a, e.b);
        case Kind::NestedFault: return formatted("GPA {:#x} RIP {:#x} info {:#x}", e.a, e.b, e.c);
        case Kind::RmpFault: return formatted("GPA {:#x} RIP {:#x}", e.a, e.b);
        case Kind::Exception: return formatted("error {:#x} RIP {:#x}", e.value, e.a);
        case Kind::Pvalidate:
        case Kind::Rmpadjust: return formatted("GPA {:#x} RIP {:#x} RDX {:#x}", e.a, e.b, e.c);
        case Kind::Tlbsync: return formatted("RIP {:#x}", e.b);
        case Kind::PageState:
        case Kind::Smash: return formatted("GPA {:#x}", e.a);
        case Kind::Msr: return formatted("{:#x} RIP {:#x}", e.a, e.b);
        case Kind::GhcbMsr: return formatted("{:#x} RIP {:#x}", e.a, e.b);
        case Kind::GhcbMsrReply: return formatted("{:#x}", e.a);
        case Kind::GhcbEvent: return formatted("info {:#x} {:#x} value {:#x}", e.a, e.b, e.c);
        case Kind::GhcbEventReply: return formatted("info {:#x} {:#x} RAX {:#x}", e.a, e.b, e.c);
        case Kind::Switch: return formatted("VMSA {:#x}", e.a);
        case Kind::CallBegin: return formatted("RAX {:#x} RCX {:#x} RDX {:#x}", e.a, e.b, e.c);
        case Kind::CallEnd: return formatted("{} ticks at VMPL0", e.c);
        case Kind::ApCreate: return formatted("vCPU {} VMPL{} VMSA {:#x}", e.value, e.detail & 0xf, e.a);
        case Kind::ApStart: return formatted("VMPL{} VMSA {:#x} RIP {:#x}", e.detail & 0xf, e.a, e.b);
        case Kind::Halt:
        case Kind::Interrupt: return formatted("RIP {:#x}", e.a);
        case Kind::Text: return text_of(e);
        case Kind::Sleep:
        case Kind::Wake: return {};
    }
    return formatted("{} {} {:#x} {:#x} {:#x}", e.detail, e.value, e.a, e.b, e.c);
}

}  // namespace tools::trace

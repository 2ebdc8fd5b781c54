// SPDX-License-Identifier: MIT
#include <array>
#include <cstring>

#include "abi/adyton/guest_info.hpp"
#include "abi/snp/ghcb.hpp"
#include "tests/machine/fuzz/actions.hpp"
#include "tests/machine/lib/ghcb.hpp"
#include "tests/machine/lib/instructions.hpp"
#include "tests/machine/lib/memory.hpp"

namespace rules::fuzz {
namespace {

using abi::NaeEvent;

constexpr std::array codes{
    NaeEvent::ReadDr7,      NaeEvent::WriteDr7,
    NaeEvent::Rdtsc,        NaeEvent::Rdpmc,
    NaeEvent::Cpuid,        NaeEvent::Invd,
    NaeEvent::Ioio,         NaeEvent::Msr,
    NaeEvent::Vmmcall,      NaeEvent::Rdtscp,
    NaeEvent::Wbinvd,       NaeEvent::Monitor,
    NaeEvent::Mwait,        NaeEvent::MmioRead,
    NaeEvent::MmioWrite,    NaeEvent::NmiComplete,
    NaeEvent::ApCreation,   NaeEvent::PageStateChange,
    NaeEvent::GuestRequest, NaeEvent::ExtendedGuestRequest,
    NaeEvent::GetApicIds,   NaeEvent::RunVmpl,
    NaeEvent::Terminate,    NaeEvent::HypervisorFeatures,
    NaeEvent::Unsupported,
};

void fill(Ground& g, abi::Ghcb& page) {
    std::memset(&page, 0, sizeof page);
    for (std::uint64_t i = g.random.below(24); i != 0; --i)
        reinterpret_cast<std::uint64_t*>(&page)[g.random.below(512)] = g.random.odd();
    page.protocol_version =
        g.random.once_in(8) ? static_cast<std::uint16_t>(g.random.odd()) : abi::ghcb_version;
    page.usage = g.random.once_in(16) ? static_cast<std::uint32_t>(g.random.odd()) : 0;
    std::uint64_t code = static_cast<std::uint64_t>(g.random.one_of(codes));
    if (g.random.once_in(8)) code = g.random.odd();
    // A reset hold waits for another vCPU, which this program does not have; a termination is its end.
    if (code == static_cast<std::uint64_t>(NaeEvent::ApResetHold)) code = 0;
    if (code == static_cast<std::uint64_t>(NaeEvent::Terminate) && !g.random.once_in(64)) code = 0;
    page.sw_exit_code = code;
    page.sw_exit_info_1 = g.random.odd();
    page.sw_exit_info_2 = g.random.odd();
    page.rax = g.random.odd();
    page.rcx = g.random.odd();
    page.sw_scratch = g.random.once_in(2) ? ghcb::buffer_gpa() + g.random.below(2048) : g.address();
    page.valid_bitmap[0] = g.random.once_in(4) ? g.random.odd() : ~0ull;
    page.valid_bitmap[1] = g.random.once_in(4) ? g.random.odd() : ~0ull;
}

void ask_by_page(Ground& g) {
    fill(g, ghcb::page());
    write_msr(abi::Msr::Ghcb, ghcb::page_gpa());
    vmgexit();
}

/// A termination is no finding, but the end of the program, and a reset hold waits for a vCPU that is not there.
void ask_by_msr(Ground& g) {
    std::uint64_t request = g.random.odd();
    if (g.random.once_in(2)) request = (request & ~0xfffull) | g.random.below(0x20);
    if ((request & 0xfff) == static_cast<std::uint64_t>(abi::GhcbInfo::TerminateRequest)) request ^= 1;
    if ((request & 0xfff) == static_cast<std::uint64_t>(abi::GhcbInfo::ApResetHoldRequest)) request ^= 1;
    // The address of a GHCB page that is none: the host has nowhere to answer, and ends the guest.
    if ((request & 0xfff) == 0 && !g.random.once_in(40)) request |= 2;
    write_msr(abi::Msr::Ghcb, request);
    vmgexit();
    (void)read_msr(abi::Msr::Ghcb);
}

void change_list(Ground& g) {
    abi::Ghcb& page = ghcb::page();
    std::memset(&page, 0, sizeof page);
    auto* const list = reinterpret_cast<std::uint64_t*>(page.shared_buffer);
    // Header: current and end entry. Entries: state, page number, operation, size. [GHCB "SNP Page State Change"]
    list[0] = g.random.once_in(4) ? g.random.odd() : (g.random.below(4) | (g.random.below(64) << 16));
    for (unsigned i = 1; i < 254; ++i) {
        const std::uint64_t at = g.random.once_in(16) ? g.random.odd() : g.own_page();
        list[i] = g.random.once_in(8) ? g.random.odd() : (at & ~0xfffull) | g.random.below(8) << 52;
    }
    (void)ghcb::event(
        {.code = static_cast<std::uint64_t>(NaeEvent::PageStateChange), .scratch = ghcb::buffer_gpa()});
}

void string_io(Ground& g) {
    using Info = abi::IoioInfo;
    std::uint64_t info = Info::Port::put(g.random.once_in(2) ? 0x60 + g.random.below(16) : g.random.next());
    info |= g.random.next() & 0xffff;
    if (Info::Port::get(info) == abi::adyton::report_port) return;  // it would end the run
    (void)ghcb::event({.code = static_cast<std::uint64_t>(NaeEvent::Ioio),
                       .info1 = info,
                       .info2 = g.random.once_in(2) ? g.random.below(3000) : g.random.odd(),
                       .rax = g.random.next(),
                       .scratch = g.random.once_in(4) ? g.address() : ghcb::buffer_gpa()});
}

constexpr Action actions[] = {
    {"GHCB page", 12, ask_by_page},
    {"GHCB MSR", 8, ask_by_msr},
    {"list of page state changes", 4, change_list},
    {"string I/O", 6, string_io},
};

}  // namespace

std::span<const Action> host_actions() { return actions; }

}  // namespace rules::fuzz

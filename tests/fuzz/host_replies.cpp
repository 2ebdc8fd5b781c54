// SPDX-License-Identifier: MIT
// A hypervisor that answers anything at all: the GHCB MSR protocol, and the page state change list.
#include "machine/sim/machine.hpp"
#include "svsm/ghcb/msr_protocol.hpp"
#include "svsm/ghcb/page_state.hpp"
#include "svsm/ghcb/vcpu_events.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

constexpr Gpa page{0x3000};

/// Half of the false replies differ from the true one in one bit.
std::uint64_t lie(fuzz::Choices& choices, std::uint64_t honest) {
    switch (choices.below(4)) {
        case 0: return honest;
        case 1: return honest ^ 1ull << choices.below(64);
        case 2: return (honest & 0xfff) | (choices.word() & ~0xfffull);
        default: return choices.word();
    }
}

void ask_by_msr(sim::Machine& machine, fuzz::Choices& choices) {
    std::uint64_t said = 0;
    machine.host_reply = [&](std::uint64_t, std::uint64_t honest) { return said = lie(choices, honest); };
    switch (choices.below(4)) {
        case 0:
            if (svsm::ghcb::check_version())
                fuzz::expect((said & 0xfff) == 1 && (said >> 48) >= 2,
                             "a version that the host does not speak");
            return;
        case 1:
            if (const auto features = svsm::ghcb::query_features())
                fuzz::expect(*features == said >> 12 && (*features & 3) == 3,
                             "features that the host did not name");
            return;
        case 2:
            if (svsm::ghcb::register_page(page))
                fuzz::expect(said == (page.value() | 0x13), "another page was registered");
            return;
        default:
            if (svsm::ghcb::change_page_state(page, abi::PscOperation::Shared))
                fuzz::expect(said == 0x15, "a refused change passed for done");
    }
}

void spoil(fuzz::Choices& choices, abi::Ghcb& ghcb) {
    abi::PscHeader header;
    std::memcpy(&header, ghcb.shared_buffer, sizeof header);
    switch (choices.below(8)) {
        case 0: ghcb.sw_exit_info_1 = lie(choices, ghcb.sw_exit_info_1); break;
        case 1: ghcb.sw_exit_info_2 = lie(choices, ghcb.sw_exit_info_2); break;
        case 2: header.cur_entry = static_cast<std::uint16_t>(lie(choices, header.cur_entry)); break;
        case 3: header.end_entry = static_cast<std::uint16_t>(lie(choices, header.end_entry)); break;
        case 4: header.reserved = static_cast<std::uint32_t>(lie(choices, 0)); break;
        case 5: ghcb.valid_bitmap[choices.below(2)] = choices.word(); break;
        default: return;
    }
    std::memcpy(ghcb.shared_buffer, &header, sizeof header);
}

/// Whatever the host answers, the list ends after a bounded number of exits.
void change_pages(sim::Machine& machine, fuzz::Choices& choices) {
    unsigned exits = 0;
    machine.psc_entries_per_exit = static_cast<unsigned>(1 + choices.below(8));
    machine.host_event_reply = [&](abi::Ghcb& ghcb) {
        ++exits;
        spoil(choices, ghcb);
    };
    svsm::ghcb::PageStateList list;
    const auto pages = 1 + choices.below(300);
    for (std::uint64_t i = 0; i < pages; ++i)
        if (!list.add(Gpa{i % 16 * page_bytes}, PageSize::Size4K, abi::PscOperation::Private)) return;
    const bool done = list.flush().has_value();
    fuzz::expect(exits <= pages, "the host kept the SVSM asking without end");
    fuzz::expect(!done || exits > 0, "done without asking");
}

}  // namespace

void fuzz::one_input(Bytes input) {
    Choices choices{input, 1};
    sim::Machine machine{16 * page_bytes};
    switch (choices.below(3)) {
        case 0: return ask_by_msr(machine, choices);
        case 1: return change_pages(machine, choices);
        default:
            machine.host_event_reply = [&](abi::Ghcb& ghcb) { spoil(choices, ghcb); };
            (void)svsm::ghcb::run_vmpl(abi::Vmpl::Vmpl1);
            (void)svsm::ghcb::ap_create({.request = abi::ApCreationRequest::Create, .vmsa = page});
    }
}

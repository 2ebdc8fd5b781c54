// SPDX-License-Identifier: MIT
// The guest's calls: sometimes nonsense, but mostly ones that could succeed.
#include "abi/snp/exit_code.hpp"
#include "abi/svsm/calling_area.hpp"
#include "abi/svsm/result.hpp"
#include "abi/x86/registers.hpp"
#include "tests/fuzz/sequence/game.hpp"

namespace fuzz {
namespace {

using abi::CoreCall;

struct Weighted {
    CoreCall call;
    unsigned weight;
};
constexpr std::array calls{
    Weighted{CoreCall::Pvalidate, 42},    Weighted{CoreCall::CreateVcpu, 18},
    Weighted{CoreCall::RemapCa, 12},      Weighted{CoreCall::DeleteVcpu, 7},
    Weighted{CoreCall::DepositMem, 6},    Weighted{CoreCall::WithdrawMem, 5},
    Weighted{CoreCall::QueryProtocol, 3}, Weighted{CoreCall::ConfigureVtom, 2},
};

CoreCall some_call(Choices& choices) {
    auto at = choices.below(95);
    for (const auto& each : calls) {
        if (at < each.weight) return each.call;
        at -= each.weight;
    }
    return CoreCall::QueryProtocol;
}

/// Random words never have this value: it would look like the host's secrets.
std::uint64_t guest_word(Choices& choices) {
    const auto word = choices.word();
    return word == ~0ull / 0xff * secret ? 0 : word;
}

}  // namespace

bool Game::can_run(Gpa vmsa) const {
    if (!is_intact_vmsa(vmsa) || machine_.entry(vmsa).in_use) return false;
    return (machine_.peek<std::uint64_t>(vmsa + offsetof(abi::Vmsa, efer)) & abi::Efer::svme) != 0;
}

Gpa Game::some_page() {
    const auto kind = choices_.below(100);
    if (kind < 75) return pool(choices_.below(pool_pages));
    if (kind < 80 && !vmsas_.empty()) return machine_.entry(Spa{choices_.pick(vmsas_) * page_bytes}).guest;
    if (kind < 86) {
        const auto places = svsm_->places(static_cast<unsigned>(choices_.below(cpus)));
        if (!places.empty()) return choices_.pick(places).calling_area;
    }
    if (kind < 90) return choices_.pick(large_pages) + choices_.pick(large_targets) * page_bytes;
    switch (choices_.below(7)) {
        case 0: return svsm_region.begin + choices_.below(16) * page_bytes;
        case 1: return memory_end + choices_.below(4) * page_bytes;
        case 2: return pool(choices_.below(pool_pages)) + (1ull << choices_.below(64));
        case 3: return Gpa{guest_word(choices_)};
        case 4: return svsm_region.end + choices_.below(4) * page_bytes;
        default: return pool(choices_.below(pool_unvalidated));
    }
}

/// One that the guest can write, if a few tries find one.
Gpa Game::some_guest_page(abi::Vmpl level) {
    for (unsigned tries = 0; tries < 4; ++tries) {
        const Gpa page = pool(choices_.below(pool_pages));
        if (machine_.guest_may(level, model::AccessKind::Write, page) && svsm_->kind(page) == Kind::Ordinary)
            return page;
    }
    return some_page();
}

/// One whose validity a PVALIDATE would change, if a few tries find one.
Gpa Game::some_target(bool is_valid_after) {
    Gpa page = pool(0);
    for (unsigned tries = 0; tries < 6; ++tries) {
        page = pool(choices_.below(pool_pages));
        if (!svsm_->is_nobodys(page) || !machine_.entry(page).assigned) continue;
        if (svsm_->is_guests(page) != is_valid_after) break;
    }
    return page;
}

std::uint64_t Game::some_entry() {
    using Entry = abi::PvalidateEntry;
    std::uint64_t entry =
        Entry::Action::put(choices_.percent(60)) | Entry::IgnoreCf::put(choices_.percent(40));
    if (choices_.percent(4)) {
        // All four places where a large page could be: two of them never are.
        const Gpa page{choices_.below(4) * large_page_bytes};
        entry |= Entry::Size::put(1) | page.value();
        // The host has joined it again; otherwise one 4 KiB change would leave it split.
        if (page >= large_pages[0] && choices_.percent(40)) host_swaps(page, PageSize::Size2M);
    } else if (choices_.percent(20)) {
        entry |= some_page().value() & ~0xfffull;
    } else {
        entry |= some_target(Entry::Action::test(entry)).value();
    }
    if (choices_.percent(2)) entry ^= 1ull << choices_.below(64);
    return entry;
}

/// Writes a list where the guest may, and returns its address.
std::uint64_t Game::some_list(Question& question) {
    const Place& from = question.from;
    const Gpa page = choices_.percent(60)   ? from.calling_area
                     : choices_.percent(80) ? some_guest_page(from.level)
                                            : some_page();
    std::uint64_t offset = 8 * (1 + choices_.below(4));
    if (choices_.percent(8)) offset = choices_.below(page_bytes);
    const Gpa at = page + offset;
    const auto room = offset < page_bytes ? (page_bytes - offset) / 8 - 1 : 0;
    auto entries = 1 + choices_.below(choices_.percent(95) ? 6 : 40);
    if (choices_.percent(3)) entries = choices_.below(600);
    abi::PvalidateHeader header{static_cast<std::uint16_t>(entries), 0, 0};
    if (choices_.percent(6)) header.next = static_cast<std::uint16_t>(choices_.below(entries + 2));
    question.first_entry = header.next;
    // A deposit has no flags, only sizes.
    constexpr std::uint64_t pvalidate_flags = 0xffc;
    const bool deposits =
        question.rax == static_cast<std::uint64_t>(CoreCall::DepositMem) && !choices_.percent(5);
    const auto put = [&](Gpa where, std::uint64_t word) {
        if (where.value() < memory_end.value()) (void)machine_.guest_store(from.level, where, word);
    };
    if (at.is_aligned(8)) {
        put(at, std::bit_cast<std::uint64_t>(header));
        for (std::uint64_t i = 0; i < std::min<std::uint64_t>({entries, room, 48}); ++i)
            put(at + 8 * (i + 1), some_entry() & ~(deposits ? pvalidate_flags : 0));
    }
    return at.value();
}

void Game::write_vmsa(abi::Vmpl level, Gpa page) {
    if (page.value() >= memory_end.value() || !page.is_page_aligned()) return;
    auto vmpl = static_cast<std::uint8_t>(level);
    if (choices_.percent(25)) vmpl = static_cast<std::uint8_t>(choices_.below(5));
    const std::uint64_t efer = choices_.percent(95) ? abi::Efer::svme : 0;
    const std::uint64_t features = choices_.percent(95) ? 1 : choices_.word();
    (void)machine_.guest_store(level, page + offsetof(abi::Vmsa, vmpl), vmpl);
    (void)machine_.guest_store(level, page + offsetof(abi::Vmsa, efer), efer);
    (void)machine_.guest_store(level, page + offsetof(abi::Vmsa, sev_features), features);
}

std::uint64_t Game::some_vmsa() {
    if (!vmsas_.empty() && choices_.percent(85))
        return machine_.entry(Spa{choices_.pick(vmsas_) * page_bytes}).guest.value();
    return some_page().value();
}

void Game::ask(Question& question) {
    const Place& from = question.from;
    const auto call = some_call(choices_);
    question.rax = static_cast<std::uint64_t>(call);
    question.rcx = guest_word(choices_);
    question.rdx = question.r8 = question.r9 = 0;
    switch (call) {
        case CoreCall::Pvalidate:
        case CoreCall::DepositMem: question.rcx = some_list(question); break;
        case CoreCall::WithdrawMem:
            question.rcx = (choices_.percent(50) ? from.calling_area + 8
                                                 : some_guest_page(from.level) + 8 * choices_.below(512))
                               .value();
            break;
        case CoreCall::RemapCa:
            question.rcx = (choices_.percent(70) ? some_guest_page(from.level) : some_page()).value();
            break;
        case CoreCall::DeleteVcpu:
            question.rcx = some_vmsa();
            // Its own, seldom: otherwise soon no vCPU could call.
            if (question.rcx == from.vmsa.value() && !choices_.percent(20)) question.rcx = some_vmsa();
            break;
        case CoreCall::CreateVcpu: {
            const Gpa vmsa = choices_.percent(80) ? some_guest_page(from.level) : some_page();
            write_vmsa(from.level, vmsa);
            question.rcx = vmsa.value();
            question.rdx = (choices_.percent(80) ? some_guest_page(from.level) : some_page()).value();
            question.r8 = choices_.percent(95) ? choices_.pick(apic_ids) : choices_.word();
            break;
        }
        case CoreCall::ConfigureVtom:
            question.rcx = choices_.below(64) | (choices_.percent(20) ? choices_.word() : 0);
            break;
        case CoreCall::QueryProtocol: question.rcx = choices_.below(4) << 32 | choices_.below(4); break;
    }
    if (choices_.percent(2)) question.rax = choices_.percent(50) ? choices_.below(16) : choices_.word();
}

void Game::write_registers(const Question& question) {
    const Gpa page = question.from.vmsa;
    machine_.poke(page + offsetof(abi::Vmsa, rax), question.rax);
    machine_.poke(page + offsetof(abi::Vmsa, rcx), question.rcx);
    machine_.poke(page + offsetof(abi::Vmsa, rdx), question.rdx);
    machine_.poke(page + offsetof(abi::Vmsa, r8), question.r8);
    machine_.poke(page + offsetof(abi::Vmsa, r9), question.r9);
}

/// The guest runs until it calls, if it has something to run.
void Game::prepare(unsigned cpu) {
    auto& player = players_[cpu];
    if (player.running) machine_.set_in_use(*player.running, false);
    player.running.reset();
    player.question.is_call = false;
    const auto places = svsm_->places(cpu);
    if (places.empty()) return;
    Place from = choices_.pick(places);
    for (const Place& place : places)
        if (static_cast<unsigned>(place.level) == player.level && choices_.percent(75)) from = place;
    if (!can_run(from.vmsa)) return;  // the host wakes the SVSM without need

    auto& question = player.question;
    // "Incomplete" asks for the same call again, with nothing changed but RAX.
    const bool goes_on = question.from.vmsa == from.vmsa && question.rax <= 7 && choices_.percent(60) &&
                         machine_.peek<std::uint64_t>(from.vmsa + offsetof(abi::Vmsa, rax)) ==
                             static_cast<std::uint64_t>(abi::SvsmError::Incomplete);
    question.from = from;
    if (!goes_on) ask(question);
    // Others may have undone since what was done before.
    if (goes_on && question.rcx < memory_end.value() - sizeof(abi::PvalidateHeader))
        question.first_entry = machine_.peek<abi::PvalidateHeader>(Gpa{question.rcx}).next;
    write_registers(question);
    const bool by_vmgexit = choices_.percent(97);
    machine_.poke(from.vmsa + offsetof(abi::Vmsa, guest_exit_code),
                  by_vmgexit ? abi::ExitCode::Vmgexit : abi::ExitCode{0x60});
    const std::uint8_t pending = choices_.percent(97) ? 1 : static_cast<std::uint8_t>(choices_.below(4));
    const bool told = machine_.guest_store(from.level, from.calling_area, pending);
    question.is_call = by_vmgexit && told && pending == 1;
    note("calls (rax, rcx, rdx)", cpu, question.rax, question.rcx, question.rdx);
}

}  // namespace fuzz

// SPDX-License-Identifier: MIT
// Interference during a call, or before the next: guests on other CPUs write wherever their rights, or
// stale translations, permit; the hypervisor takes pages, gives them back with other contents, and refuses
// to run a guest.
#include "abi/svsm/core.hpp"
#include "tests/fuzz/sequence/game.hpp"

namespace fuzz {

/// RMPUPDATE refuses a VMSA that runs. Memory of the SVSM could be taken, but that only ends the SVSM.
bool Game::is_hosts(Gpa page, PageSize size) const {
    for (Gpa at = page; at < page + bytes_of(size); at = at + page_bytes)
        if (machine_.entry(at).in_use) return false;
    return true;
}

/// Large pages are whole: ones that consist of several system pages are restored first.
void Game::put_together(Gpa page, PageSize size) {
    if (size == PageSize::Size4K) return;
    for (Gpa at = page; at < page + bytes_of(size); at = at + page_bytes)
        if (machine_.shown(at) != Spa{at.value()}) machine_.host_shows(at, Spa{at.value()});
}

void Game::host_takes(Gpa page, PageSize size) {
    put_together(page, size);
    if (!is_hosts(page, size)) return;
    machine_.host_takes(page, size);
    for (std::uint64_t i = 0; i < bytes_of(size) / page_bytes; ++i)
        taint(*machine_.shown(page + i * page_bytes));
}

void Game::taint(Spa page) {
    const auto number = number_of(page);
    if (is_tainted_.test(number)) return;
    is_tainted_.set(number);
    tainted_.push_back(number);
}

void Game::host_leaves_secrets(Gpa page) {
    machine_.fill({page, page + page_bytes}, secret);
    taint(*machine_.shown(page));
}

/// A page of the host's, with secrets in it, bound to an address of the guest: as if it were one
/// of the SVSM's.
void Game::bind_second_page(Gpa page) {
    auto& second = second_[choices_.below(second_pages)];
    if (!second) second = machine_.host_page();
    const auto before = machine_.entry(*second);
    if (before.in_use) return;
    // The host maps no page that is bound elsewhere: the access would only fail.
    if (before.assigned && machine_.shown(before.guest) == second)
        machine_.host_shows(before.guest, Spa{before.guest.value()});
    std::ranges::fill(machine_.bytes(*second), std::byte{secret});
    taint(*second);
    machine_.host_binds(*second, page);
    note("  the host binds a second page", now_, page.value(), second->value());
}

/// Maps another of the pages that are bound to this address, or the original one.
void Game::switch_pages(Gpa page) {
    Spa next{page.value()};
    for (const auto& second : second_)
        if (second && machine_.entry(*second).guest == page && machine_.shown(page) != second &&
            choices_.percent(60))
            next = *second;
    if (next == *machine_.shown(page)) return;
    machine_.host_shows(page, next);
    note("  the host shows", now_, page.value(), next.value());
}

/// Mostly the page of the current call, in the middle of it.
Gpa Game::some_victim() {
    const auto scratch = machine_.window_target(machine::Window::Scratch4K);
    if (scratch && choices_.percent(60)) return *scratch;
    if (choices_.percent(50)) {
        for (const auto& second : second_)
            if (second && machine_.entry(*second).assigned && choices_.percent(40))
                return machine_.entry(*second).guest;
    }
    if (choices_.percent(30)) return Gpa{players_[now_].question.rcx}.page();
    return pool(choices_.below(pool_pages));
}

/// What only a host can do that works together with its guest. [docs/page-states.md]
void Game::play_tricks() {
    if (choices_.percent(25)) {
        fault_in_ = static_cast<unsigned>(1 + choices_.below(12));
        return;
    }
    const Gpa page = some_victim();
    if (svsm_region.contains(page) || page >= memory_end) return;
    has_played_ = true;
    if (choices_.percent(35)) bind_second_page(page);
    switch_pages(page);
}

void Game::host_gives(Gpa page, PageSize size) {
    put_together(page, size);
    if (!is_hosts(page, size)) return;
    machine_.host_gives(page, size);
}

void Game::host_swaps(Gpa page, PageSize size) {
    host_takes(page, size);
    host_gives(page, size);
}

void Game::guest_writes() {
    const auto level = choices_.pick(guest_levels);
    // The most sensitive places: the list or calling area of a call in progress, a page that is about to
    // become a VMSA.
    const auto& victim = players_[choices_.below(cpus)].question;
    Gpa at = pool(choices_.below(pool_pages)) + 8 * choices_.below(512);
    switch (choices_.below(5)) {
        case 0: at = Gpa{victim.rcx & ~7ull}; break;
        case 1: at = Gpa{(victim.rcx & ~7ull) + 8 * choices_.below(8)}; break;
        case 2: at = victim.from.calling_area; break;
        case 3:
            at = Gpa{(victim.rcx & ~0xfffull) +
                     (choices_.percent(50) ? offsetof(abi::Vmsa, efer) : offsetof(abi::Vmsa, vmpl) - 2)};
            break;
        default: break;
    }
    if (at.value() >= memory_end.value()) return;
    const std::uint64_t word = choices_.percent(60) ? some_entry() : choices_.below(0x1'0000);
    const bool done = machine_.guest_store(level, at, word);
    note("  somebody writes (level, where, what)", now_, static_cast<unsigned>(level), at.value(),
         done ? word : ~0ull);
}

void Game::disturb() {
    // During an instruction on 2 MiB, or its zeroing, the host splits the page and takes a part away.
    if (const auto large_now = machine_.window_target(machine::Window::Scratch2M);
        large_now && choices_.percent(40)) {
        const Gpa part = *large_now + choices_.pick(large_targets) * page_bytes;
        note("  the host splits and takes", now_, part.value());
        return host_takes(part, PageSize::Size4K);
    }
    if (plays_tricks_ && choices_.percent(45)) return play_tricks();
    const auto kind = choices_.below(100);
    if (kind < 45) return guest_writes();
    if (kind < 48) {
        note("  the host will refuse to run a guest", now_);
        host_refuses_ = true;
        return;
    }
    const bool large = choices_.percent(4);
    const auto size = large ? PageSize::Size2M : PageSize::Size4K;
    Gpa page = large ? choices_.pick(large_pages) : pool(choices_.below(pool_pages));
    // Sometimes the page of the current call; a vCPU's own pages seldom, or soon no vCPU could call.
    if (!large && choices_.percent(40)) page = Gpa{players_[now_].question.rcx}.page();
    // Inside a large page: the next 2 MiB instruction on it stops half way.
    if (!large && choices_.percent(6))
        page = choices_.pick(large_pages) + choices_.pick(large_targets) * page_bytes;
    if (svsm_region.contains(page) || page >= memory_end) return;
    if (!svsm_->is_nobodys(page) && !choices_.percent(8)) return;
    if (kind < 70) {
        note("  the host exchanges", now_, page.value(), bytes_of(size));
        host_swaps(page, size);
    } else if (kind < 80) {
        note("  the host takes", now_, page.value(), bytes_of(size));
        host_takes(page, size);
    } else {
        note("  the host gives", now_, page.value(), bytes_of(size));
        host_gives(page, size);
    }
}

}  // namespace fuzz

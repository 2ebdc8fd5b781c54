// SPDX-License-Identifier: MIT
// What others do while a call goes on, or before the next: guests on other CPUs write wherever their rights,
// or old translations, let them; the hypervisor takes pages, gives them back with other contents, and refuses
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

void Game::host_takes(Gpa page, PageSize size) {
    if (!is_hosts(page, size)) return;
    machine_.host_takes(page, size);
    for (std::uint64_t i = 0; i < bytes_of(size) / page_bytes; ++i) taint(page + i * page_bytes);
}

void Game::taint(Gpa page) {
    const auto number = page.value() / page_bytes;
    if (is_tainted_.test(number)) return;
    is_tainted_.set(number);
    tainted_.push_back(number);
}

void Game::host_leaves_secrets(Gpa page) {
    machine_.fill({page, page + page_bytes}, secret);
    taint(page);
}

void Game::host_gives(Gpa page, PageSize size) {
    if (!is_hosts(page, size)) return;
    machine_.host_gives(page, size);
}

void Game::host_swaps(Gpa page, PageSize size) {
    host_takes(page, size);
    host_gives(page, size);
}

void Game::guest_writes() {
    const auto level = choices_.pick(guest_levels);
    // Where it hurts: the list or calling area of a call that goes on, a page that is about to become a VMSA.
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
    // An instruction or a zeroing of 2 MiB goes on: the host splits the page and takes a part away.
    if (const auto large_now = machine_.window_target(machine::Window::Scratch2M);
        large_now && choices_.percent(40)) {
        const Gpa part = *large_now + choices_.pick(large_targets) * page_bytes;
        note("  the host splits and takes", now_, part.value());
        return host_takes(part, PageSize::Size4K);
    }
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
    // The page that the call is about, now and then; a vCPU's own pages seldom, or soon nobody could call.
    if (!large && choices_.percent(40)) page = Gpa{players_[now_].question.rcx}.page();
    // Inside a large page: the next 2 MiB instruction on it stops half way.
    if (!large && choices_.percent(6))
        page = choices_.pick(large_pages) + choices_.pick(large_targets) * page_bytes;
    if (svsm_region.contains(page) || page >= memory_end) return;
    if (svsm_->kind(page) != Kind::Ordinary && !choices_.percent(8)) return;
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

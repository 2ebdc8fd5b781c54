// SPDX-License-Identifier: MIT
// What must be true, whatever was called and whoever interfered.
#include <algorithm>

#include "abi/svsm/result.hpp"
#include "abi/x86/registers.hpp"
#include "tests/fuzz/sequence/game.hpp"

namespace fuzz {

using model::AccessKind;

bool Game::anyone_may(AccessKind kind, Gpa page) const {
    return std::ranges::any_of(guest_levels,
                               [&](abi::Vmpl vmpl) { return machine_.guest_may(vmpl, kind, page); });
}

bool Game::is_intact_vmsa(Gpa page) const {
    const auto entry = machine_.entry(page);
    return entry.assigned && entry.validated && entry.vmsa;
}

/// Finds what changed in the RMP since the last look, 512 bytes at a time.
void Game::note_changes() {
    constexpr std::size_t block = 64;
    const auto entries = machine_.entries();
    bool vmsas_changed = false;
    for (std::size_t first = 0; first < entries.size(); first += block) {
        const auto bytes = block * sizeof entries[0];
        if (std::memcmp(&entries[first], &seen_entries_[first], bytes) == 0) continue;
        for (std::size_t i = first; i < first + block; ++i)
            vmsas_changed |= entries[i].vmsa != seen_entries_[i].vmsa;
        expect(!svsm_region.contains(Gpa{first * page_bytes}) ||
                   std::equal(&entries[first], &entries[first] + 16, &seen_entries_[first]),
               "a call changed the rights of the SVSM's own memory");
        std::memcpy(&seen_entries_[first], &entries[first], bytes);
    }
    if (!vmsas_changed) return;
    vmsas_.clear();
    for (std::uint64_t page = 0; page < page_count; ++page)
        if (entries[page].vmsa) vmsas_.push_back(page);
}

/// At every moment: other CPUs run the guest while the SVSM works.
void Game::check_always() {
    for (const std::uint64_t number : vmsas_) {
        const Gpa page{number * page_bytes};
        if (machine_.entry(page).vmsa)
            expect(!anyone_may(AccessKind::Write, page), "a guest can write a VMSA");
    }
    const auto entries = machine_.entries();
    for (std::size_t i = 0; i < tainted_.size();) {
        const auto number = tainted_[i];
        const Gpa page{number * page_bytes};
        const GpaRange range{page, page + page_bytes};
        // Not the guest's: nothing to see. (Old translations of it are gone, the host flushes what it takes.)
        if (!entries[number].validated || !anyone_may(AccessKind::Read, page)) {
            ++i;
            continue;
        }
        const auto* begin = machine_.bytes(range).data();
        expect(std::memchr(begin, secret, page_bytes) == nullptr ||
                   std::search_n(begin, begin + page_bytes, 8, std::byte{secret}) == begin + page_bytes,
               "a guest can read what the host put into a page: it was not zeroed before it was granted");
        is_tainted_.reset(number);
        tainted_[i] = tainted_.back();
        tainted_.pop_back();
    }
}

/// Before each read: registers are looked at only while no CPU can be made to run the VMSA.
void Game::check_svme(Gpa read) {
    constexpr auto efer = offsetof(abi::Vmsa, efer);
    const auto offset = read.page_offset();
    if (offset == efer || !machine_.entry(read).vmsa || is_ending_) return;
    const auto value = machine_.peek<std::uint64_t>(read.page() + efer);
    expect((value & abi::Efer::svme) == 0 || svsm_->kind(read.page()) != Kind::Vmsa,
           "a VMSA is read while it can run");
}

/// When no CPU is in the middle of a call.
void Game::check_quiet() {
    expect(machine_.stale_pages() == 0, "a guest keeps rights that were taken from it");
    for (const std::uint64_t number : vmsas_) {
        const Gpa page{number * page_bytes};
        expect(svsm_->kind(page) == Kind::Vmsa, "a VMSA that the SVSM does not know");
        if (machine_.entry(page).validated)
            expect((machine_.peek<std::uint64_t>(page + offsetof(abi::Vmsa, efer)) & abi::Efer::svme) != 0,
                   "a VMSA was left stopped");
    }
    for (std::uint64_t i = 0; i < pool_pages; ++i) check_gift(pool(i));
    for (unsigned cpu = 0; cpu < cpus; ++cpu)
        for (const Place& place : svsm_->places(cpu)) {
            expect(svsm_->kind(place.vmsa) == Kind::Vmsa, "the VMSA of a vCPU is not private");
            expect(svsm_->kind(place.calling_area) == Kind::CallingArea,
                   "the calling area of a vCPU is not private");
            const auto entry = machine_.entry(place.vmsa);
            expect(!entry.validated || entry.vmsa, "the VMSA of a vCPU is an ordinary page in the RMP");
        }
    // Another CPU may change the vCPU just when this one has made up its windows; it notices when it wakes.
    expect(players_[now_].is_disturbed || svsm_->shows_places(now_),
           "windows show what no vCPU calls through");
}

/// What the guest deposited is the SVSM's, or was taken by the host.
void Game::check_gift(Gpa page) {
    const auto kind = svsm_->kind(page);
    if (kind != Kind::Deposited) return;
    expect(!anyone_may(AccessKind::Read, page) && !anyone_may(AccessKind::Write, page),
           "a guest can reach a page that it deposited");
}

void Game::check_end() {
    check_always();
    check_quiet();
    for (const Gpa page : large_pages)
        for (std::uint64_t i = 0; i < 512; ++i) check_gift(page + i * page_bytes);
    expect(machine_.is_filled_with(svsm_region, svsm_byte), "memory of the SVSM was written");
    for (std::uint64_t i = 0; i < svsm_region.size() / page_bytes; ++i)
        expect(!anyone_may(AccessKind::Read, svsm_region.begin + i * page_bytes),
               "a guest can read the SVSM");
    for (std::uint64_t i = 0; i < pool_pages; ++i) {
        const Gpa page = pool(i);
        const auto entry = machine_.entry(page);
        switch (svsm_->kind(page)) {
            case Kind::Vmsa:
                expect(!entry.validated || entry.vmsa, "a private VMSA is none in the RMP");
                break;
            case Kind::CallingArea: {
                bool is_used = false;
                for (unsigned cpu = 0; cpu < cpus; ++cpu)
                    for (const Place& place : svsm_->places(cpu)) is_used |= place.calling_area == page;
                expect(is_used, "a calling area that no vCPU uses stayed private");
                break;
            }
            default: expect(!entry.vmsa, "an ordinary page is a VMSA in the RMP");
        }
    }
}

void Game::check_answer(const Player& player) {
    const auto& question = player.question;
    const Gpa vmsa = question.from.vmsa;
    const auto result = machine_.peek<std::uint64_t>(vmsa + offsetof(abi::Vmsa, rax));
    if (!is_intact_vmsa(vmsa)) return;  // taken by the host, or deleted
    count_call(question.rax, result);
    if (player.is_disturbed) return;
    // With several levels another one may have been served, if the guest wrote into its calling area too.
    const auto levels = svsm_->places(now_).size();
    expect(levels != 1 || machine_.peek<std::uint8_t>(question.from.calling_area) == 0,
           "a call was not answered");
    if (question.rax == static_cast<std::uint64_t>(abi::CoreCall::Pvalidate) && result == abi::svsm_success)
        check_list(question);
}

/// Nobody disturbed this PVALIDATE and it says that it is done: each page is what the last entry for it
/// wanted.
void Game::check_list(const Question& question) {
    const Gpa at{question.rcx};
    const auto header = machine_.peek<abi::PvalidateHeader>(at);
    // The list may have named the page that it stands in, which is zero by now.
    if (header.entries == 0 || !machine_.entry(at).validated) return;
    expect(header.next == header.entries, "success, but `next` is not behind the last entry");
    if (header.entries > 8) return;
    // A large page overlaps small ones: which entry was the last for a page would be hard to say.
    for (unsigned i = 0; i < header.entries; ++i)
        if (abi::PvalidateEntry::Size::get(machine_.peek<std::uint64_t>(at + 8 * (i + 1))) != 0) return;
    for (unsigned i = question.first_entry; i < header.entries; ++i) {
        const auto raw = machine_.peek<std::uint64_t>(at + 8 * (i + 1));
        const Gpa page{raw & abi::PvalidateEntry::Gfn::mask};
        bool is_last = page != at.page();
        for (unsigned later = i + 1; later < header.entries; ++later)
            is_last &= (machine_.peek<std::uint64_t>(at + 8 * (later + 1)) ^ raw) >> 12 != 0;
        if (!is_last) continue;
        const bool wants_valid = abi::PvalidateEntry::Action::test(raw);
        expect(machine_.entry(page).validated == wants_valid,
               "success, but the page is not in the state that was asked for");
        if (!wants_valid) {
            expect(!anyone_may(AccessKind::Read, page), "a rescinded page can be read");
            continue;
        }
        expect(machine_.rmp_allows(question.from.level, AccessKind::Write, page),
               "a validated page was not granted");
        expect(machine_.is_filled_with({page, page + page_bytes}, 0), "a validated page is not zero");
    }
}

}  // namespace fuzz

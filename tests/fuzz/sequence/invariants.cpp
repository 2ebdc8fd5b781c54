// SPDX-License-Identifier: MIT
// What must be true after any calls and any interference.
#include <algorithm>
#include <cstring>

#include "abi/svsm/result.hpp"
#include "abi/x86/registers.hpp"
#include "tests/fuzz/sequence/game.hpp"

namespace fuzz {

using model::AccessKind;

bool Game::anyone_may(AccessKind kind, Gpa page) const {
    return std::ranges::any_of(guest_levels,
                               [&](abi::Vmpl vmpl) { return machine_.guest_may(vmpl, kind, page); });
}

/// The entry of the page that the host maps at `page`, if it is bound to that address. Otherwise no access
/// reaches it there.
model::RmpEntry Game::own_entry(Gpa page) const {
    const auto entry = machine_.entry(page);
    return entry.guest == page ? entry : model::RmpEntry{};
}

bool Game::is_intact_vmsa(Gpa page) const {
    const auto entry = own_entry(page);
    return entry.assigned && entry.validated && entry.vmsa;
}

/// Finds what changed in the RMP since the last check, 512 bytes at a time.
void Game::note_changes() {
    constexpr std::size_t block = 64;
    const auto entries = machine_.entries();
    bool vmsas_changed = false;
    for (std::size_t first = 0; first < entries.size(); first += block) {
        const auto bytes = block * sizeof entries[0];
        if (std::memcmp(&entries[first], &seen_entries_[first], bytes) == 0) continue;
        for (std::size_t i = first; i < first + block; ++i) {
            vmsas_changed |= entries[i].vmsa != seen_entries_[i].vmsa;
            // Rights left behind would take effect as soon as the page is valid, before it is zero.
            expect(entries[i].validated || std::ranges::all_of(std::span{entries[i].permissions}.subspan(1),
                                                               [](auto rights) { return rights == 0; }),
                   "rights of a lower level on a page that is not valid");
        }
        expect(!svsm_region.contains(Gpa{first * page_bytes}) ||
                   std::equal(&entries[first], &entries[first] + 16, &seen_entries_[first]),
               "a call changed the rights of the SVSM's own memory");
        std::memcpy(&seen_entries_[first], &entries[first], bytes);
    }
    if (!vmsas_changed) return;
    vmsas_.clear();
    for (std::uint64_t page = 0; page < entries.size(); ++page)
        if (entries[page].vmsa) vmsas_.push_back(page);
}

/// The condition that SNP depends on, whatever the host mapped.
void Game::check_one_valid_page_each() {
    for (const auto& second : second_) {
        if (!second || !machine_.entry(*second).validated) continue;
        const Gpa page = machine_.entry(*second).guest;
        const auto is_another = [&](Spa other) {
            const auto entry = machine_.entry(other);
            return other != *second && entry.validated && entry.guest == page;
        };
        expect(!is_another(Spa{page.value()}), "an address has two valid pages");
        for (const auto& other : second_)
            expect(!other || !is_another(*other), "an address has two valid pages");
    }
}

/// The SVSM would validate it again.
void Game::check_not_validated(Gpa page) {
    if (!svsm_->is_not_validated(page)) return;
    const auto is_valid_there = [&](Spa system) {
        const auto entry = machine_.entry(system);
        return entry.validated && entry.guest == page;
    };
    expect(!is_valid_there(Spa{page.value()}), "a valid page that the SVSM takes for not validated");
    for (const auto& second : second_)
        expect(!second || !is_valid_there(*second), "a valid page that the SVSM takes for not validated");
}

/// True when a level below VMPL0 has rights on a page bound to `page`, mapped or not.
bool Game::anyone_has_rights(Gpa page) const {
    const auto has_rights = [&](Spa system) {
        const auto entry = machine_.entry(system);
        return entry.validated && entry.guest == page &&
               std::ranges::any_of(std::span{entry.permissions}.subspan(1),
                                   [](auto rights) { return rights != 0; });
    };
    return has_rights(Spa{page.value()}) ||
           std::ranges::any_of(second_, [&](const auto& second) { return second && has_rights(*second); });
}

/// At every moment: other CPUs run the guest while the SVSM works.
void Game::check_always() {
    const auto entries = machine_.entries();
    for (const std::uint64_t number : vmsas_) {
        if (!entries[number].vmsa) continue;
        const auto may_write = [](auto rights) { return (rights & abi::Permission::write) != 0; };
        expect(std::ranges::none_of(std::span{entries[number].permissions}.subspan(1), may_write),
               "a guest can write a VMSA");
        const auto bytes = machine_.bytes(Spa{number * page_bytes});
        expect(bytes[offsetof(abi::Vmsa, vmpl)] != std::byte{0} || !entries[number].validated,
               "the host can run a guest's code at VMPL0");
    }
    check_one_valid_page_each();
    for (std::size_t i = 0; i < tainted_.size();) {
        const auto number = tainted_[i];
        // Not the guest's: nothing to check. (No old translation is left, because the host flushes what it
        // takes.) Mapped or not: the host can map it before the guest reads.
        const auto may_read = [](auto rights) { return (rights & abi::Permission::read) != 0; };
        if (!entries[number].validated ||
            std::ranges::none_of(std::span{entries[number].permissions}.subspan(1), may_read)) {
            ++i;
            continue;
        }
        const auto* begin = machine_.bytes(Spa{number * page_bytes}).data();
        expect(std::memchr(begin, secret, page_bytes) == nullptr ||
                   std::search_n(begin, begin + page_bytes, 8, std::byte{secret}) == begin + page_bytes,
               "a guest can read what the host put into a page: it was not zeroed before it was granted");
        is_tainted_.reset(number);
        tainted_[i] = tainted_.back();
        tainted_.pop_back();
    }
}

/// Before each read: the SVSM reads registers only while no CPU can run the VMSA.
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
        const Spa system{number * page_bytes};
        const auto entry = machine_.entry(system);
        const auto kind = svsm_->kind(entry.guest);
        // Half made, and the host prevented its return: it belongs to no vCPU.
        expect(kind == Kind::Vmsa || (has_played_ && kind == Kind::Dirty),
               "a VMSA that the SVSM does not know");
        std::uint64_t efer = 0;
        std::memcpy(&efer, &machine_.bytes(system)[offsetof(abi::Vmsa, efer)], sizeof efer);
        // If the host unmaps a VMSA while its call is answered, the VMSA stays stopped: only
        // its guest suffers.
        if (entry.validated && !has_played_) expect((efer & abi::Efer::svme) != 0, "a VMSA was left stopped");
    }
    for (std::uint64_t i = 0; i < pool_pages; ++i) {
        check_gift(pool(i));
        check_not_validated(pool(i));
    }
    for (unsigned cpu = 0; cpu < cpus; ++cpu)
        for (const Place& place : svsm_->places(cpu)) {
            expect(svsm_->kind(place.vmsa) == Kind::Vmsa, "the VMSA of a vCPU is not private");
            expect(svsm_->kind(place.calling_area) == Kind::CallingArea,
                   "the calling area of a vCPU is not private");
            const auto entry = own_entry(place.vmsa);
            expect(!entry.validated || entry.vmsa, "the VMSA of a vCPU is an ordinary page in the RMP");
        }
    // Another CPU may change the vCPU just after this one has mapped its windows; it notices when it wakes.
    expect(players_[now_].is_disturbed || svsm_->shows_places(now_),
           "windows show what no vCPU calls through");
}

/// What the guest deposited is the SVSM's, or was taken by the host.
void Game::check_gift(Gpa page) {
    const auto kind = svsm_->kind(page);
    if (kind != Kind::Deposited) return;
    expect(!anyone_may(AccessKind::Read, page) && !anyone_may(AccessKind::Write, page) &&
               !anyone_has_rights(page),
           "a guest can reach a page that it deposited");
}

void Game::check_end() {
    check_always();
    check_quiet();
    for (const Gpa page : large_pages)
        for (std::uint64_t i = 0; i < 512; ++i) {
            check_gift(page + i * page_bytes);
            check_not_validated(page + i * page_bytes);
        }
    expect(machine_.is_filled_with(svsm_region, svsm_byte), "memory of the SVSM was written");
    for (std::uint64_t i = 0; i < svsm_region.size() / page_bytes; ++i)
        expect(!anyone_may(AccessKind::Read, svsm_region.begin + i * page_bytes),
               "a guest can read the SVSM");
    for (std::uint64_t i = 0; i < pool_pages; ++i) {
        const Gpa page = pool(i);
        const auto entry = own_entry(page);
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
            case Kind::Dirty: break;
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

/// This PVALIDATE was undisturbed and succeeded: each page is in the state that its last entry asked for.
void Game::check_list(const Question& question) {
    const Gpa at{question.rcx};
    const auto header = machine_.peek<abi::PvalidateHeader>(at);
    // The list may have named its own page, which is zero then.
    if (header.entries == 0 || !machine_.entry(at).validated) return;
    expect(header.next == header.entries, "success, but `next` is not behind the last entry");
    if (header.entries > 8) return;
    // A large page overlaps small ones: the last entry for a page would be hard to find.
    for (unsigned i = 0; i < header.entries; ++i)
        if (abi::PvalidateEntry::Size::get(machine_.peek<std::uint64_t>(at + 8 * (i + 1))) != 0) return;
    for (unsigned i = question.first_entry; i < header.entries; ++i) {
        const auto raw = machine_.peek<std::uint64_t>(at + 8 * (i + 1));
        const Gpa page{raw & abi::PvalidateEntry::Gfn::mask};
        bool is_last = page != at.page(), was_rescinded = false;
        for (unsigned earlier = question.first_entry; earlier < i; ++earlier) {
            const auto other = machine_.peek<std::uint64_t>(at + 8 * (earlier + 1));
            was_rescinded |= (other ^ raw) >> 12 == 0 && !abi::PvalidateEntry::Action::test(other);
        }
        for (unsigned later = i + 1; later < header.entries; ++later)
            is_last &= (machine_.peek<std::uint64_t>(at + 8 * (later + 1)) ^ raw) >> 12 != 0;
        if (!is_last) continue;
        const bool wants_valid = abi::PvalidateEntry::Action::test(raw);
        expect(svsm_->is_guests(page) == wants_valid && svsm_->is_not_validated(page) != wants_valid,
               "success, but the page is not in the state that was asked for");
        if (!wants_valid) {
            expect(!anyone_has_rights(page), "a rescinded page can be read");
            continue;
        }
        // It was the guest's before, and was not touched; the host may have taken it since.
        const bool was_guests = page >= small_memory.end || was_guests_[number_of(page)];
        if (was_guests && !was_rescinded) continue;
        expect(machine_.rmp_allows(question.from.level, AccessKind::Write, page),
               "a validated page was not granted");
        expect(machine_.is_filled_with({page, page + page_bytes}, 0), "a validated page is not zero");
    }
}

}  // namespace fuzz

// SPDX-License-Identifier: MIT
// Page state changes that no sane guest requests: pages that are in the requested state already, small pages
// that become a large one, and PVALIDATE of a page that the host is still changing.
#include <algorithm>
#include <atomic>
#include <span>

#include "guest/lib/check.hpp"
#include "guest/lib/exception.hpp"
#include "guest/lib/instructions.hpp"
#include "guest/lib/memory.hpp"
#include "guest/lib/psc.hpp"
#include "guest/lib/smp.hpp"
#include "guest/lib/start.hpp"

namespace {

using abi::PscOperation;
using abi::Validity;

constexpr unsigned races = 20;
constexpr std::uint64_t pattern = 0x1122'3344'5566'7788;

std::span<std::uint64_t> words_of(Gpa block) {
    return {guest::pointer_to<std::uint64_t>(block), large_page_bytes / sizeof(std::uint64_t)};
}
bool all_are(Gpa block, std::uint64_t value) {
    return std::ranges::all_of(words_of(block), [=](std::uint64_t word) { return word == value; });
}

bool change(Gpa block, PscOperation operation) {
    const guest::PscChange one[]{{block, PageSize::Size2M, operation}};
    return guest::change_page_states(one);
}

/// A large page for host and CPU, validated.
std::optional<Gpa> large_block() {
    const auto block = guest::allocate_block();
    if (!block || !guest::svsm::set_validity(*block, PageSize::Size2M, Validity::Rescind))
        return std::nullopt;
    if (!change(*block, PscOperation::Shared) || !change(*block, PscOperation::Private)) return std::nullopt;
    if (!guest::svsm::set_validity(*block, PageSize::Size2M, Validity::Validate)) return std::nullopt;
    return block;
}

constinit Gpa contested{};
constinit std::atomic<unsigned> wanted{0}, validated{0};

constinit std::atomic<bool> is_asking{false};

/// Keeps the host busy with a list in its GHCB, and ignores the answer.
[[noreturn]] void ask_for_long(guest::Vcpu& self) {
    abi::Ghcb& page = *self.ghcb;
    auto& list = *reinterpret_cast<abi::PscBuffer*>(page.shared_buffer);
    list.header = {0, abi::psc_max_entries - 1, 0};
    for (unsigned i = 0; i < abi::psc_max_entries; ++i) {
        // Hints in between, during which the host serves other vCPUs' requests.
        const auto operation = i % 32 == 0    ? PscOperation::Shared
                               : i % 32 == 16 ? PscOperation::Private
                                              : PscOperation::Smash;
        list.entries[i] = contested.value() | abi::PscEntry::Is2M::mask |
                          abi::PscEntry::Operation::put(static_cast<std::uint64_t>(operation));
    }
    page.sw_exit_code = static_cast<std::uint64_t>(abi::NaeEvent::PageStateChange);
    page.sw_exit_info_1 = page.sw_exit_info_2 = page.valid_bitmap[0] = page.usage = 0;
    page.sw_scratch = self.ghcb_gpa.value() + abi::ghcb_shared_buffer_offset;
    page.valid_bitmap[1] = 0;
    for (const unsigned bit :
         {GHCB_BIT(sw_exit_code), GHCB_BIT(sw_exit_info_1), GHCB_BIT(sw_exit_info_2), GHCB_BIT(sw_scratch)})
        page.valid_bitmap[1] |= 1ull << (bit - 64);
    is_asking = true;
    guest::write_msr(abi::Msr::Ghcb, self.ghcb_gpa.value());
    guest::vmgexit();
    guest::park();
}

/// Validates the contested block as soon as the SVSM lets it, which is while the host still works on it.
void validate_early(guest::Vcpu& self) {
    for (unsigned round = 1; round <= races; ++round) {
        while (wanted.load() != round) guest::pause();
        while (!guest::svsm::set_validity(contested, PageSize::Size2M, Validity::Validate)) guest::pause();
        validated = round;
    }
    while (wanted.load() != races + 1) guest::pause();
    ask_for_long(self);
}

}  // namespace

TEST("a large page that is private already keeps its contents and its validity") {
    const auto block = large_block();
    CHECK(block.has_value());
    std::ranges::fill(words_of(*block), pattern);
    CHECK(change(*block, PscOperation::Private));
    CHECK(!guest::probe_load(*block) && all_are(*block, pattern));
}

TEST("small private pages that become a large one are not valid any more") {
    const auto block = large_block();
    CHECK(block.has_value());
    CHECK(guest::svsm::set_validity(*block, PageSize::Size4K, Validity::Rescind));  // splits the page
    CHECK(guest::svsm::set_validity(*block, PageSize::Size4K, Validity::Validate));
    CHECK(!guest::probe_store(*block, 1) && !guest::probe_store(*block + large_page_bytes / 2, 1));
    CHECK(change(*block, PscOperation::Private));
    CHECK(guest::probe_load(*block) == guest::vc(abi::ExitCode::PageNotValidated));
    CHECK(guest::probe_load(*block + large_page_bytes / 2) == guest::vc(abi::ExitCode::PageNotValidated));
}

TEST("what the SVSM has validated, the host does not write any more") {
    const auto block = large_block();
    CHECK(block.has_value() && guest::vcpu_count() == 2);
    contested = *block;
    guest::start_all(validate_early);
    for (unsigned round = 1; round <= races; ++round) {
        CHECK(guest::svsm::set_validity(contested, PageSize::Size2M, Validity::Rescind));
        CHECK(change(contested, PscOperation::Shared));
        *guest::shared_view(contested) = std::byte{1};  // visible, so that the host has to flush
        wanted = round;
        CHECK(change(contested, PscOperation::Private));
        while (validated.load() != round) guest::pause();
        CHECK(all_are(contested, 0));
    }
}

TEST("a GHCB that has become private is not written any more, not even with the answer") {
    constexpr std::uint64_t head_start_ticks = 100'000, watch_ticks = 200'000'000;
    const Gpa page = guest::vcpu(1).ghcb_gpa;
    wanted = races + 1;
    while (!is_asking.load()) guest::pause();
    for (const auto begin = __builtin_ia32_rdtsc(); __builtin_ia32_rdtsc() - begin < head_start_ticks;)
        guest::pause();
    CHECK(guest::change_page_state(page, PscOperation::Private));
    CHECK(guest::svsm::set_validity(page, PageSize::Size4K, Validity::Validate));
    const std::span words{guest::pointer_to<const volatile std::uint64_t>(page),
                          page_bytes / sizeof(std::uint64_t)};
    for (const auto begin = __builtin_ia32_rdtsc(); __builtin_ia32_rdtsc() - begin < watch_ticks;)
        for (const auto& word : words) CHECK(word == 0);
}

std::uint8_t guest_main(const abi::adyton::GuestInfo&) { return guest::run_checks() == 0 ? 0 : 1; }

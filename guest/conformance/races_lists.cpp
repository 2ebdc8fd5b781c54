// SPDX-License-Identifier: MIT
// Races around lists and calling areas: another vCPU rewrites them, or has them taken away, during the
// call. Vector 27.
#include "guest/conformance/contexts.hpp"
#include "guest/conformance/memory.hpp"
#include "guest/conformance/workers.hpp"

using namespace conf;

namespace {

constexpr unsigned rounds = 40;
constinit Gpa page{}, list_page{};
constinit std::atomic<bool> is_over{false};

void begin() {
    is_over = false;
    page = platform::take_pages();
    list_page = platform::take_pages();
}

List& list() { return at<List>(list_page); }
bool goes_on() { return !is_over.load() && !has_failed(); }

void store(std::uint64_t& word, std::uint64_t value) {
    std::atomic_ref{word}.store(value, std::memory_order_relaxed);
}

}  // namespace

CONFORMS("race.entry-rewritten", "SVSM_CORE_PVALIDATE Call") {
    NEEDS_VCPUS(2);
    // A page that may be rescinded, and one that may not. The answer tells which of the two the SVSM
    // has read, and exactly that must have happened. If the SVSM reads twice, it checks the one and
    // acts on the other.
    begin();
    list().entries[0] = page.value() | rescind;
    run_on(2, [](unsigned seat) {
        const std::uint64_t fine = page.value() | rescind, forbidden = svsm_first_page().value() | rescind,
                            malformed = page.value() | 0x10;
        if (seat == 1) {
            for (unsigned i = 0; goes_on(); ++i)
                store(list().entries[0], i % 3 == 0 ? fine : i % 3 == 1 ? forbidden : malformed);
            return;
        }
        for (unsigned round = 0; round < rounds && !has_failed(); ++round) {
            list().header = {1, 0, 0};
            const std::uint64_t done = pvalidate(list());
            if (done == result::success) {
                EXPECT_EQ(list().header.next, 1);
                EXPECT(is_not_validated(page));
                EXPECT_EQ(pvalidate_one(page.value() | validate), result::success);
                continue;
            }
            EXPECT(done == result::invalid_address || done == result::invalid_parameter);
            EXPECT_EQ(list().header.next, 0);
            EXPECT(can_write(page));
        }
        is_over = true;
    });
    EXPECT(is_served());
}

CONFORMS("race.action-rewritten", "SVSM_CORE_PVALIDATE Call") {
    NEEDS_VCPUS(2);
    // Rescind and validate in one word: afterwards the page is entirely in one of the two states.
    begin();
    run_on(2, [](unsigned seat) {
        if (seat == 1) {
            for (unsigned i = 0; goes_on(); ++i)
                store(list().entries[0], page.value() | ignore_cf | (i % 2 == 0 ? rescind : validate));
            return;
        }
        for (unsigned round = 0; round < rounds && !has_failed(); ++round) {
            if (can_write(page)) fill(page, page_bytes, 0x44);
            list().header = {1, 0, 0};
            store(list().entries[0], page.value() | ignore_cf | validate);
            EXPECT_EQ(pvalidate(list()), result::success);
            EXPECT(is_not_validated(page) || holds_only(page, page_bytes, 0) ||
                   holds_only(page, page_bytes, 0x44));
        }
        is_over = true;
    });
    EXPECT_EQ(pvalidate_one(page.value() | validate | ignore_cf), result::success);
}

CONFORMS("race.header-rewritten", "SVSM_CORE_PVALIDATE Call") {
    NEEDS_VCPUS(2);
    begin();
    run_on(2, [](unsigned seat) {
        auto& header = at<std::uint64_t>(list_page);
        if (seat == 1) {
            constexpr std::uint64_t headers[]{4, 511, 1, 3 << 16 | 4, 9 << 16 | 4, 0xffff, 0};
            for (unsigned i = 0; goes_on(); ++i) store(header, headers[i % 7]);
            return;
        }
        for (auto& entry : list().entries) entry = page.value() | validate | ignore_cf;
        for (unsigned round = 0; round < rounds / 3 && !has_failed(); ++round) {
            const std::uint64_t done = pvalidate(list_page.value());
            EXPECT(done == result::success || done == result::invalid_parameter);
        }
        is_over = true;
    });
    EXPECT(is_served());
    EXPECT(can_write(page));
}

CONFORMS("race.list-rescinded", "SVSM_CORE_PVALIDATE Call") {
    NEEDS_VCPUS(2);
    // The page with the list vanishes during the call: the SVSM answers, does not crash, and leaves no
    // page half done.
    begin();
    run_on(2, [](unsigned seat) {
        if (seat == 1) {
            while (goes_on()) {
                EXPECT_EQ(pvalidate_one(list_page.value() | rescind), result::success);
                EXPECT_EQ(pvalidate_one(list_page.value() | validate), result::success);
            }
            return;
        }
        constexpr unsigned count = 16;
        for (unsigned round = 0; round < rounds && !has_failed(); ++round) {
            // The page may be gone between any two of these; a list that is not complete is as good.
            for (unsigned i = 1; i <= count; ++i)
                (void)try_write(list_page + 8 * i, page.value() | validate | ignore_cf);
            (void)try_write(list_page, count);
            const std::uint64_t done = pvalidate(list_page.value());
            // Cleared on its way, the list is one without entries, or with an entry for page 0.
            EXPECT(done == result::success || done == result::invalid_address ||
                   done == result::invalid_parameter || done == result::unchanged);
        }
        is_over = true;
    });
    EXPECT(is_served());
}

CONFORMS("race.pending-scribbled", "Calling Convention") {
    NEEDS_VCPUS(2);
    // Whatever other vCPUs write into CALL_PENDING, the SVSM answers correctly, refuses the value, or
    // sees no call.
    begin();
    run_on(2, [](unsigned seat) {
        const Gpa area = context_of(0).calling_area;
        if (seat == 1) {
            for (unsigned i = 0; goes_on(); ++i)
                std::atomic_ref{at<abi::CallingArea>(area).call_pending}.store(
                    static_cast<std::uint8_t>(i % 4));
            return;
        }
        const Registers asked = ballast(call_id(abi::CoreCall::QueryProtocol), 1);
        Registers answered = asked, refused = asked;
        answered.rax = result::success;
        answered.rcx = 0x0000'0001'0000'0001;
        refused.rax = result::invalid_format;
        for (unsigned round = 0; round < 4 * rounds && !has_failed(); ++round) {
            const Registers found = exchange(asked).registers;
            EXPECT(found == answered || found == refused || found == asked);
        }
        is_over = true;
    });
    EXPECT(is_served());
}

CONFORMS("race.remap-against-rescind", "SVSM_CORE_REMAP_CA Call") {
    NEEDS_VCPUS(2);
    // One of the two came first, and the other has seen its effect.
    begin();
    static constinit std::atomic<std::uint64_t> rescinded{};
    run_on(2, [](unsigned seat) {
        const Gpa home = platform::self().calling_area;
        for (unsigned round = 0; round < rounds; ++round) {
            if (!meet()) return;
            if (seat == 1) {
                rescinded = pvalidate_one(page.value() | rescind);
                if (!meet()) return;
                continue;
            }
            const std::uint64_t moved = remap_ca(page);
            if (!meet()) return;
            const std::uint64_t other = rescinded.load();
            EXPECT((moved == result::success && other == result::invalid_address) ||
                   (moved == result::invalid_address && other == result::success));
            EXPECT(is_served());
            EXPECT_EQ(remap_ca(home), result::success);
            EXPECT_EQ(pvalidate_one(page.value() | validate | ignore_cf), result::success);
        }
    });
}

CONFORMS("race.everybody-remaps-to-one-page", "SVSM_CORE_REMAP_CA Call") {
    NEEDS_VCPUS(2);
    begin();
    static constinit std::atomic<unsigned> winners{0};
    winners = 0;
    run_on(platform::vcpu_count(), [](unsigned seat) {
        const Gpa home = platform::self().calling_area;
        for (unsigned round = 0; round < rounds / 4; ++round) {
            if (!meet()) return;
            const std::uint64_t moved = remap_ca(page);
            EXPECT(moved == result::success || moved == result::invalid_address);
            if (moved == result::success) ++winners;
            if (!meet()) return;
            EXPECT(is_served());
            EXPECT_EQ(winners.load(), 1);
            if (!meet()) return;
            if (moved == result::success) EXPECT_EQ(remap_ca(home), result::success);
            if (seat == 0) winners = 0;
        }
    });
}

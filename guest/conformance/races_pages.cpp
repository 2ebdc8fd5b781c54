// SPDX-License-Identifier: MIT
// Races for pages: VMSA, calling area, deposit or ordinary memory, but never two of them. Vector 26.
#include <array>

#include "abi/x86/registers.hpp"
#include "guest/conformance/contexts.hpp"
#include "guest/conformance/memory.hpp"
#include "guest/conformance/withdraw.hpp"
#include "guest/conformance/workers.hpp"

using namespace conf;

namespace {

constexpr unsigned rounds = 30;
/// For races of all vCPUs: a flush has to wait for each of them, and on a busy host each has to wait
/// for a CPU.
constexpr unsigned rounds_of_all = 10, hammer_blows = 240;
constinit std::atomic<unsigned> winners{0};
constinit Context candidate{};
constinit std::array<Gpa, max_seats> own_page{};
constinit Gpa page{};

bool begin(unsigned busy) {
    winners = 0;
    page = platform::take_pages();
    for (auto& each : own_page) each = platform::take_pages();
    const auto spare = spare_beside(busy);
    if (spare) candidate = *spare;
    return spare.has_value();
}

std::uint64_t create_candidate(Gpa area) {
    return create_vcpu(candidate.vmsa.value(), area.value(), platform::apic_id(candidate.vcpu));
}

void count_winner(bool won) {
    if (won) ++winners;
}

}  // namespace

CONFORMS("race.same-vmsa-created-by-all", "SVSM_CORE_CREATE_VCPU Call") {
    NEEDS_VCPUS(2);
    const unsigned busy = platform::vcpu_count() > 2 ? platform::vcpu_count() - 1 : 2;
    if (!begin(busy)) return skip("there is no room for another context");
    run_on(busy, [](unsigned seat) {
        for (unsigned round = 0; round < rounds_of_all; ++round) {
            if (seat == 0) {
                platform::fill_vmsa(candidate, [] {});
                winners = 0;
            }
            if (!meet()) return;
            const std::uint64_t done = create_candidate(own_page[seat]);
            EXPECT(done == result::success || done == result::invalid_address);
            EXPECT(!can_write(candidate.vmsa + 0xff0));
            count_winner(done == result::success);
            if (!meet()) return;
            EXPECT_EQ(winners.load(), 1);
            // The losers' areas are their own, the winner's is not.
            EXPECT_EQ(remap_ca(done == result::success ? own_page[seat] : platform::self().calling_area),
                      done == result::success ? result::invalid_address : result::success);
            if (!meet()) return;
            if (done == result::success) EXPECT_EQ(delete_vcpu(candidate.vmsa), result::success);
            if (!meet()) return;
        }
    });
}

CONFORMS("race.same-vmsa-deleted-by-all", "SVSM_CORE_DELETE_VCPU Call") {
    NEEDS_VCPUS(2);
    const unsigned busy = platform::vcpu_count() > 2 ? platform::vcpu_count() - 1 : 2;
    if (!begin(busy)) return skip("there is no room for another context");
    run_on(busy, [](unsigned seat) {
        for (unsigned round = 0; round < rounds_of_all; ++round) {
            if (seat == 0) {
                platform::fill_vmsa(candidate, [] {});
                winners = 0;
                EXPECT_EQ(create_candidate(candidate.calling_area), result::success);
            }
            if (!meet()) return;
            const std::uint64_t done = delete_vcpu(candidate.vmsa);
            EXPECT(done == result::success || done == result::invalid_parameter);
            count_winner(done == result::success);
            if (!meet()) return;
            EXPECT_EQ(winners.load(), 1);
            EXPECT(can_write(candidate.vmsa));
            if (!meet()) return;
        }
    });
}

CONFORMS("race.create-against-rescind", "SVSM_CORE_CREATE_VCPU Call") {
    NEEDS_VCPUS(2);
    if (!begin(2)) return skip("there is no room for another context");
    static constinit std::atomic<std::uint64_t> rescinded{};
    run_on(2, [](unsigned seat) {
        for (unsigned round = 0; round < rounds; ++round) {
            if (seat == 0) platform::fill_vmsa(candidate, [] {});
            if (!meet()) return;
            if (seat == 1) {
                rescinded = pvalidate_one(candidate.vmsa.value() | rescind);
                if (!meet()) return;
                if (!meet()) return;
                continue;
            }
            const std::uint64_t done = create_candidate(candidate.calling_area);
            if (!meet()) return;
            const std::uint64_t other = rescinded.load();
            EXPECT((done == result::success && other == result::invalid_address) ||
                   (done == result::invalid_address && other == result::success));
            EXPECT(!can_write(candidate.vmsa));
            if (done == result::success)
                EXPECT_EQ(delete_vcpu(candidate.vmsa), result::success);
            else
                EXPECT_EQ(pvalidate_one(candidate.vmsa.value() | validate), result::success);
            if (!meet()) return;
        }
    });
}

CONFORMS("race.remap-against-create", "SVSM_CORE_REMAP_CA Call") {
    NEEDS_VCPUS(2);
    // The same page as calling area of one vCPU and of another that is created.
    if (!begin(2)) return skip("there is no room for another context");
    static constinit std::atomic<std::uint64_t> created{};
    run_on(2, [](unsigned seat) {
        const Gpa home = platform::self().calling_area;
        for (unsigned round = 0; round < rounds; ++round) {
            if (seat == 1) platform::fill_vmsa(candidate, [] {});
            if (!meet()) return;
            if (seat == 1) {
                created = create_candidate(page);
                if (!meet()) return;
                if (!meet()) return;
                if (created == result::success) EXPECT_EQ(delete_vcpu(candidate.vmsa), result::success);
                continue;
            }
            const std::uint64_t moved = remap_ca(page);
            if (!meet()) return;
            const std::uint64_t other = created.load();
            EXPECT((moved == result::success && other == result::invalid_address) ||
                   (moved == result::invalid_address && other == result::success));
            EXPECT(is_served());
            if (moved == result::success) EXPECT_EQ(remap_ca(home), result::success);
            if (!meet()) return;
        }
    });
}

CONFORMS("race.deposit-against-rescind", "SVSM_CORE_DEPOSIT_MEM Call") {
    NEEDS_VCPUS(2);
    (void)begin(2);
    static constinit std::atomic<std::uint64_t> rescinded{};
    run_on(2, [](unsigned seat) {
        for (unsigned round = 0; round < rounds; ++round) {
            if (!meet()) return;
            if (seat == 1) {
                rescinded = pvalidate_one(page.value() | rescind);
                if (!meet()) return;
                if (!meet()) return;
                continue;
            }
            List& list = new_list(1);
            list.entries[0] = page.value();
            const std::uint64_t done = deposit_mem(gpa_of(&list).value());
            if (!meet()) return;
            const std::uint64_t other = rescinded.load();
            EXPECT((done == result::success && other == result::invalid_address) ||
                   (done == result::invalid_address && other == result::success));
            EXPECT(!can_read(page));
            if (done == result::success) {
                EXPECT(withdraw_all().pages >= 1);
                // Any page may have come back; with this one elsewhere, another has to do.
                if (!can_write(page)) page = platform::take_pages();
            } else {
                EXPECT_EQ(pvalidate_one(page.value() | validate), result::success);
            }
            if (!meet()) return;
        }
    });
}

namespace {

constexpr unsigned contested = 4;
constinit Gpa contested_pages{};

/// What a hammering vCPU does with a page: the SVSM accepts or refuses, and its answer must be true.
void hammer_once(unsigned seat, Gpa where, Random& random) {
    switch (random.below(5)) {
        case 0: (void)pvalidate_one(where.value() | rescind | ignore_cf); return;
        case 1: (void)pvalidate_one(where.value() | validate | ignore_cf); return;
        case 2: (void)try_store(where + random.below(page_bytes), static_cast<std::uint8_t>(seat)); return;
        default: break;
    }
    // The page becomes a VMSA, if it stays writable long enough; then no other vCPU may access it.
    Context context = candidate;
    context.vmsa = where;
    const bool written = try_store(where + 0xca, static_cast<std::uint8_t>(context.vmpl)) &&
                         try_write(where + 0xd0, abi::Efer::svme) &&
                         try_write(where + 0x3b0, platform::sev_features());
    if (!written) return;
    if (create_vcpu(where.value(), own_page[seat].value(), platform::apic_id(context.vcpu)) !=
        result::success)
        return;
    for (unsigned i = 0; i < 20; ++i) {
        EXPECT(!try_store(where + 0xff0, 0x55));
        if (i % 10 == 0) EXPECT_EQ(pvalidate_one(where.value() | rescind), result::invalid_address);
    }
    if (std::uint64_t vmpl_word = 0; try_load(where + 0xc8, vmpl_word))
        EXPECT_EQ(vmpl_word >> 16 & 0xff, context.vmpl);
    EXPECT_EQ(delete_vcpu(where), result::success);
}

}  // namespace

CONFORMS("race.hammer", "SVSM_CORE_CREATE_VCPU Call") {
    NEEDS_VCPUS(2);
    const unsigned busy = platform::vcpu_count() > 2 ? platform::vcpu_count() - 1 : 2;
    if (!begin(busy)) return skip("there is no room for another context");
    contested_pages = platform::take_pages(contested);
    run_on(busy, [](unsigned seat) {
        Random random{seat};
        for (unsigned i = 0; i < hammer_blows / platform::vcpu_count() && !has_failed(); ++i)
            hammer_once(seat, contested_pages + random.below(contested) * page_bytes, random);
    });
    EXPECT(is_served());
    for (unsigned i = 0; i < contested; ++i) {
        const auto at = (contested_pages + i * page_bytes).value();
        EXPECT_EQ(pvalidate_one(at | rescind | ignore_cf), result::success);
        EXPECT_EQ(pvalidate_one(at | validate), result::success);
    }
    EXPECT(holds_only(contested_pages, contested * page_bytes, 0));
}

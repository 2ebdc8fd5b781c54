// SPDX-License-Identifier: MIT
// The order of effects, watched by another vCPU: zero before grant, flush before return, pending falls last.
#include "guest/conformance/contexts.hpp"
#include "guest/conformance/memory.hpp"
#include "guest/conformance/workers.hpp"

using namespace conf;

namespace {

constexpr unsigned rounds = 40;
constinit Gpa page{};
constinit std::atomic<bool> is_over{false};
constinit std::atomic<unsigned> phase{0};

void begin() {
    is_over = false;
    phase = 0;
    page = platform::take_pages();
}

std::uint8_t load_pending(Gpa area) {
    return std::atomic_ref{at<abi::CallingArea>(area).call_pending}.load(std::memory_order_acquire);
}

}  // namespace

CONFORMS("order.zeroed-before-granted", "SVSM_CORE_PVALIDATE Call") {
    NEEDS_VCPUS(2);
    begin();
    // 2 MiB take long to clear, and the last page comes last.
    static constinit Gpa block{}, last{};
    const auto taken = platform::take_block();
    EXPECT(taken.has_value());
    block = *taken;
    last = block + (large_page_bytes - page_bytes);
    run_on(2, [](unsigned seat) {
        if (seat == 1) {
            // From the RESCIND on, every successful read has to return zero.
            while (!is_over.load() && !has_failed()) {
                const unsigned before = phase.load();
                std::uint64_t found = 0;
                if (before % 2 == 0 || !try_load(last + 0x7f8, found)) continue;
                if (phase.load() == before) EXPECT_EQ(found, 0);
            }
            return;
        }
        for (unsigned round = 0; round < rounds / 2 && !has_failed(); ++round) {
            fill(last, page_bytes, 0x6b);
            EXPECT_EQ(pvalidate_one(block.value() | size_2m | rescind), result::success);
            ++phase;
            EXPECT_EQ(pvalidate_one(block.value() | size_2m | validate), result::success);
            ++phase;
        }
        is_over = true;
    });
}

CONFORMS("order.flushed-before-return", "SVSM_CORE_PVALIDATE Call") {
    NEEDS_VCPUS(2);
    begin();
    run_on(platform::vcpu_count() < 4 ? platform::vcpu_count() : 4, [](unsigned seat) {
        if (seat > 0) {
            while (!is_over.load() && !has_failed()) {
                const unsigned before = phase.load();
                const bool seen = can_read(page);
                if (before % 2 == 1 && phase.load() == before) EXPECT(!seen);
            }
            return;
        }
        for (unsigned round = 0; round < rounds && !has_failed(); ++round) {
            EXPECT_EQ(pvalidate_one(page.value() | rescind), result::success);
            ++phase;  // odd: the call has returned, no vCPU may access the page
            for (unsigned i = 0; i < 20; ++i) guest::pause();
            ++phase;
            EXPECT_EQ(pvalidate_one(page.value() | validate), result::success);
        }
        is_over = true;
    });
}

CONFORMS("order.pending-falls-last", "Calling Convention") {
    NEEDS_VCPUS(2);
    begin();
    static constexpr std::uint16_t count = 64;
    static constinit List* list = nullptr;
    static constinit std::atomic<unsigned> seen{count};  // `next` when CALL_PENDING had fallen
    list = &at<List>(platform::take_pages());
    run_on(2, [](unsigned seat) {
        const Gpa area = context_of(0).calling_area;
        if (seat == 1) {
            while (!is_over.load() && !has_failed()) {
                const unsigned before = phase.load();
                if (before % 2 == 0 || load_pending(area) != 0) continue;
                const unsigned next = std::atomic_ref{list->header.next}.load();
                if (phase.load() == before) seen = next;
            }
            return;
        }
        const Registers call = ballast(call_id(abi::CoreCall::Pvalidate), gpa_of(list).value());
        for (unsigned round = 0; round < rounds && !has_failed(); ++round) {
            list->header = {count, 0, 0};
            for (unsigned i = 0; i < count; ++i)
                list->entries[i] = page.value() | (i % 2 == 0 ? rescind : validate);
            seen = count;
            std::atomic_ref{at<abi::CallingArea>(area).call_pending}.store(1);
            ++phase;  // odd: announced
            const std::uint64_t done = enter(call).registers.rax;
            ++phase;
            if (done == result::incomplete || done == result::busy) {
                EXPECT_EQ(pvalidate(*list), result::success);
                continue;
            }
            EXPECT_EQ(done, result::success);
            EXPECT_EQ(seen.load(), count);
        }
        is_over = true;
    });
}

CONFORMS("order.vmsa-frozen-before-judged", "SVSM_CORE_CREATE_VCPU Call") {
    NEEDS_VCPUS(2);
    // Another vCPU rewrites the VMSA while the SVSM checks it: the accepted contents must be in the page now.
    begin();
    const auto spare = spare_beside(2);
    if (!spare) return skip("there is no room for another context");
    static constinit Context candidate{};
    static constinit std::atomic<unsigned> writes{0};
    candidate = *spare;
    run_on(2, [](unsigned seat) {
        const Gpa vmpl = candidate.vmsa + 0xca;
        if (seat == 1) {
            const auto good = static_cast<std::uint8_t>(candidate.vmpl);
            while (!is_over.load() && !has_failed()) {
                if (try_store(vmpl, 0) && try_store(vmpl, good)) ++writes;
            }
            return;
        }
        for (unsigned round = 0; round < rounds && !has_failed(); ++round) {
            platform::fill_vmsa(candidate, [] {});
            // The other vCPU has to be writing, with the page in its TLB.
            const unsigned before = writes.load();
            if (!wait_for([before] { return writes.load() > before + 2; })) return;
            const auto done = create_vcpu(candidate.vmsa.value(), candidate.calling_area.value(),
                                          platform::apic_id(candidate.vcpu));
            if (done == result::invalid_parameter) continue;
            EXPECT_EQ(done, result::success);
            // A pair of stores that has begun may still complete; a translation that was not flushed
            // continues to work.
            const unsigned after = writes.load();
            for (unsigned i = 0; i < 2000; ++i) guest::pause();
            EXPECT(writes.load() <= after + 1);
            if (can_read(vmpl)) EXPECT_EQ(at<volatile std::uint8_t>(vmpl), candidate.vmpl);
            EXPECT_EQ(delete_vcpu(candidate.vmsa), result::success);
        }
        is_over = true;
    });
}

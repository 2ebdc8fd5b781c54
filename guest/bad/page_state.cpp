// SPDX-License-Identifier: MIT
// Page state changes that no sane guest asks for: pages that are where they should go already, small pages that become
// a large one, and PVALIDATE of a page that the host is still handing over.
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

/// A large page in the eyes of host and CPU, validated.
std::optional<Gpa> large_block() {
    const auto block = guest::allocate_block();
    if (!block || !guest::svsm::set_validity(*block, PageSize::Size2M, Validity::Rescind)) return std::nullopt;
    if (!change(*block, PscOperation::Shared) || !change(*block, PscOperation::Private)) return std::nullopt;
    if (!guest::svsm::set_validity(*block, PageSize::Size2M, Validity::Validate)) return std::nullopt;
    return block;
}

constinit Gpa contested{};
constinit std::atomic<unsigned> wanted{0}, validated{0};

/// Validates the contested block as soon as the SVSM lets it, which is while the host still works on it.
void validate_early(guest::Vcpu&) {
    for (unsigned round = 1; round <= races; ++round) {
        while (wanted.load() != round) guest::pause();
        while (!guest::svsm::set_validity(contested, PageSize::Size2M, Validity::Validate)) guest::pause();
        validated = round;
    }
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
    CHECK(block.has_value() && guest::vcpu_count() > 1);
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

std::uint8_t guest_main(const abi::adyton::GuestInfo&) { return guest::run_checks() == 0 ? 0 : 1; }

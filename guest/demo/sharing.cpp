// SPDX-License-Identifier: MIT
// A page on its way to the hypervisor and back.
#include <cstring>

#include "guest/demo/demo.hpp"
#include "guest/lib/check.hpp"
#include "guest/lib/exception.hpp"
#include "guest/lib/ghcb.hpp"
#include "guest/lib/memory.hpp"
#include "guest/lib/psc.hpp"

using abi::ExitCode;
using abi::PscOperation;
using abi::Validity;
using guest::vc;

namespace {
Va shared_va(Gpa page) { return Va{reinterpret_cast<std::uintptr_t>(guest::shared_view(page))}; }
}  // namespace

TEST("a page goes private, shared, private through the MSR protocol") {
    const Gpa page = guest::allocate_pages();
    CHECK(guest::probe_load(shared_va(page)) == vc(ExitCode::NestedPageFault));
    demo::fill(page, page_bytes, 0x42);
    CHECK(guest::make_shared(page));
    CHECK(guest::probe_load(page) == vc(ExitCode::PageNotValidated));
    CHECK(!guest::probe_store(shared_va(page), 0x5a));
    CHECK(*guest::shared_view(page) == std::byte{0x5a});
    CHECK(guest::make_private(page));
    CHECK(demo::is_zero(page, page_bytes));
    CHECK(guest::probe_store(shared_va(page), 1) == vc(ExitCode::NestedPageFault));
    CHECK(demo::is_zero(page, page_bytes) && !guest::probe_store(page, 1));
}

TEST("pages change state through a list in the GHCB") {
    constexpr unsigned pages = 4;
    const Gpa first = guest::allocate_pages(pages);
    guest::PscChange changes[pages];
    for (unsigned i = 0; i < pages; ++i) {
        changes[i] = {first + i * page_bytes, PageSize::Size4K, PscOperation::Shared};
        CHECK(guest::svsm::set_validity(changes[i].page, PageSize::Size4K, Validity::Rescind));
    }
    CHECK(guest::change_page_states(changes));
    for (auto& change : changes) {
        CHECK(!guest::probe_store(shared_va(change.page), 0x21));
        change.operation = PscOperation::Private;
    }
    CHECK(guest::change_page_states(changes));
    for (const auto& change : changes) {
        CHECK(guest::probe_load(change.page) == vc(ExitCode::PageNotValidated));
        CHECK(guest::svsm::set_validity(change.page, PageSize::Size4K, Validity::Validate));
    }
    CHECK(demo::is_zero(first, pages * page_bytes));
}

TEST("a 2 MiB page goes shared and back in one entry") {
    const auto block = guest::allocate_block();
    CHECK(block.has_value());
    CHECK(guest::svsm::set_validity(*block, PageSize::Size2M, Validity::Rescind));
    guest::PscChange change[]{{*block, PageSize::Size2M, PscOperation::Shared}};
    CHECK(guest::change_page_states(change));
    const Gpa last = *block + (large_page_bytes - 1);
    CHECK(!guest::probe_store(shared_va(*block), 1) && !guest::probe_store(shared_va(last), 1));
    change[0].operation = PscOperation::Private;
    CHECK(guest::change_page_states(change));
    CHECK(guest::svsm::set_validity(*block, PageSize::Size2M, Validity::Validate));
    CHECK(demo::is_zero(*block, large_page_bytes));
}

TEST("the hypervisor refuses malformed page state changes") {
    const Gpa page = guest::allocate_pages();
    CHECK(!guest::change_page_state(page, static_cast<PscOperation>(9)));
    const guest::PscChange misaligned[]{{page, PageSize::Size2M, PscOperation::Shared}};
    CHECK(!page.is_aligned(large_page_bytes) && !guest::change_page_states(misaligned));
    CHECK(!guest::probe_load(page));
}

TEST("the hypervisor answers CPUID through the GHCB") {
    const auto reply = guest::ghcb::event({.event = abi::NaeEvent::Cpuid, .rax = 1, .rcx = 0});
    CHECK(reply && reply->has_registers);
    constexpr unsigned apic_id_shift = 24;
    CHECK(reply->rbx >> apic_id_shift == guest::apic_id_of(guest::this_vcpu().index));
}

TEST("the hypervisor refuses events that do not exist") {
    const auto reply = guest::ghcb::event({.event = static_cast<abi::NaeEvent>(0x8000'7777)});
    CHECK(!reply && reply.error() == guest::ghcb::Error::Refused);
    CHECK(guest::ghcb::event({.event = abi::NaeEvent::HypervisorFeatures}).has_value());
}

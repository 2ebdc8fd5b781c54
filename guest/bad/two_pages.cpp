// SPDX-License-Identifier: MIT
// Conspires with the hypervisor (--adversary two-pages) to run code of its own at VMPL0:
//
//   1  the guest writes a VMSA for VMPL0 at an address of its own       first page, valid
//   2  the host maps another system page there; the guest validates it   second page: two are valid
//   3  the guest writes a harmless VMSA there and calls CREATE_VCPU
//   4  the SVSM checks the second page; before its RMPADJUST the host maps the first
//   5  the host runs the first
//
// An SVSM that validates no address twice stops it at 2.
#include <atomic>

#include "guest/bad/accomplice.hpp"
#include "guest/lib/check.hpp"
#include "guest/lib/console.hpp"
#include "guest/lib/instructions.hpp"
#include "guest/lib/memory.hpp"
#include "guest/lib/smp.hpp"
#include "guest/lib/start.hpp"

namespace {

constinit std::atomic<bool> has_run{false};
constinit std::uint32_t adjusted = ~0u;
constinit Gpa page{}, area{}, stack_top{}, other{};
constinit guest::Vcpu other_vcpu{};

[[noreturn]] void at_vmpl0(guest::Vcpu&) {
    constexpr std::uint64_t all_rights_of_vmpl1 = 0xf01;  // VMPL1 itself may not
    adjusted = guest::rmpadjust(other.value(), all_rights_of_vmpl1);
    has_run = true;
    guest::park();
}

void fill_vmsa(std::uint8_t vmpl) {
    auto& vmsa = *guest::pointer_to<abi::Vmsa>(page);
    guest::fill_vmsa(vmsa, other_vcpu, stack_top);
    vmsa.vmpl = vmpl;
    vmsa.rip = reinterpret_cast<std::uintptr_t>(&at_vmpl0);
}

guest::svsm::Result create() { return guest::svsm::create_vcpu(page, area, 1); }

}  // namespace

TEST("a VMSA for VMPL0 is refused when the host stays out of it") {
    CHECK(guest::vcpu_count() > 1);
    page = guest::allocate_pages();
    area = guest::allocate_pages();
    other = guest::allocate_pages();
    constexpr std::size_t stack_pages = 4;
    stack_top = guest::allocate_pages(stack_pages) + stack_pages * page_bytes;
    other_vcpu.self = &other_vcpu;
    other_vcpu.index = 1;
    fill_vmsa(0);
    CHECK(guest::is_error(create(), abi::SvsmError::InvalidParameter));
}

TEST("the address does not get a second valid page") {
    CHECK(guest::ask(guest::ConspiracyAsk::Begin, page));
    CHECK(guest::ask(guest::ConspiracyAsk::ShowSecond, page));
    CHECK(guest::is_error(guest::change_validity(page, abi::Validity::Validate),
                          abi::SvsmError::PvalidateUnchanged));
    CHECK(guest::probe_load(page) == guest::vc(abi::ExitCode::PageNotValidated));
}

TEST("CREATE_VCPU makes no VMSA of it, whichever page is shown") {
    if (!guest::probe_load(page)) fill_vmsa(static_cast<std::uint8_t>(guest::info().vmpl));
    CHECK(!create().has_value());
    CHECK(guest::ask(guest::ConspiracyAsk::ShowFirst, page));
    CHECK(!create().has_value());
}

TEST("nothing of this guest's runs at VMPL0") {
    const bool ran = guest::ask(guest::ConspiracyAsk::Run, page);
    while (ran && !has_run.load()) guest::pause();
    if (ran) guest::say("# code of this guest ran at VMPL0: RMPADJUST of VMPL1's rights gave {}", adjusted);
    CHECK(!ran);
    CHECK(guest::svsm::query_protocol(abi::core_protocol, 1).has_value());
}

TEST("the page comes back, zeroed") {
    CHECK(guest::ask(guest::ConspiracyAsk::End, page));
    CHECK(guest::change_validity(page, abi::Validity::Validate).has_value());
    CHECK(guest::holds_only(0, page));
}

std::uint8_t guest_main(const abi::adyton::GuestInfo&) { return guest::run_checks() == 0 ? 0 : 1; }

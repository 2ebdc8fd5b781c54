// SPDX-License-Identifier: MIT
// The lower of two levels conspires with the hypervisor (--adversary faults-while-revoking) to keep its right
// to a page that the upper one rescinds: the host makes the SVSM's RMPADJUST fault.
#include <atomic>

#include "abi/adyton/guest_info.hpp"
#include "guest/bad/accomplice.hpp"
#include "guest/lib/check.hpp"
#include "guest/lib/console.hpp"
#include "guest/lib/instructions.hpp"
#include "guest/lib/memory.hpp"
#include "guest/lib/smp.hpp"
#include "guest/lib/start.hpp"

extern "C" char __image_begin[], __image_end[];

namespace {

constexpr unsigned least_privileged = 3;
constexpr std::uint64_t secret = 0x0123'4567'89ab'cdef;

constinit Gpa page{};
constinit std::uint64_t found = 0;
constinit bool is_refused = false;
constinit std::atomic<unsigned> asked{0}, answered{0};

/// The right of the upper level over the lower. [APM3 "RMPADJUST"]
bool share(Gpa begin, Gpa end) {
    const auto all = abi::RmpAttributes::TargetVmpl::put(guest::info().vmpl + 1) |
                     abi::RmpAttributes::Permissions::put(abi::Permission::all);
    for (Gpa at = begin; at < end; at = at + page_bytes)
        if (guest::rmpadjust(at.value(), all) != 0) return false;
    return true;
}

/// Body of the lower level, on vCPU 1: reads the page on each request.
[[noreturn]] void lower_level(guest::Vcpu&) {
    for (;;) {
        while (answered.load() == asked.load()) guest::pause();
        found = 0;
        is_refused = guest::probe_read(Va{page.value()}, found).has_value();
        answered.fetch_add(1);
    }
}

/// What the lower level reads; empty when it is refused.
std::optional<std::uint64_t> seen_below() {
    const auto turn = asked.fetch_add(1) + 1;
    while (answered.load() != turn) guest::pause();
    if (is_refused) return std::nullopt;
    return found;
}

bool start_lower_level() {
    using abi::ApCreationInfo;
    using Layout = abi::adyton::GuestBootLayout;
    auto& target = guest::prepare_vcpu(1, nullptr);
    target.vmsa->vmpl = static_cast<std::uint8_t>(guest::info().vmpl + 1);
    target.vmsa->rip = reinterpret_cast<std::uintptr_t>(&lower_level);
    const Gpa boot_region{guest::info().secrets_gpa - Layout::secrets};
    if (!share(guest::gpa_of(__image_begin), guest::gpa_of(__image_end)) ||
        !share(boot_region + Layout::page_tables, boot_region + Layout::stack) ||
        !guest::create_vcpu(target).has_value())
        return false;
    const auto create = static_cast<std::uint64_t>(abi::ApCreationRequest::Create);
    return guest::ghcb::event({.event = abi::NaeEvent::ApCreation,
                               .info1 = ApCreationInfo::Request::put(create) |
                                        ApCreationInfo::Vmpl::put(guest::info().vmpl + 1) |
                                        ApCreationInfo::ApicId::put(1),
                               .info2 = guest::gpa_of(target.vmsa).value(),
                               .rax = target.vmsa->sev_features})
        .has_value();
}

}  // namespace

TEST("a lower level reads a page that the upper one shares") {
    CHECK(guest::vcpu_count() > 1 && guest::info().vmpl < least_privileged);
    page = guest::allocate_pages();
    *guest::pointer_to<std::uint64_t>(page) = 1;
    CHECK(start_lower_level());
    CHECK(seen_below() == 1u);
}

TEST("a RESCIND whose revocation faults is no success") {
    CHECK(guest::ask(guest::ConspiracyAsk::Begin, page));
    const auto answer = guest::change_validity(page, abi::Validity::Rescind);
    CHECK(guest::ask(guest::ConspiracyAsk::End, page));
    CHECK(guest::is_error(answer, abi::SvsmError::InvalidAddress));
}

TEST("after a RESCIND that is one, the lower level reads nothing") {
    (void)guest::change_validity(page,
                                 abi::Validity::Rescind);  // "unchanged" if the SVSM took the first
                                                           // one for done
    CHECK(guest::change_validity(page, abi::Validity::Validate).has_value());
    *guest::pointer_to<volatile std::uint64_t>(page) = secret;
    const auto seen = seen_below();
    if (seen) guest::say("# the lower level reads {:x}", *seen);
    CHECK(!seen);
}

std::uint8_t guest_main(const abi::adyton::GuestInfo&) { return guest::run_checks() == 0 ? 0 : 1; }

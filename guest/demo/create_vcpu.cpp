// SPDX-License-Identifier: MIT
// CREATE_VCPU: what the SVSM must refuse, in the order in which it checks.
#include "abi/x86/registers.hpp"
#include "guest/demo/demo.hpp"
#include "guest/lib/check.hpp"
#include "guest/lib/exception.hpp"
#include "guest/lib/memory.hpp"
#include "guest/lib/smp.hpp"

using abi::SvsmError;
using demo::is_refused;
using guest::svsm::create_vcpu;

namespace {

/// A vCPU's pages with a VMSA that the SVSM would accept, except for one spoilt field.
struct Candidate {
    Gpa vmsa = guest::allocate_pages(), area = guest::allocate_pages();
    std::uint32_t apic_id = guest::apic_id_of(guest::vcpu_count() - 1);
    Candidate() { guest::fill_vmsa(contents(), guest::this_vcpu(), area); }
    abi::Vmsa& contents() const { return *guest::pointer_to<abi::Vmsa>(vmsa); }
    guest::svsm::Result create() const { return create_vcpu(vmsa, area, apic_id); }
};

/// Refused for its contents, and the page is the guest's again.
bool is_handed_back(const Candidate& candidate) {
    return is_refused(candidate.create(), SvsmError::InvalidParameter) &&
           !guest::probe_store(candidate.vmsa, 0);
}

}  // namespace

TEST("create_vcpu refuses addresses that are not a page") {
    const Candidate good;
    CHECK(is_refused(create_vcpu(good.vmsa + 8, good.area, good.apic_id), SvsmError::InvalidParameter));
    CHECK(is_refused(create_vcpu(good.vmsa, good.area + 0x800, good.apic_id), SvsmError::InvalidParameter));
}

TEST("create_vcpu refuses pages that are not the guest's to give") {
    const Candidate good;
    CHECK(is_refused(create_vcpu(good.vmsa, good.vmsa, good.apic_id), SvsmError::InvalidAddress));
    CHECK(
        is_refused(create_vcpu(demo::svsm_first_page(), good.area, good.apic_id), SvsmError::InvalidAddress));
    CHECK(
        is_refused(create_vcpu(good.vmsa, demo::svsm_last_page(), good.apic_id), SvsmError::InvalidAddress));
    const Gpa own_area = guest::this_vcpu().calling_area;
    CHECK(is_refused(create_vcpu(own_area, good.area, good.apic_id), SvsmError::InvalidAddress));
    CHECK(is_refused(create_vcpu(Gpa{0xff'ffff'f000}, good.area, good.apic_id), SvsmError::InvalidAddress));
    CHECK(is_refused(create_vcpu(good.vmsa + demo::c_bit(), good.area, good.apic_id),
                     SvsmError::InvalidAddress));
    CHECK(is_refused(create_vcpu(good.vmsa, good.area + demo::c_bit(), good.apic_id),
                     SvsmError::InvalidAddress));
}

TEST("create_vcpu refuses an APIC ID that nobody has") {
    const Candidate good;
    CHECK(
        is_refused(create_vcpu(good.vmsa, good.area, guest::info().cpu_count), SvsmError::InvalidParameter));
    CHECK(is_refused(create_vcpu(good.vmsa, good.area, 0xffff'ffff), SvsmError::InvalidParameter));
    CHECK(!guest::probe_store(good.vmsa, 0));
}

TEST("create_vcpu refuses a VMSA at a more privileged VMPL or none at all") {
    for (unsigned vmpl = 0; vmpl < guest::info().vmpl; ++vmpl) {
        const Candidate bad;
        bad.contents().vmpl = static_cast<std::uint8_t>(vmpl);
        CHECK(is_handed_back(bad));
    }
    const Candidate none;
    none.contents().vmpl = abi::vmpl_count;
    CHECK(is_handed_back(none));
}

TEST("create_vcpu refuses a VMSA that could not run") {
    const Candidate bad;
    bad.contents().efer &= ~abi::Efer::svme;
    CHECK(is_handed_back(bad));
}

TEST("create_vcpu refuses a VMSA with other SEV features") {
    const Candidate more, none;
    more.contents().sev_features ^= abi::SevFeatures::DebugSwap::mask;
    CHECK(is_handed_back(more));
    none.contents().sev_features = 0;
    CHECK(is_handed_back(none));
}

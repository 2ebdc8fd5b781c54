// SPDX-License-Identifier: MIT
// DELETE_VCPU: what cannot be deleted, and what a deleted vCPU leaves to the guest. Vector 18.
#include <cstring>

#include "abi/x86/registers.hpp"
#include "guest/conformance/contexts.hpp"
#include "guest/conformance/memory.hpp"
#include "guest/conformance/suite.hpp"

using namespace conf;

CHOOSES("delete_vcpu.unknown", "SVSM_CORE_DELETE_VCPU Call") {
    const std::uint64_t page = platform::take_pages().value(), c_bit = 1ull << platform::c_bit();
    for (const std::uint64_t bad :
         {page, platform::self().calling_area.value(), svsm_first_page().value(), svsm_last_page().value(),
          not_memory.value(), not_an_address.value(), page | c_bit, std::uint64_t{0}}) {
        row("RCX", bad);
        EXPECT_EQ(delete_vcpu(Gpa{bad}), result::invalid_parameter);
    }
    EXPECT(can_write(Gpa{page}) && is_served());
}

CONFORMS("delete_vcpu.misaligned", "SVSM_CORE_DELETE_VCPU Call") {
    SPARE_CONTEXT(made);
    EXPECT_EQ(create(made), result::success);
    for (const std::uint64_t offset : {1u, 8u, 0x800u, 0xfffu}) {
        row("offset", offset);
        EXPECT_EQ(delete_vcpu(made.vmsa + offset), result::invalid_parameter);
        EXPECT(!can_write(made.vmsa));
    }
    EXPECT_EQ(destroy(made), result::success);
}

CONFORMS("delete_vcpu.twice", "SVSM_CORE_DELETE_VCPU Call") {
    SPARE_CONTEXT(made);
    EXPECT_EQ(create(made), result::success);
    EXPECT_EQ(destroy(made), result::success);
    EXPECT_EQ(destroy(made), result::invalid_parameter);
    EXPECT(can_write(made.vmsa));
}

CHOOSES("delete_vcpu.gives-the-page-back", "SVSM_CORE_DELETE_VCPU Call") {
    SPARE_CONTEXT(made);
    EXPECT_EQ(create(made), result::success);
    EXPECT_EQ(destroy(made), result::success);
    fill(made.vmsa, page_bytes, 0x5a);
    EXPECT(holds_only(made.vmsa, page_bytes, 0x5a));
    EXPECT_EQ(pvalidate_one(made.vmsa.value() | rescind), result::success);
    EXPECT(is_not_validated(made.vmsa));
    EXPECT_EQ(pvalidate_one(made.vmsa.value() | validate), result::success);
    EXPECT(holds_only(made.vmsa, page_bytes, 0));
}

CHOOSES("delete_vcpu.gives-the-area-back", "SVSM_CORE_DELETE_VCPU Call") {
    SPARE_CONTEXT(made);
    EXPECT_EQ(create(made), result::success);
    EXPECT_EQ(pvalidate_one(made.calling_area.value() | rescind), result::invalid_address);
    EXPECT_EQ(destroy(made), result::success);
    EXPECT_EQ(pvalidate_one(made.calling_area.value() | rescind), result::success);
    EXPECT_EQ(pvalidate_one(made.calling_area.value() | validate), result::success);
    const Gpa own = platform::self().calling_area;
    EXPECT_EQ(remap_ca(made.calling_area), result::success);
    EXPECT_EQ(remap_ca(own), result::success);
}

CONFORMS("delete_vcpu.vmsa-cannot-run", "SVSM_CORE_DELETE_VCPU Call") {
    // SVME is cleared first: no CPU can enter the page that the guest gets back.
    SPARE_CONTEXT(made);
    EXPECT_EQ(create(made), result::success);
    EXPECT_EQ(destroy(made), result::success);
    EXPECT_EQ(vmsa_of(made).efer & abi::Efer::svme, 0);
}

CONFORMS("delete_vcpu.can-be-created-again", "SVSM_CORE_DELETE_VCPU Call") {
    auto context = spare_context();
    if (!context) return skip("there is no room for a second context");
    for (unsigned round = 0; round < 8; ++round) {
        row("round", round);
        platform::fill_vmsa(*context, [] {});
        EXPECT_EQ(create(*context), result::success);
        EXPECT(!can_write(context->vmsa));
        EXPECT_EQ(destroy(*context), result::success);
        EXPECT(can_write(context->vmsa));
    }
}

CONFORMS("delete_vcpu.not-again-without-svme", "SVSM_CORE_CREATE_VCPU Call") {
    // As DELETE_VCPU left it, the page is no candidate.
    SPARE_CONTEXT(made);
    EXPECT_EQ(create(made), result::success);
    EXPECT_EQ(destroy(made), result::success);
    EXPECT_EQ(create(made), result::invalid_parameter);
    EXPECT(can_write(made.vmsa));
}

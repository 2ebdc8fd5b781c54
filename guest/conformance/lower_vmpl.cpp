// SPDX-License-Identifier: MIT
// A second guest VMPL on the boot vCPU: created by the first, it calls the SVSM too, with fewer rights.
#include <atomic>

#include "abi/snp/rmp.hpp"
#include "guest/conformance/attestation.hpp"
#include "guest/conformance/contexts.hpp"
#include "guest/conformance/memory.hpp"
#include "guest/conformance/suite.hpp"
#include "guest/conformance/workers.hpp"
#include "guest/lib/instructions.hpp"

using namespace conf;

namespace {

using Task = void (*)();
constinit Task task = nullptr;
constinit Context lower{};
constinit bool is_up = false;
constinit unsigned tasks_done = 0;
constinit Gpa page{}, better_vmsa{}, better_area{};

/// Lets the lower VMPL use a page; RMPADJUST permits that, because it is less privileged. [APM3 "RMPADJUST"]
bool share(Gpa what) {
    return guest::rmpadjust(what.value(), abi::RmpAttributes::TargetVmpl::put(platform::vmpl() + 1) |
                                              abi::RmpAttributes::Permissions::put(abi::Permission::all)) ==
           0;
}

/// Body of the lower VMPL: one task for each time that it is run.
void serve() {
    for (;;) {
        task();
        ++tasks_done;
        (void)run_vmpl(platform::vmpl());  // comes back with the next task
    }
}

void make_lower() {
    lower = make_context(0, platform::vmpl() + 1, serve);
    platform::share_program_with(platform::vmpl() + 1);
    EXPECT(share(lower.calling_area));
    EXPECT_EQ(create(lower), result::success);
    EXPECT(!can_write(lower.vmsa));
    EXPECT(is_served());
    EXPECT(platform::start(lower));
    is_up = true;
}

/// The first check that needs the lower VMPL makes it; a check that runs alone is that one.
bool has_lower() {
    static constinit bool was_tried = false;
    if (!was_tried) {
        was_tried = true;
        make_lower();
    }
    return is_up;
}

/// Runs `what` at the lower VMPL, which has to come back by itself after `most` attempts to run it.
void at_lower_vmpl(Task what, unsigned most = 1) {
    if (!has_lower()) return complain({__FILE_NAME__, __LINE__, "there is a lower VMPL", false, 0, 0});
    task = what;
    const std::atomic_ref done{tasks_done};
    const unsigned before = done.load();
    for (unsigned i = 0; i < most && done.load() == before; ++i)
        if (!run_vmpl(platform::vmpl() + 1))
            return complain({__FILE_NAME__, __LINE__, "Run VMPL of the lower VMPL", false, 0, 0});
    if (done.load() != before + 1)
        complain({__FILE_NAME__, __LINE__, "the lower VMPL has run and come back", false, 0, 0});
}

}  // namespace

CONFORMS("lower_vmpl.create", "SVSM_CORE_CREATE_VCPU Call") {
    NEEDS_LOWER_VMPL();
    EXPECT(has_lower());
}

CONFORMS("lower_vmpl.is-served", "Calling Convention") {
    NEEDS_LOWER_VMPL();
    for (unsigned i = 0; i < 8 && !has_failed(); ++i) {
        at_lower_vmpl([] {
            EXPECT(is_served());
            EXPECT(is_served());
        });
        EXPECT(is_served());
    }
}

CONFORMS("lower_vmpl.results-are-its-own", "Calling Convention") {
    NEEDS_LOWER_VMPL();
    // Neither VMPL finds registers of the other.
    at_lower_vmpl(
        [] { EXPECT_EQ(call(call_id(abi::core_protocol, 0xff), {}).result, result::unsupported_call); });
    EXPECT_EQ(call(call_id(9, 0), {}).result, result::unsupported_protocol);
}

CONFORMS("lower_vmpl.not-pending-is-no-call", "Calling Convention") {
    NEEDS_LOWER_VMPL();
    // No level has announced a call: nothing is executed, and the SVSM chooses which of the two runs next.
    at_lower_vmpl(
        [] {
            const Registers asked = ballast(call_id(abi::CoreCall::QueryProtocol), 1);
            EXPECT(exchange(asked, 0).registers == asked);
            EXPECT(is_served());
        },
        4);
}

CHOOSES("lower_vmpl.page-of-the-upper", "SVSM_CORE_PVALIDATE Call") {
    NEEDS_LOWER_VMPL();
    // Granted to VMPLs up to the caller's: what the upper one validates is not the lower one's.
    page = platform::take_pages();
    EXPECT_EQ(pvalidate_one(page.value() | rescind), result::success);
    EXPECT_EQ(pvalidate_one(page.value() | validate), result::success);
    EXPECT(can_write(page));
    at_lower_vmpl([] { EXPECT(!can_read(page) && !can_write(page)); });
}

CHOOSES("lower_vmpl.page-of-the-lower", "SVSM_CORE_PVALIDATE Call") {
    NEEDS_LOWER_VMPL();
    page = platform::take_pages();
    fill(page, page_bytes, 0x31);
    at_lower_vmpl([] {
        EXPECT_EQ(pvalidate_one(page.value() | rescind), result::success);
        EXPECT_EQ(pvalidate_one(page.value() | validate), result::success);
        EXPECT(holds_only(page, page_bytes, 0) && can_write(page));
    });
    EXPECT(can_write(page) && holds_only(page, page_bytes, 0));
}

CHOOSES("lower_vmpl.rescind-takes-it-from-both", "SVSM_CORE_PVALIDATE Call") {
    NEEDS_LOWER_VMPL();
    page = platform::take_pages();
    EXPECT(share(page));
    at_lower_vmpl([] { EXPECT(can_write(page)); });
    EXPECT_EQ(pvalidate_one(page.value() | rescind), result::success);
    at_lower_vmpl([] { EXPECT(is_not_validated(page)); });
    EXPECT_EQ(pvalidate_one(page.value() | validate), result::success);
    at_lower_vmpl([] { EXPECT(!can_read(page)); });  // its right is gone with the page
}

CONFORMS("lower_vmpl.may-not-touch-areas", "Table 4: SVSM_ERR_INVALID_ADDRESS") {
    NEEDS_LOWER_VMPL();
    page = platform::self().calling_area;
    at_lower_vmpl([] {
        EXPECT_EQ(remap_ca(page), result::invalid_address);
        EXPECT_EQ(pvalidate_one(page.value() | rescind), result::invalid_address);
        EXPECT_EQ(remap_ca(platform::self().vmsa), result::invalid_address);
        EXPECT_EQ(pvalidate_one(platform::self().calling_area.value() | rescind), result::invalid_address);
    });
    EXPECT_EQ(remap_ca(lower.calling_area), result::invalid_address);
    EXPECT_EQ(pvalidate_one(lower.calling_area.value() | rescind), result::invalid_address);
    EXPECT(is_served());
}

CONFORMS("lower_vmpl.moves-its-own-area", "SVSM_CORE_REMAP_CA Call") {
    NEEDS_LOWER_VMPL();
    page = platform::take_pages();
    EXPECT(share(page));
    at_lower_vmpl([] {
        const Gpa home = platform::self().calling_area;
        EXPECT_EQ(remap_ca(page), result::success);
        EXPECT(is_served());
        EXPECT_EQ(remap_ca(home), result::success);
        EXPECT(is_served());
    });
    EXPECT(is_served());
}

CONFORMS("lower_vmpl.creates-no-better-one", "SVSM_CORE_CREATE_VCPU Call") {
    NEEDS_LOWER_VMPL();
    NEEDS_VCPUS(2);
    const Context better = make_context(platform::vcpu_count() - 1, platform::vmpl(), [] {});
    better_vmsa = better.vmsa;
    better_area = better.calling_area;
    at_lower_vmpl([] {
        EXPECT_EQ(create_vcpu(better_vmsa.value(), better_area.value(),
                              platform::apic_id(platform::vcpu_count() - 1)),
                  result::invalid_parameter);
    });
    EXPECT(can_write(better_vmsa));
}

CONFORMS("lower_vmpl.deletes-no-better-one", "SVSM_CORE_DELETE_VCPU Call") {
    NEEDS_LOWER_VMPL();
    NEEDS_VCPUS(2);
    const Context better = make_context(platform::vcpu_count() - 1, platform::vmpl(), [] {});
    EXPECT_EQ(create(better), result::success);
    better_vmsa = better.vmsa;
    at_lower_vmpl([] { EXPECT_EQ(delete_vcpu(better_vmsa), result::invalid_parameter); });
    EXPECT(!can_write(better_vmsa));
    EXPECT_EQ(destroy(better), result::success);
}

CHOOSES("lower_vmpl.attests-into-no-page-of-the-upper", "Attestation Protocol") {
    NEEDS_LOWER_VMPL();
    if (query_protocol(abi::attestation_protocol, 1) == 0) return skip("no attestation protocol");
    // Parameters, nonce and buffers are the upper one's: results there would be writes that the lower one may not do.
    static constinit const Attestation* upper = nullptr;
    upper = &new_attestation();
    at_lower_vmpl([] {
        EXPECT(!can_write(upper->report) && !can_read(upper->nonce));
        EXPECT(upper->refusal() != result::success);
        EXPECT(upper->refusal_of_single_service() != result::success);
        EXPECT(is_served());
    });
    EXPECT(upper->are_buffers_untouched());
}

CONFORMS("lower_vmpl.is-deleted-by-the-upper", "SVSM_CORE_DELETE_VCPU Call") {
    NEEDS_LOWER_VMPL();
    EXPECT(has_lower());
    EXPECT(platform::stop(lower));
    EXPECT_EQ(destroy(lower), result::success);
    is_up = false;
    EXPECT(can_write(lower.vmsa));
    // Run VMPL of it is not tried: the host would answer, and some hosts end the VM instead.
    EXPECT(is_served());
}

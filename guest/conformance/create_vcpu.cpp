// SPDX-License-Identifier: MIT
// CREATE_VCPU: every row of its table, and what the SVSM owns afterwards. Vectors 15, 16, 17 and 19.
#include "abi/x86/registers.hpp"
#include "guest/conformance/contexts.hpp"
#include "guest/conformance/memory.hpp"
#include "guest/conformance/suite.hpp"

using namespace conf;

namespace {

/// Refused with `expected`, and both pages are the guest's as before.
void expect_refusal(const Context& context, std::uint64_t expected) {
    EXPECT_EQ(create(context), expected);
    EXPECT(can_write(context.vmsa + 0xff0) && can_write(context.calling_area));
    EXPECT_EQ(pvalidate_one(context.vmsa.value() | validate), result::unchanged);
}

/// A VMSA whose contents are spoilt in one way.
void expect_contents_refused(const char* what, void (*spoil)(abi::Vmsa&)) {
    const auto context = spare_context();
    if (!context) return skip("there is no room for a second context");
    row(what);
    spoil(vmsa_of(*context));
    expect_refusal(*context, result::invalid_parameter);
}

std::uint64_t create_at(std::uint64_t vmsa, std::uint64_t area, const Context& like) {
    return create_vcpu(vmsa, area, platform::apic_id(like.vcpu));
}

}  // namespace

CONFORMS("create_vcpu.misaligned", "SVSM_CORE_CREATE_VCPU Call") {
    SPARE_CONTEXT(good);
    const std::uint64_t vmsa = good.vmsa.value(), area = good.calling_area.value();
    for (const std::uint64_t offset : {1u, 8u, 0x800u, 0xfffu}) {
        row("offset", offset);
        EXPECT_EQ(create_at(vmsa + offset, area, good), result::invalid_parameter);
        EXPECT_EQ(create_at(vmsa, area + offset, good), result::invalid_parameter);
        EXPECT_EQ(create_at(svsm_first_page().value() + offset, area, good), result::invalid_parameter);
    }
    EXPECT(can_write(good.vmsa));
}

CONFORMS("create_vcpu.private-objects", "SVSM_CORE_CREATE_VCPU Call") {
    SPARE_CONTEXT(good);
    const std::uint64_t vmsa = good.vmsa.value(), area = good.calling_area.value();
    for (const Gpa page : {svsm_first_page(), svsm_last_page(), platform::self().calling_area}) {
        row("page", page.value());
        EXPECT_EQ(create_at(page.value(), area, good), result::invalid_address);
        EXPECT_EQ(create_at(vmsa, page.value(), good), result::invalid_address);
    }
    row("both pages the same", vmsa);
    EXPECT_EQ(create_at(vmsa, vmsa, good), result::invalid_address);
    EXPECT(can_write(good.vmsa) && can_write(good.calling_area));
}

CONFORMS("create_vcpu.not-accessible", "SVSM_CORE_CREATE_VCPU Call") {
    SPARE_CONTEXT(good);
    const std::uint64_t vmsa = good.vmsa.value(), area = good.calling_area.value();
    const Gpa page = platform::take_pages();
    EXPECT_EQ(pvalidate_one(page.value() | rescind), result::success);
    row("not validated, as VMSA");
    EXPECT_EQ(create_at(page.value(), area, good), result::invalid_address);
    row("not validated, as calling area");
    EXPECT_EQ(create_at(vmsa, page.value(), good), result::invalid_address);
    EXPECT(platform::change_page_state(page, abi::PscOperation::Shared));
    row("shared, as VMSA");
    EXPECT_EQ(create_at(page.value(), area, good), result::invalid_address);
    row("shared, as calling area");
    EXPECT_EQ(create_at(vmsa, page.value(), good), result::invalid_address);
    EXPECT(platform::change_page_state(page, abi::PscOperation::Private));
    EXPECT_EQ(pvalidate_one(page.value() | validate), result::success);
    EXPECT(can_write(good.vmsa));
}

CONFORMS("create_vcpu.not-memory", "SVSM_CORE_CREATE_VCPU Call") {
    SPARE_CONTEXT(good);
    const std::uint64_t vmsa = good.vmsa.value(), area = good.calling_area.value();
    const std::uint64_t c_bit = 1ull << platform::c_bit();
    for (const std::uint64_t bad : {not_memory.value(), not_an_address.value()}) {
        row("address", bad);
        EXPECT_EQ(create_at(bad, area, good), result::invalid_address);
        EXPECT_EQ(create_at(vmsa, bad, good), result::invalid_address);
    }
    for (const std::uint64_t bit : {c_bit, std::uint64_t{1} << 52, std::uint64_t{1} << 63}) {
        row("extra bit", bit);
        EXPECT_EQ(create_at(vmsa | bit, area, good), result::invalid_address);
        EXPECT_EQ(create_at(vmsa, area | bit, good), result::invalid_address);
    }
    EXPECT(can_write(good.vmsa));
}

CONFORMS("create_vcpu.unknown-apic-id", "SVSM_CORE_CREATE_VCPU Call") {
    SPARE_CONTEXT(good);
    for (const std::uint64_t id : {std::uint64_t{platform::unknown_apic_id()}, std::uint64_t{0xffff'ffff}}) {
        row("APIC ID", id);
        EXPECT_EQ(create_vcpu(good.vmsa.value(), good.calling_area.value(), id), result::invalid_parameter);
        EXPECT(can_write(good.vmsa) && can_write(good.calling_area));
    }
    // The SVSM must not have recorded it either.
    EXPECT_EQ(create(good), result::success);
    EXPECT_EQ(destroy(good), result::success);
}

CONFORMS("create_vcpu.vmpl-0", "SVSM_CORE_CREATE_VCPU Call") {
    expect_contents_refused("VMPL 0", [](abi::Vmsa& vmsa) { vmsa.vmpl = 0; });
}

CONFORMS("create_vcpu.vmpl-of-a-better", "SVSM_CORE_CREATE_VCPU Call") {
    if (platform::vmpl() == 1) return skip("only VMPL 0 is more privileged");
    expect_contents_refused(
        "own VMPL - 1", [](abi::Vmsa& vmsa) { vmsa.vmpl = static_cast<std::uint8_t>(platform::vmpl() - 1); });
}

CONFORMS("create_vcpu.vmpl-does-not-exist", "SVSM_CORE_CREATE_VCPU Call") {
    expect_contents_refused("VMPL 4", [](abi::Vmsa& vmsa) { vmsa.vmpl = 4; });
    expect_contents_refused("VMPL 255", [](abi::Vmsa& vmsa) { vmsa.vmpl = 255; });
}

CONFORMS("create_vcpu.svme-clear", "SVSM_CORE_CREATE_VCPU Call") {
    expect_contents_refused("EFER.SVME 0", [](abi::Vmsa& vmsa) { vmsa.efer &= ~abi::Efer::svme; });
}

CONFORMS("create_vcpu.sev-features-differ", "SVSM_CORE_CREATE_VCPU Call") {
    expect_contents_refused("none", [](abi::Vmsa& vmsa) { vmsa.sev_features = 0; });
    expect_contents_refused("+ 1", [](abi::Vmsa& vmsa) { vmsa.sev_features += 1; });
    expect_contents_refused("one more",
                            [](abi::Vmsa& vmsa) { vmsa.sev_features ^= abi::SevFeatures::DebugSwap::mask; });
    expect_contents_refused("a reserved one", [](abi::Vmsa& vmsa) { vmsa.sev_features |= 1ull << 62; });
}

CONFORMS("create_vcpu.takes-the-page", "SVSM_CORE_CREATE_VCPU Call") {
    SPARE_CONTEXT(made);
    EXPECT_EQ(create(made), result::success);
    for (const std::uint64_t offset : {0x000u, 0x0cau, 0x0d0u, 0x178u, 0x1f8u, 0x3b0u, 0x800u, 0xfffu}) {
        row("offset in the VMSA", offset);
        EXPECT(!can_write(made.vmsa + offset));
    }
    EXPECT_EQ(destroy(made), result::success);
    EXPECT(can_write(made.vmsa));
}

CHOOSES("create_vcpu.page-can-be-read", "SVSM_CORE_CREATE_VCPU Call") {
    // Linux reads SEV_FEATURES there again, for its AP creation request.
    SPARE_CONTEXT(made);
    EXPECT_EQ(create(made), result::success);
    EXPECT(can_read(made.vmsa));
    EXPECT_EQ(vmsa_of(made).sev_features, platform::sev_features());
    EXPECT_EQ(destroy(made), result::success);
}

CHOOSES("create_vcpu.new-area-is-not-pending", "SVSM_CORE_CREATE_VCPU Call") {
    // A stale byte must not become a call of a vCPU that has not run yet. The specification does not say
    // whether it is cleared.
    SPARE_CONTEXT(made);
    at<abi::CallingArea>(made.calling_area).call_pending = 1;
    EXPECT_EQ(create(made), result::success);
    EXPECT(is_served());
    EXPECT_EQ(destroy(made), result::success);
}

CONFORMS("create_vcpu.objects-are-private-now", "SVSM_CORE_CREATE_VCPU Call") {
    SPARE_CONTEXT(made);
    const auto other_or_none = spare_context();
    const Context& other = *other_or_none;
    EXPECT_EQ(create(made), result::success);
    for (const Gpa page : {made.vmsa, made.calling_area}) {
        row("page", page.value());
        for (const std::uint64_t action : {rescind, validate, validate | ignore_cf}) {
            EXPECT_EQ(pvalidate_one(page.value() | action), result::invalid_address);
            EXPECT_EQ(next_of_one(), 0);
        }
        EXPECT_EQ(remap_ca(page), result::invalid_address);
        EXPECT_EQ(create_at(page.value(), other.calling_area.value(), other), result::invalid_address);
        const std::uint64_t around = round_down(page.value(), large_page_bytes) | size_2m;
        EXPECT_EQ(pvalidate_one(around | rescind), result::invalid_address);
    }
    row("the VMSA as calling area", made.vmsa.value());
    EXPECT_EQ(create_at(other.vmsa.value(), made.vmsa.value(), other), result::invalid_address);
    EXPECT_EQ(create(made), result::invalid_address);
    EXPECT(can_write(other.vmsa) && can_write(other.calling_area));
    EXPECT_EQ(destroy(made), result::success);
}

CHOOSES("create_vcpu.area-of-another", "SVSM_CORE_CREATE_VCPU Call") {
    SPARE_CONTEXT(made);
    EXPECT_EQ(create(made), result::success);
    const std::uint64_t area = made.calling_area.value();
    if (platform::vcpu_count() > 2) {
        const Context other = make_context(1, platform::vmpl(), [] {});
        row("another vCPU", 1);
        EXPECT_EQ(create_at(other.vmsa.value(), area, other), result::invalid_address);
        EXPECT(can_write(other.vmsa));
    }
    if (made.vmpl < 3) {
        const Context other = make_context(made.vcpu, made.vmpl + 1, [] {});
        row("another VMPL of this vCPU", other.vmpl);
        EXPECT_EQ(create_at(other.vmsa.value(), area, other), result::invalid_address);
        EXPECT(can_write(other.vmsa));
    }
    EXPECT_EQ(destroy(made), result::success);
}

CHOOSES("create_vcpu.again-with-its-area", "SVSM_CORE_CREATE_VCPU Call") {
    // Linux brings a CPU back with a new VMSA and the calling area that it has, then deletes the old one.
    SPARE_CONTEXT(older);
    const auto newer_or_none = spare_context();
    Context newer = *newer_or_none;
    newer.calling_area = older.calling_area;
    EXPECT_EQ(create(older), result::success);
    EXPECT_EQ(create(newer), result::success);
    EXPECT_EQ(destroy(older), result::success);
    EXPECT(can_write(older.vmsa) && !can_write(newer.vmsa));
    EXPECT_EQ(pvalidate_one(newer.calling_area.value() | rescind), result::invalid_address);
    EXPECT_EQ(destroy(newer), result::success);
    EXPECT_EQ(pvalidate_one(newer.calling_area.value() | rescind), result::success);
    EXPECT_EQ(pvalidate_one(newer.calling_area.value() | validate), result::success);
}

CONFORMS("create_vcpu.list-in-a-vmsa", "SVSM_CORE_PVALIDATE Call") {
    // `next` would be written into a page that belongs to the SVSM.
    SPARE_CONTEXT(made);
    const Gpa page = platform::take_pages();
    auto* const list = &at<std::uint64_t>(made.vmsa + 0x800);
    list[0] = 1;
    list[1] = page.value() | rescind;
    EXPECT_EQ(create(made), result::success);
    EXPECT_EQ(pvalidate((made.vmsa + 0x800).value()), result::invalid_address);
    EXPECT(can_write(page));
    EXPECT_EQ(destroy(made), result::success);
}

CHOOSES("create_vcpu.several-for-one-vcpu", "SVSM_CORE_CREATE_VCPU Call") {
    // A vCPU may get a newer VMSA; the older one stays protected until it is deleted.
    SPARE_CONTEXT(older);
    const auto newer_or_none = spare_context();
    const Context& newer = *newer_or_none;
    EXPECT_EQ(create(older), result::success);
    EXPECT_EQ(create(newer), result::success);
    EXPECT(!can_write(older.vmsa) && !can_write(newer.vmsa));
    EXPECT_EQ(pvalidate_one(older.vmsa.value() | rescind), result::invalid_address);
    EXPECT_EQ(destroy(older), result::success);
    EXPECT(can_write(older.vmsa) && !can_write(newer.vmsa));
    EXPECT_EQ(destroy(newer), result::success);
    EXPECT(can_write(newer.vmsa));
}

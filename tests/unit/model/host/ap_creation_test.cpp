// SPDX-License-Identifier: MIT
// Which save areas a host takes, from which software, for which vCPU.
#include "model/host/ap_creation.hpp"

#include <gtest/gtest.h>

#include "base/result.hpp"
#include "tests/unit/reached.hpp"

namespace model::host {
namespace {

using abi::ApCreationRequest, abi::Vmpl;

constexpr std::uint64_t features = 0x1;

constexpr std::uint64_t info(std::uint64_t request, std::uint64_t vmpl, std::uint64_t apic_id = 3) {
    using Info = abi::ApCreationInfo;
    return Info::Request::put(request) | Info::Vmpl::put(vmpl) | Info::ApicId::put(apic_id);
}
constexpr GhcbRequest asks(std::uint64_t info_1, std::uint64_t vmsa = 0x5000) {
    return {.info_1 = info_1, .info_2 = vmsa, .rax = features, .rax_valid = true};
}

/// All that a host does before it acts.
std::expected<ApAction, ApRefusal> decide(const GhcbRequest& request, const ApScene& scene,
                                          const SaveAreaRules& rules = {.is_ram = true,
                                                                        .features = features}) {
    const ApCreation asked = TRY(read_ap_creation(request));
    TRY_VOID(check_target(asked, scene));
    const ApAction action = plan_ap_creation(asked, scene);
    if (action != ApAction::Destroy) TRY_VOID(check_save_area(asked, rules));
    return action;
}

std::string name_of(ApRefusal refusal) {
    switch (refusal) {
        case ApRefusal::UnknownRequest: return "UnknownRequest";
        case ApRefusal::UnknownVmpl: return "UnknownVmpl";
        case ApRefusal::UnknownVcpu: return "UnknownVcpu";
        case ApRefusal::OneVmplHost: return "OneVmplHost";
        case ApRefusal::MorePrivileged: return "MorePrivileged";
        case ApRefusal::OwnSaveArea: return "OwnSaveArea";
        case ApRefusal::MisalignedVmsa: return "MisalignedVmsa";
        case ApRefusal::VmsaOutsideRam: return "VmsaOutsideRam";
        case ApRefusal::VmsaAtLargeBoundary: return "VmsaAtLargeBoundary";
        case ApRefusal::NoFeatures: return "NoFeatures";
        case ApRefusal::OtherFeatures: return "OtherFeatures";
    }
    return "";
}

constexpr ApScene vmpl0{.caller = Vmpl::Vmpl0, .is_known = true};
constexpr ApScene vmpl1{.caller = Vmpl::Vmpl1, .is_known = true};
constexpr ApScene own{.caller = Vmpl::Vmpl1, .is_known = true, .is_own_vcpu = true};

TEST(HostApCreation, each_refusal_has_a_request_that_meets_it) {
    Reached<ApRefusal, std::string (*)(ApRefusal)> table{name_of};
    constexpr auto none = std::nullopt;
    table.row("an AP at VMPL0", decide(asks(info(1, 0)), vmpl0), none);
    table.row("request 3", decide(asks(info(3, 0)), vmpl0), ApRefusal::UnknownRequest);
    table.row("VMPL 4", decide(asks(info(1, 4)), vmpl0), ApRefusal::UnknownVmpl);
    table.row("an APIC id of no vCPU", decide(asks(info(1, 0)), {}), ApRefusal::UnknownVcpu);
    constexpr ApScene upstream{.caller = Vmpl::Vmpl0, .is_known = true, .has_one_vmpl = true};
    table.row("VMPL1 on a host that knows VMPL0", decide(asks(info(1, 1)), upstream), ApRefusal::OneVmplHost);
    table.row("VMPL0 there", decide(asks(info(1, 0)), upstream), none);
    table.row("VMPL0, by VMPL1", decide(asks(info(1, 0)), vmpl1), ApRefusal::MorePrivileged);
    table.row("VMPL0 is destroyed, by VMPL1", decide(asks(info(2, 0)), vmpl1), ApRefusal::MorePrivileged);
    table.row("another vCPU, same level", decide(asks(info(1, 1)), vmpl1), none);
    table.row("what the caller runs on", decide(asks(info(1, 1)), own), ApRefusal::OwnSaveArea);
    table.row("a less privileged level of itself", decide(asks(info(0, 2)), own), none);
    table.row("no page", decide(asks(info(1, 1), 0x5001), vmpl0), ApRefusal::MisalignedVmsa);
    table.row("no RAM", decide(asks(info(1, 1)), vmpl0, {}), ApRefusal::VmsaOutsideRam);
    table.row("at 2 MiB", decide(asks(info(1, 1), 0x20'0000), vmpl0), ApRefusal::VmsaAtLargeBoundary);
    GhcbRequest no_rax = asks(info(1, 1));
    no_rax.rax_valid = false;
    table.row("no RAX", decide(no_rax, vmpl0), ApRefusal::NoFeatures);
    table.row("features of another launch", decide(asks(info(1, 1)), vmpl0, {.is_ram = true, .features = 9}),
              ApRefusal::OtherFeatures);
    table.row("features that each level chooses", decide(asks(info(1, 1)), vmpl0, {.is_ram = true}), none);
    GhcbRequest more = asks(info(1, 1));
    more.rax = 0x21;
    table.row("debug swap where it is offered", decide(more, vmpl0, {.is_ram = true, .offered = 0x29}), none);
    table.row("and where it is not", decide(more, vmpl0, {.is_ram = true, .offered = 0x9}),
              ApRefusal::OtherFeatures);
    more.rax = 0x20;
    table.row("features without SNP", decide(more, vmpl0, {.is_ram = true, .offered = 0x29}),
              ApRefusal::OtherFeatures);
    table.row("on a host that forces SNP on",
              decide(more, vmpl0, {.is_ram = true, .demanded = 0, .offered = ~0ull}), none);
    no_rax.info_1 = info(2, 1);
    table.row("what is destroyed needs no save area", decide(no_rax, vmpl0, {}), none);
    table.expect_all();
}

TEST(HostApCreation, what_becomes_of_a_save_area) {
    EXPECT_EQ(decide(asks(info(2, 1)), vmpl0), ApAction::Destroy);
    EXPECT_EQ(decide(asks(info(1, 1)), vmpl0), ApAction::Start);
    EXPECT_EQ(decide(asks(info(0, 1)), vmpl0), ApAction::Install);
    // A vCPU that brings a save area for itself goes on: the next Run VMPL enters it.
    EXPECT_EQ(decide(asks(info(0, 2)), own), ApAction::Adopt);
    EXPECT_EQ(decide(asks(info(1, 2)), own), ApAction::Start);
    EXPECT_EQ(decide(asks(info(2, 2)), own), ApAction::Destroy);
}

TEST(HostApCreation, kvm_guards_vmpl0_alone) {
    using abi::adyton::Host;
    ApScene kvm = own;
    kvm.host = Host::Kvm;
    EXPECT_EQ(decide(asks(info(1, 1)), kvm), ApAction::Start) << "the caller's own level";
    kvm.caller = Vmpl::Vmpl2;
    EXPECT_TRUE(decide(asks(info(1, 1)), kvm)) << "a more privileged one";
    EXPECT_EQ(decide(asks(info(1, 0)), kvm).error(), ApRefusal::MorePrivileged);
    kvm.caller = Vmpl::Vmpl0;
    EXPECT_TRUE(decide(asks(info(1, 0)), kvm));
}

TEST(HostApCreation, kvm_stops_the_target_of_a_bad_save_area) {
    using abi::adyton::Host;
    const auto stops = [](Host host, std::uint64_t request, ApRefusal refusal) {
        return stops_target(host, *read_ap_creation(asks(info(request, 1))), refusal);
    };
    EXPECT_TRUE(stops(Host::Kvm, 1, ApRefusal::MisalignedVmsa));
    EXPECT_FALSE(stops(Host::Strict, 1, ApRefusal::MisalignedVmsa));
    EXPECT_FALSE(stops(Host::Kvm, 0, ApRefusal::MisalignedVmsa)) << "waits for its INIT";
    EXPECT_TRUE(stops(Host::Kvm, 0, ApRefusal::OtherFeatures));
    EXPECT_FALSE(stops(Host::Kvm, 1, ApRefusal::UnknownVcpu));
}

TEST(HostApCreation, kvm_compares_how_events_are_injected) {
    EXPECT_TRUE(are_like_first(0, 9));
    EXPECT_TRUE(are_like_first(1, 0x21));
    EXPECT_FALSE(are_like_first(1, 9));
}

TEST(HostApCreation, an_input_that_is_missing_is_told_from_a_wrong_one) {
    EXPECT_EQ(error_of(ApRefusal::NoFeatures), abi::NaeError::MissingInput);
    EXPECT_EQ(error_of(ApRefusal::UnknownVcpu), abi::NaeError::InvalidInput);
}

TEST(HostApCreation, reads_all_of_the_request) {
    const auto asked = read_ap_creation(asks(0x0000'0012'0002'0001, 0x3000));
    ASSERT_TRUE(asked);
    EXPECT_EQ(asked->what, ApCreationRequest::Create);
    EXPECT_EQ(asked->vmpl, Vmpl::Vmpl2);
    EXPECT_EQ(asked->apic_id, 0x12u);
    EXPECT_EQ(asked->vmsa, Gpa{0x3000});
    EXPECT_EQ(asked->features, features);
}

}  // namespace
}  // namespace model::host

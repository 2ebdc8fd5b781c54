// SPDX-License-Identifier: MIT
// Which level a vCPU runs next.
#include "model/host/run_vmpl.hpp"

#include <gtest/gtest.h>

#include "tests/unit/reached.hpp"

namespace model::host {
namespace {

using abi::Vmpl;

std::string name_of(RunRefusal refusal) {
    switch (refusal) {
        case RunRefusal::NotOffered: return "NotOffered";
        case RunRefusal::UnknownVmpl: return "UnknownVmpl";
        case RunRefusal::NoSaveArea: return "NoSaveArea";
    }
    return "";
}

TEST(HostRunVmpl, each_refusal_has_a_request_that_meets_it) {
    Reached<RunRefusal, std::string (*)(RunRefusal)> table{name_of};
    constexpr RunScene guest{.current = Vmpl::Vmpl1, .has_save_area = {true, true, false, false}};
    RunScene upstream = guest;
    upstream.has_one_vmpl = true;
    table.row("VMPL0", plan_run(0, guest), std::nullopt);
    table.row("upstream KVM", plan_run(0, upstream), RunRefusal::NotOffered);
    table.row("VMPL 4", plan_run(4, guest), RunRefusal::UnknownVmpl);
    table.row("VMPL 2^32", plan_run(1ull << 32, guest), RunRefusal::UnknownVmpl);
    table.row("a level without a save area", plan_run(2, guest), RunRefusal::NoSaveArea);
    table.expect_all();
}

TEST(HostRunVmpl, numbers_of_refusals) {
    using abi::NaeError, abi::adyton::Host;
    EXPECT_EQ(error_of(RunRefusal::NotOffered, Host::Kvm), NaeError::InvalidEvent);
    EXPECT_EQ(error_of(RunRefusal::NoSaveArea, Host::Strict), NaeError::InvalidInput);
    EXPECT_EQ(error_of(RunRefusal::NoSaveArea, Host::Kvm), NaeError{});
    EXPECT_EQ(error_of(RunRefusal::UnknownVmpl, Host::Kvm), NaeError::InvalidInput);
}

TEST(HostRunVmpl, the_level_that_runs_stays) {
    constexpr RunScene guest{.current = Vmpl::Vmpl2, .has_save_area = {true, true, false, false}};
    EXPECT_EQ(plan_run(2, guest), RunAction::Stay) << "even if its save area was destroyed meanwhile";
    EXPECT_EQ(plan_run(1, guest), RunAction::Switch);
}

std::string name_of(PlaneRefusal refusal) {
    switch (refusal) {
        case PlaneRefusal::Refused: return "Refused";
        case PlaneRefusal::EndsNoVcpu: return "EndsNoVcpu";
        case PlaneRefusal::EndsDestroyed: return "EndsDestroyed";
    }
    return "";
}

TEST(HostPlanes, each_refusal_has_a_plane_that_meets_it) {
    Reached<PlaneRefusal, std::string (*)(PlaneRefusal)> table{name_of};
    constexpr Plane good{.exists = true, .has_save_area = true}, none{}, destroyed{.exists = true};
    for (const RunForm form : {RunForm::Event, RunForm::Msr})
        table.row("a plane", check_plane(good, form), std::nullopt);
    table.row("no plane", check_plane(none, RunForm::Event), PlaneRefusal::Refused);
    table.row("destroyed", check_plane(destroyed, RunForm::Event), PlaneRefusal::Refused);
    table.row("no plane, by MSR", check_plane(none, RunForm::Msr), PlaneRefusal::EndsNoVcpu);
    table.row("destroyed, by MSR", check_plane(destroyed, RunForm::Msr), PlaneRefusal::EndsDestroyed);
    table.expect_all();
}

TEST(HostPlanes, the_most_privileged_that_is_not_stopped_goes_on) {
    constexpr Plane runs{.exists = true, .has_save_area = true}, stopped{.exists = true, .is_stopped = true};
    EXPECT_EQ(next_plane({runs, runs}), Vmpl::Vmpl0);
    EXPECT_EQ(next_plane({stopped, Plane{}, runs, runs}), Vmpl::Vmpl2);
    EXPECT_EQ(next_plane({stopped, stopped}), std::nullopt);
    EXPECT_EQ(next_plane({stopped, Plane{.exists = true}, runs}), Vmpl::Vmpl1)
        << "one whose save area was destroyed keeps its turn, and blocks";
}

}  // namespace
}  // namespace model::host

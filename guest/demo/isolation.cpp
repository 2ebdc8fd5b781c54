// SPDX-License-Identifier: MIT
// What the CPU denies to a guest below VMPL0: expected faults, caught.
#include "abi/snp/rmp.hpp"
#include "guest/demo/demo.hpp"
#include "guest/lib/check.hpp"
#include "guest/lib/exception.hpp"
#include "guest/lib/instructions.hpp"
#include "guest/lib/memory.hpp"

using abi::ExitCode;
using abi::Vector;
using guest::Fault;
using guest::vc;

namespace {
constexpr Gpa beyond_ram{0xe000'0000};  // inside the identity map, but neither RAM nor a device
constexpr Va not_mapped{0x7000'0000'0000};
}  // namespace

TEST("SVSM memory is out of reach") {
    for (const Gpa page : {demo::svsm_first_page(), demo::svsm_first_page() + demo::secrets().svsm_size / 2,
                           demo::svsm_last_page()}) {
        CHECK(guest::probe_load(page) == vc(ExitCode::NestedPageFault));
        CHECK(guest::probe_store(page, 1) == vc(ExitCode::NestedPageFault));
        const Va shared{reinterpret_cast<std::uintptr_t>(guest::shared_view(page))};
        CHECK(guest::probe_load(shared) == vc(ExitCode::NestedPageFault));
    }
}

TEST("an address that is not memory faults") {
    CHECK(guest::probe_load(beyond_ram) == vc(ExitCode::NestedPageFault));
}

TEST("an address that is not mapped faults as on any CPU") {
    CHECK(guest::probe_load(not_mapped) == Fault{Vector::PageFault, 0});
}

TEST("instructions that the hypervisor must see raise #VC") {
    CHECK(guest::probe_cpuid() == vc(ExitCode::Cpuid));
    CHECK(guest::probe_in() == vc(ExitCode::Ioio));
    CHECK(guest::probe_rdmsr(static_cast<std::uint32_t>(abi::Msr::SvsmCaa)) == vc(ExitCode::Msr));
    CHECK(guest::probe_vmmcall() == vc(ExitCode::Vmmcall));
    CHECK(guest::probe_undefined() == Fault{Vector::InvalidOpcode, 0});
}

TEST("PVALIDATE is for VMPL0 alone") {
    CHECK(guest::probe_pvalidate(Va{guest::allocate_pages().value()}) == Fault{Vector::GeneralProtection, 0});
}

TEST("RMPADJUST cannot change the rights of its own VMPL or of a more privileged one") {
    const auto page = guest::allocate_pages().value();
    for (unsigned vmpl = 0; vmpl <= guest::info().vmpl; ++vmpl) {
        const auto attributes = abi::RmpAttributes::TargetVmpl::put(vmpl) |
                                abi::RmpAttributes::Permissions::put(abi::Permission::all);
        CHECK(guest::rmpadjust(page, attributes) ==
              static_cast<std::uint32_t>(abi::RmpResult::FailPermission));
    }
}

// SPDX-License-Identifier: MIT
// From the first instruction to guest_main, on the boot vCPU.
#include "guest/lib/start.hpp"

#include "guest/lib/exception.hpp"
#include "guest/lib/fatal.hpp"
#include "guest/lib/ghcb.hpp"
#include "guest/lib/instructions.hpp"
#include "guest/lib/memory.hpp"
#include "guest/lib/smp.hpp"

namespace guest {
namespace {
constinit const abi::adyton::GuestInfo* boot_info = nullptr;
}
const abi::adyton::GuestInfo& info() { return *boot_info; }
}  // namespace guest

extern "C" [[noreturn]] void guest_start(const abi::adyton::GuestInfo& info) {
    using namespace guest;
    boot_info = &info;
    Vcpu& boot = vcpu(0);
    boot.self = &boot;
    boot.calling_area = Gpa{info.calling_area_gpa};
    write_msr(abi::Msr::GsBase, gpa_of(&boot).value());
    install_exception_handlers();
    if (info.magic != abi::adyton::guest_info_magic || info.version != abi::adyton::guest_info_version)
        fatal("not a GuestInfo of version 1");
    map_shared_view();
    if (!ghcb::register_page(Gpa{info.ghcb_gpa})) fatal("the host refused the GHCB");
    if (info.calling_area_gpa == 0)
        fatal("this guest calls the SVSM, and there is none; run it at VMPL 1 to 3");
    report(guest_main(info));
}

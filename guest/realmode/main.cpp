// SPDX-License-Identifier: MIT
// A vCPU that starts in real mode. Without paging every access is private, and so are all walks of page
// tables, whatever CR3 says. [APM2 "SEV: Encrypted Memory Support"]
#include <cstring>

#include "abi/x86/registers.hpp"
#include "guest/lib/console.hpp"
#include "guest/lib/fatal.hpp"
#include "guest/lib/instructions.hpp"
#include "guest/lib/smp.hpp"
#include "guest/lib/start.hpp"

extern "C" const char trampoline_begin[], trampoline_end[], trampoline_marks[], trampoline_cr3[];

namespace {

constexpr Gpa trampoline{0x9000};
constexpr std::uint32_t marks[] = {0x1111'1111, 0x2222'2222, 0x3333'3333, 0x4444'4444, 0x5555'5555};
constexpr std::uint64_t patience = 1ull << 33;

template <class T>
volatile T& in_trampoline(const char* label, std::size_t index = 0) {
    return *guest::pointer_to<volatile T>(trampoline + static_cast<std::uint64_t>(label - trampoline_begin) +
                                          index * sizeof(T));
}

/// State after INIT and a start-up message, but for SVME, which VMRUN wants. [APM2 "Table 14-1"]
void make_real_mode(abi::Vmsa& vmsa) {
    constexpr std::uint16_t code = 0x9b, data = 0x93;
    vmsa.cs = {static_cast<std::uint16_t>(trampoline.value() >> 4), code, 0xffff, trampoline.value()};
    vmsa.ds = vmsa.es = vmsa.ss = vmsa.fs = vmsa.gs = {0, data, 0xffff, 0};
    vmsa.gdtr = vmsa.idtr = {0, 0, 0xffff, 0};
    vmsa.efer = abi::Efer::svme;
    vmsa.cr0 = abi::Cr0::cd | abi::Cr0::nw | abi::Cr0::et;
    vmsa.cr3 = vmsa.cr4 = 0;
    vmsa.rip = 0;
}

}  // namespace

std::uint8_t guest_main(const abi::adyton::GuestInfo& info) {
    if (guest::vcpu_count() < 2) guest::fatal("two vCPUs are needed");
    std::memcpy(guest::pointer_to<char>(trampoline), trampoline_begin,
                static_cast<std::size_t>(trampoline_end - trampoline_begin));
    in_trampoline<std::uint64_t>(trampoline_cr3) = info.page_table_gpa;

    guest::Vcpu& other = guest::prepare_vcpu(1, nullptr);
    make_real_mode(*other.vmsa);
    if (!guest::create_vcpu(other)) guest::fatal("CREATE_VCPU failed");
    if (!guest::launch_vcpu(other)) guest::fatal("AP creation failed");

    unsigned reached = 0;
    for (std::uint64_t i = 0; reached < std::size(marks) && i < patience; ++i) {
        if (in_trampoline<std::uint32_t>(trampoline_marks, reached) == marks[reached]) ++reached;
        guest::pause();
    }
    guest::say("# realmode: {} of {} modes reached", reached, std::size(marks));
    return reached == std::size(marks) ? 0 : 1;
}

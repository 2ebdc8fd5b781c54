// SPDX-License-Identifier: MIT
// A host answers most requests without a look at the save area of the vCPU that asks, and the machine leaves it in the
// CPU then. What software can see of a save area is the same all the same.
#include "abi/x86/paging.hpp"
#include "tests/machine/lib/exception.hpp"
#include "tests/machine/lib/ghcb.hpp"
#include "tests/machine/lib/instructions.hpp"
#include "tests/machine/lib/level.hpp"
#include "tests/machine/lib/memory.hpp"
#include "tests/machine/lib/rule.hpp"

extern "C" void rules_compat_ask();
extern "C" char rules_compat_vmmcall[];

namespace rules {
namespace {

using abi::Vector;

constinit volatile std::uint64_t asked = 0;  ///< how many requests the other vCPU, or level, has made

constexpr std::uint64_t number_of(abi::GhcbInfo info) { return static_cast<std::uint64_t>(info); }

/// One request that a host answers in place; R12 says before it which one it is.
void ask(std::uint64_t number) {
    asm volatile("mov %0, %%r12\n wrmsr\n rep; vmmcall"
                 :
                 : "r"(number), "c"(abi::Msr::Ghcb), "a"(number_of(abi::GhcbInfo::FeaturesRequest)), "d"(0)
                 : "r12", "memory");
    asked = number;
}
[[noreturn]] void ask_and_ask() {
    for (std::uint64_t number = 1;; ++number) ask(number);
}
void wait_for_requests(std::uint64_t more) {
    const std::uint64_t before = asked;
    for (std::uint64_t i = 0; i < 100'000'000 && asked < before + more; ++i) asm volatile("pause");
}
const volatile abi::Vmsa& seen(const abi::Vmsa& vmsa) { return vmsa; }

/// A vCPU that has made some requests and makes more of them.
abi::Vmsa& start_asking() {
    abi::Vmsa& vmsa = make_vmsa(0, ask_and_ask);
    REQUIRE(seal(vmsa));
    REQUIRE(ap_creation(1, 1, 0, vmsa));
    wait_for_requests(100);
    return vmsa;
}

RULE(level_that_asked_for_others_is_stored_by_run_vmpl, "GHCB: Run VMPL") {
    open_memory(1);
    static constinit std::uint64_t last = 0;
    const auto fault = run_at(1, [] {
        for (std::uint64_t number = 1; number <= 100; ++number) ask(number);
        last = asked;
        asm volatile("mov $0x5eed, %%r12\n wrmsr\n rep; vmmcall"
                     :
                     : "c"(abi::Msr::Ghcb), "a"(number_of(abi::GhcbInfo::RunVmplRequest)), "d"(0)
                     : "r12", "memory");
    });
    CHECK(!fault);
    CHECK_EQ(last, 100);
}

RULE(destroyed_vcpu_is_stored_and_not_in_use, "GHCB: SNP AP Creation", .options = "--cpus 2") {
    for (unsigned round = 0; round < 50; ++round) {
        abi::Vmsa& vmsa = start_asking();
        REQUIRE(ap_creation(2, 1, 0, vmsa));
        // At once: what the caller does next is to take the page back.
        REQUIRE(unseal(vmsa));
        const std::uint64_t number = asked;
        CHECK(seen(vmsa).r12 == number || seen(vmsa).r12 == number + 1);
        for (unsigned i = 0; i < 10'000; ++i) asm volatile("pause");
        REQUIRE(asked == number || asked == number + 1);
    }
}

RULE(replaced_vcpu_is_stored_and_not_in_use, "GHCB: SNP AP Creation", .options = "--cpus 2") {
    for (unsigned round = 0; round < 50; ++round) {
        abi::Vmsa &old = start_asking(), &next = make_vmsa(0, ask_and_ask);
        asked = 0;
        REQUIRE(seal(next) && ap_creation(1, 1, 0, next));
        REQUIRE(unseal(old));
        const std::uint64_t r12 = seen(old).r12;
        wait_for_requests(10);
        CHECK_EQ(seen(old).r12, r12);
        REQUIRE(ap_creation(2, 1, 0, next));
    }
}

RULE(what_is_written_into_a_stopped_save_area_is_loaded, "APM2: VMRUN", .options = "--cpus 2") {
    abi::Vmsa& vmsa = start_asking();
    REQUIRE(ap_creation(2, 1, 0, vmsa));
    static constinit volatile std::uint64_t met = 0;
    met = 0;
    vmsa.rbx = 0x1234;
    vmsa.rip = reinterpret_cast<std::uint64_t>(+[] {
        std::uint64_t rbx;
        asm volatile("mov %%rbx, %0" : "=r"(rbx));
        met = rbx;
        for (;;) asm volatile("cli; hlt");
    });
    REQUIRE(ap_creation(1, 1, 0, vmsa));
    for (unsigned i = 0; i < 100'000'000 && met == 0; ++i) asm volatile("pause");
    CHECK_EQ(met, 0x1234);
}

/// Silicon stores the save area at each exit, and does not hold it until the next entry.
RULE(save_area_of_a_vcpu_that_asks_on_and_on_is_free_now_and_then, "APM2: VMSA Pages",
     .options = "--cpus 2") {
    abi::Vmsa& vmsa = start_asking();
    const std::uint64_t first = seen(vmsa).r12;
    bool is_free = false, is_newer = false;
    for (std::uint64_t tries = 0; tries < 3'000'000 && !(is_free && is_newer); ++tries) {
        is_free = is_free || seal(vmsa);  // it is one: nothing changes, if nothing runs it
        is_newer = is_newer || seen(vmsa).r12 > first;
    }
    CHECK(is_free);
    CHECK(is_newer);
    CHECK(ap_creation(2, 1, 0, vmsa));
}

/// The request is one exit only when it is two instructions that may be executed.
RULE(vmgexit_behind_wrmsr_is_fetched_like_any_other, "APM2: No Execute") {
    const std::uint64_t pages = allocate_pages(2), second = pages + page_bytes;
    constexpr std::uint8_t code[] = {0x0f, 0x30, 0xf3, 0x0f, 0x01, 0xd9, 0xc3};
    const std::uint64_t begin = second - 2;
    for (std::size_t i = 0; i < sizeof code; ++i) at<std::uint8_t>(begin + i) = code[i];
    entry_of(pages) = entry_of(pages) & ~abi::Pte::no_execute;
    entry_of(second) = entry_of(second) | abi::Pte::no_execute;
    flush_tlb();
    write_msr(abi::Msr::Ghcb, 0);
    const auto fault = trap([&] {
        asm volatile("call *%0"
                     :
                     : "r"(begin), "c"(abi::Msr::Ghcb), "a"(number_of(abi::GhcbInfo::FeaturesRequest)), "d"(0)
                     : "memory");
    });
    REQUIRE(fault && fault->is(Vector::PageFault));
    CHECK_EQ(fault->rip, second);
    CHECK_EQ(read_msr(abi::Msr::Ghcb), number_of(abi::GhcbInfo::FeaturesRequest));
}

/// F3 40 0F 01 D9: in 64-bit code one instruction, VMGEXIT. In 32-bit code 40 is INC EAX, and VMMCALL follows.
RULE(bytes_behind_wrmsr_are_read_as_the_mode_reads_them, "APM3: INC") {
    const auto fault = trap([] { rules_compat_ask(); });
    REQUIRE(fault && fault->is_vc(abi::ExitCode::Vmmcall));
    CHECK_EQ(fault->rip, reinterpret_cast<std::uint64_t>(rules_compat_vmmcall));
    CHECK_EQ(read_msr(abi::Msr::Ghcb), number_of(abi::GhcbInfo::FeaturesRequest));
}

}  // namespace
}  // namespace rules

// SPDX-License-Identifier: MIT
// Several vCPUs: objects of another vCPU, and the order in which another vCPU sees effects.
#include "abi/x86/registers.hpp"
#include "guest/conformance/contexts.hpp"
#include "guest/conformance/memory.hpp"
#include "guest/conformance/workers.hpp"

using namespace conf;

namespace {

constinit std::atomic<bool> stop_now{false};
constinit std::atomic<std::uint64_t> alive{0};
constinit Gpa target{};

/// Does not leave its VMPL until told.
void spin(unsigned) {
    while (!stop_now.load()) {
        ++alive;
        guest::pause();
    }
    if (!is_served()) complain({__FILE_NAME__, __LINE__, "a call after the others' attempts", false, 0, 0});
}

bool is_running_on() {
    const std::uint64_t before = alive.load();
    return wait_for([before] { return alive.load() > before + 2; });
}

void prepare() {
    stop_now = false;
    alive = 0;
    target = platform::take_pages();
}

}  // namespace

CONFORMS("vcpus.all-are-served", "Calling Convention") {
    NEEDS_VCPUS(2);
    run_on(platform::vcpu_count(), [](unsigned) {
        for (unsigned i = 0; i < 50; ++i) EXPECT(is_served());
    });
}

CONFORMS("vcpus.registers-do-not-mix", "Calling Convention") {
    NEEDS_VCPUS(2);
    // Different questions with different answers, and a ballast of each vCPU's own.
    run_on(platform::vcpu_count(), [](unsigned seat) {
        for (unsigned i = 0; i < 50; ++i) {
            const std::uint64_t version = (seat + i) % 3;
            Registers asked = ballast(call_id(abi::CoreCall::QueryProtocol), version);
            asked.rdx = asked.r9 = seat;
            Registers expected = asked;
            expected.rax = result::success;
            expected.rcx = version == 1 ? 0x0000'0001'0000'0001 : 0;
            EXPECT(exchange(asked).registers == expected);
        }
    });
}

CONFORMS("vcpus.objects-of-another", "Table 4: SVSM_ERR_INVALID_ADDRESS") {
    NEEDS_VCPUS(2);
    prepare();
    start_others(2, spin);
    const auto try_all = [] {
        EXPECT(is_running_on());
        const Context& other = context_of(1);
        for (const Gpa page : {other.vmsa, other.calling_area}) {
            row("page of another vCPU", page.value());
            EXPECT_EQ(remap_ca(page), result::invalid_address);
            EXPECT_EQ(pvalidate_one(page.value() | rescind), result::invalid_address);
            EXPECT_EQ(pvalidate_one(page.value() | validate | ignore_cf), result::invalid_address);
            EXPECT_EQ(create_vcpu(page.value(), target.value(), platform::apic_id(1)),
                      result::invalid_address);
            EXPECT_EQ(create_vcpu(target.value(), page.value(), platform::apic_id(0)),
                      result::invalid_address);
        }
        EXPECT(!can_write(other.vmsa + 0xd0) && is_running_on());
    };
    try_all();
    stop_now = true;
    finish_others(2);
}

CHOOSES("delete_vcpu.running-elsewhere", "SVSM_CORE_DELETE_VCPU Call") {
    NEEDS_VCPUS(2);
    prepare();
    start_others(2, spin);
    const auto try_it = [] {
        EXPECT(is_running_on());
        EXPECT_EQ(destroy(context_of(1)), result::in_use);
        EXPECT(!can_write(context_of(1).vmsa));
        EXPECT(is_running_on());  // a refusal changes nothing
    };
    try_it();
    stop_now = true;
    finish_others(2);
}

CHOOSES("delete_vcpu.itself", "SVSM_CORE_DELETE_VCPU Call") {
    NEEDS_VCPUS(2);
    prepare();
    static constinit std::atomic<bool> came_back{false}, is_near{false};
    came_back = is_near = false;
    Context doomed = make_context(1, platform::vmpl(), [] {
        is_near = true;
        (void)destroy(platform::self());
        came_back = true;
    });
    EXPECT_EQ(create(doomed), result::success);
    EXPECT(platform::start(doomed));
    EXPECT(wait_for([] { return is_near.load(); }));
    const auto begin = __builtin_ia32_rdtsc();
    constexpr std::uint64_t long_enough = 20'000'000'000;
    while (!can_write(doomed.vmsa + 0xff0)) EXPECT(__builtin_ia32_rdtsc() - begin < long_enough);
    EXPECT_EQ(destroy(doomed), result::invalid_parameter);
    EXPECT(is_served());
    EXPECT(!came_back.load());
    // The vCPU itself can be created anew.
    run_on(2, [](unsigned) { EXPECT(is_served()); });
    EXPECT(!came_back.load());
}

CONFORMS("vcpus.restarted-many-times", "SVSM_CORE_DELETE_VCPU Call") {
    NEEDS_VCPUS(2);
    for (unsigned round = 0; round < 10 && !has_failed(); ++round)
        run_on(2, [](unsigned) { EXPECT(is_served()); });
}

CONFORMS("vcpus.deposit-and-area-of-another", "SVSM_CORE_DEPOSIT_MEM Call") {
    NEEDS_VCPUS(2);
    prepare();
    start_others(2, spin);
    const auto try_all = [] {
        for (const Gpa page : {context_of(1).vmsa, context_of(1).calling_area}) {
            row("page of another vCPU", page.value());
            List& list = new_list(1);
            list.entries[0] = page.value();
            EXPECT_EQ(deposit_mem(gpa_of(&list).value()), result::invalid_address);
            EXPECT_EQ(list.header.next, 0);
            EXPECT_EQ(withdraw_mem(context_of(1).vmsa.value()), result::invalid_address);
        }
    };
    try_all();
    stop_now = true;
    finish_others(2);
}

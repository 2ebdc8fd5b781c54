// SPDX-License-Identifier: MIT
// More of what a VMSA holds: segments, tables, control registers, flags, x87.
#include "abi/x86/descriptor.hpp"
#include "abi/x86/registers.hpp"
#include "tests/machine/lib/exception.hpp"
#include "tests/machine/lib/instructions.hpp"
#include "tests/machine/lib/level.hpp"
#include "tests/machine/lib/rule.hpp"
#include "tests/machine/lib/state.hpp"

namespace rules {
namespace {

using abi::Cr0, abi::Cr4, abi::Msr;

constinit std::uint64_t seen[4]{};

std::uint64_t read_flags() {
    std::uint64_t flags;
    asm volatile("pushfq; popq %0" : "=r"(flags));
    return flags;
}
std::uint16_t read_es() {
    std::uint16_t selector;
    asm volatile("mov %%es, %0" : "=r"(selector));
    return selector;
}
abi::DescriptorTablePointer store_idt() {
    abi::DescriptorTablePointer table;
    asm volatile("sidt %0" : "=m"(table));
    return table;
}
std::uint32_t read_mxcsr() {
    std::uint32_t value;
    asm volatile("stmxcsr %0" : "=m"(value));
    return value;
}
void write_mxcsr(std::uint32_t value) { asm volatile("ldmxcsr %0" : : "m"(value)); }

RULE(segment_bases_are_those_of_each_level, "APM2: VMSA Layout, FS") {
    write_msr(Msr::FsBase, 0x111'1000);
    const auto& vmsa = run_edited([](abi::Vmsa& v) { v.fs.base = 0x222'2000; },
                                  [] {
                                      seen[0] = read_msr(Msr::FsBase);
                                      write_msr(Msr::FsBase, 0x333'3000);
                                  });
    CHECK_EQ(seen[0], 0x222'2000);
    CHECK_EQ(vmsa.fs.base, 0x333'3000);
    CHECK_EQ(read_msr(Msr::FsBase), 0x111'1000);
}

RULE(segment_bases_are_made_canonical, "APM2: VMRUN, Canonicalization and Consistency Checks") {
    run_edited([](abi::Vmsa& v) { v.fs.base = 0x0000'8000'0000'0000; },
               [] { seen[0] = read_msr(Msr::FsBase); });
    CHECK_EQ(seen[0], 0xffff'8000'0000'0000);
}

RULE(selectors_are_those_of_each_level, "APM2: VMSA Layout, ES") {
    const std::uint16_t own = read_es();
    const auto& vmsa = run_edited([](abi::Vmsa& v) { v.es.selector = Selector::user_data; },
                                  [] {
                                      seen[0] = read_es();
                                      asm volatile("mov %0, %%es" : : "r"(Selector::data16));
                                  });
    CHECK_EQ(seen[0], Selector::user_data);
    CHECK_EQ(vmsa.es.selector, Selector::data16);
    CHECK_EQ(read_es(), own);
}

RULE(descriptor_tables_are_those_of_each_level, "APM2: VMSA Layout, IDTR") {
    const auto own = store_idt();
    const auto& vmsa = run_edited([](abi::Vmsa& v) { v.idtr.limit = 0x7ff; },
                                  [] {
                                      seen[0] = store_idt().limit;
                                      load_idt({0x5ff, idt_base()});
                                  });
    CHECK_EQ(seen[0], 0x7ff);
    CHECK_EQ(vmsa.idtr.limit, 0x5ff);
    CHECK_EQ(vmsa.idtr.base, idt_base());
    CHECK_EQ(store_idt().limit, own.limit);
}

RULE(control_registers_are_those_of_each_level, "APM2: VMSA Layout, CR0, CR3, CR4") {
    const std::uint64_t cr0 = read_cr0(), cr4 = read_cr4();
    const auto& vmsa = run_edited([](abi::Vmsa& v) { v.cr0 ^= Cr0::wp; },
                                  [] {
                                      seen[0] = read_cr0();
                                      write_cr4(read_cr4() ^ Cr4::pge);
                                  });
    CHECK_EQ(seen[0], cr0 ^ Cr0::wp);
    CHECK_EQ(vmsa.cr0, cr0 ^ Cr0::wp);
    CHECK_EQ(vmsa.cr4, cr4 ^ Cr4::pge);
    CHECK_EQ(vmsa.cr3, read_cr3());
    CHECK_EQ(read_cr0(), cr0);
    CHECK_EQ(read_cr4(), cr4);
}

RULE(flags_are_those_of_each_level, "APM2: VMSA Layout, RFLAGS") {
    constexpr std::uint64_t id = 1 << 21;
    const auto& vmsa = run_edited([](abi::Vmsa& v) { v.rflags |= id; }, [] { seen[0] = read_flags(); });
    CHECK_EQ(seen[0] & id, id);
    CHECK_EQ(vmsa.rflags & id, id);
    CHECK_EQ(read_flags() & id, 0);
}

RULE(mxcsr_is_one_of_each_level, "APM2: VMSA Layout, MXCSR") {
    write_mxcsr(0x1f80);
    const auto& vmsa = run_edited([](abi::Vmsa& v) { v.mxcsr = 0x9f80; },
                                  [] {
                                      seen[0] = read_mxcsr();
                                      write_mxcsr(0x3f80);
                                  });
    CHECK_EQ(seen[0], 0x9f80);
    CHECK_EQ(vmsa.mxcsr, 0x3f80);
    CHECK_EQ(read_mxcsr(), 0x1f80);
}

RULE(reserved_bits_of_mxcsr_do_no_harm, "APM2: VMSA Layout, MXCSR") {
    run_edited([](abi::Vmsa& v) { v.mxcsr = 0xffff'1f80; }, [] { seen[0] = read_mxcsr(); });
    CHECK_EQ(seen[0], 0x1f80);
}

RULE(x87_tags_tell_what_is_in_use, "APM2: VMSA Layout, X87_FTW") {
    const auto& vmsa = run_edited(unchanged, [] { asm volatile("fninit; fld1; fnstcw %0" : "=m"(seen[0])); });
    CHECK_EQ(vmsa.x87_ftw & 0x3fff, 0x3fff);  // R0 to R6 are empty
    CHECK(vmsa.x87_ftw >> 14 != 3);
    CHECK_EQ(vmsa.x87_fsw >> 11 & 7, 7);  // TOP
}

RULE(x87_stack_survives_a_change_of_level, "APM2: VMSA Layout, X87") {
    abi::Vmsa& vmsa = make_open_vmsa(1, [] {
        asm volatile("fninit; fld1; fldl2e");
        (void)run_vmpl(0);
        asm volatile("fstp %%st; fistpll %0" : "=m"(seen[0]));
    });
    REQUIRE(seal(vmsa));
    CHECK(!run_at(1, vmsa));
    asm volatile("fninit; fldz");
    REQUIRE(run_vmpl(1));
    CHECK_EQ(seen[0], 1);
    asm volatile("fistpll %0" : "=m"(seen[1]));
    CHECK_EQ(seen[1], 0);
}

RULE(ymm_and_pkru_of_the_page_stay_on_a_cpu_without_xsave, "APM2: VMSA Layout, FPREG_YMM_HI, PKRU") {
    const auto& vmsa = run_edited(
        [](abi::Vmsa& v) {
            v.ymm_hi[0] = 0x42;
            v.ymm_hi[255] = 0x43;
            v.pkru = 0x1234;
        },
        [] { set_xmm7(1); });
    CHECK_EQ(vmsa.ymm_hi[0], 0x42);
    CHECK_EQ(vmsa.ymm_hi[255], 0x43);
    CHECK_EQ(vmsa.pkru, 0x1234);
    CHECK_EQ(vmsa.xcr0, 1);
}

}  // namespace
}  // namespace rules

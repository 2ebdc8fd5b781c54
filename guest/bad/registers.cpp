// SPDX-License-Identifier: MIT
// Writes values into control and model-specific registers that no CPU accepts. Each is an exception of this
// guest and affects nothing else.
#include "guest/lib/check.hpp"
#include "guest/lib/exception.hpp"
#include "guest/lib/instructions.hpp"
#include "guest/lib/start.hpp"

namespace {

constexpr guest::Fault general_protection{abi::Vector::GeneralProtection, 0};

guest::Probe write(abi::Msr msr, std::uint64_t value) {
    return guest::probe_wrmsr(static_cast<std::uint32_t>(msr), value);
}

std::uint64_t read_cr3() {
    std::uint64_t value;
    asm volatile("mov %%cr3, %0" : "=r"(value));
    return value;
}
std::uint64_t read_cr4() {
    std::uint64_t value;
    asm volatile("mov %%cr4, %0" : "=r"(value));
    return value;
}

}  // namespace

TEST("EFER takes what exists and nothing else") {
    const std::uint64_t efer = guest::read_msr(abi::Msr::Efer);
    CHECK(!write(abi::Msr::Efer, efer ^ abi::Efer::sce) &&
          guest::read_msr(abi::Msr::Efer) == (efer ^ abi::Efer::sce));
    CHECK(!write(abi::Msr::Efer, efer));
    for (const unsigned bit : {1u, 2u, 7u, 9u, 19u, 22u, 31u, 32u, 63u})
        CHECK(write(abi::Msr::Efer, efer | 1ull << bit) == general_protection);
    CHECK(guest::read_msr(abi::Msr::Efer) == efer);
}

TEST("long mode cannot be left while paging is on") {
    const std::uint64_t efer = guest::read_msr(abi::Msr::Efer);
    CHECK(write(abi::Msr::Efer, efer & ~abi::Efer::lme) == general_protection);
    CHECK(guest::read_msr(abi::Msr::Efer) == efer);
}

TEST("PAT takes the six memory types only") {
    const std::uint64_t pat = guest::read_msr(abi::Msr::Pat);
    for (const std::uint64_t type : {2u, 3u, 8u, 0xffu})
        for (unsigned entry = 0; entry < 8; ++entry)
            CHECK(write(abi::Msr::Pat, (pat & ~(0xffull << 8 * entry)) | type << 8 * entry) ==
                  general_protection);
    CHECK(!write(abi::Msr::Pat, 0x0007'0406'0105'0406) &&
          guest::read_msr(abi::Msr::Pat) == 0x0007'0406'0105'0406);
    CHECK(!write(abi::Msr::Pat, pat));
}

TEST("CR3 and CR4 refuse reserved bits") {
    const std::uint64_t cr3 = read_cr3(), cr4 = read_cr4();
    CHECK(guest::probe_write_cr3(cr3 | 1ull << 52) == general_protection);
    for (const unsigned bit : {15u, 19u, 31u, 32u, 63u})
        CHECK(guest::probe_write_cr4(cr4 | 1ull << bit) == general_protection);
    CHECK(read_cr3() == cr3 && read_cr4() == cr4);
    CHECK(!guest::probe_write_cr3(cr3) && !guest::probe_write_cr4(cr4));
}

TEST("the time stamp counter is the same by RDMSR as by RDTSC") {
    const std::uint64_t before = __builtin_ia32_rdtsc(), counter = guest::read_msr(abi::Msr::Tsc);
    CHECK(before <= counter && counter <= __builtin_ia32_rdtsc());
}

std::uint8_t guest_main(const abi::adyton::GuestInfo&) { return guest::run_checks() == 0 ? 0 : 1; }

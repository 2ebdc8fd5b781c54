// SPDX-License-Identifier: MIT
// Which exceptions the handler takes for missing guest memory.
#include "svsm/cpu/expected_fault.hpp"

#include <gtest/gtest.h>

namespace svsm::cpu {
namespace {

constexpr std::uint64_t vc = 29, page_fault = 14;

class ExpectedFault : public testing::Test {
protected:
    /// As cpu/cpu_area.cpp lays them out: eight small windows side by side, a large one.
    ExpectedFault() {
        for (std::size_t i = 0; i + 1 < machine::window_count; ++i)
            cpu.window(static_cast<machine::Window>(i)).va = small + i * page_bytes;
        cpu.window(machine::Window::Scratch2M).va = large;
    }
    [[nodiscard]] bool expects(std::uint64_t vector, std::uint64_t error, Va cr2 = Va{}) const {
        return is_expected_fault(cpu, {vector, error, cr2.value()});
    }
    static constexpr Va small{0xffff'ffff'a000'c000}, large{0xffff'ffff'a020'0000};
    static constexpr std::uint64_t small_bytes = (machine::window_count - 1) * page_bytes;
    Cpu cpu;
};

TEST_F(ExpectedFault, not_validated_and_not_mapped_by_the_host_are) {
    EXPECT_TRUE(expects(vc, 0x404));
    EXPECT_TRUE(expects(vc, 0x400));
}

TEST_F(ExpectedFault, no_other_reason_of_vc_is) {
    // CPUID, MSR, IOIO, VMGEXIT, none; and the two with a bit more.
    for (const std::uint64_t error :
         {0x72ull, 0x7cull, 0x7bull, 0x403ull, 0x0ull, 0x405ull, 0x1'0000'0404ull})
        EXPECT_FALSE(expects(vc, error, small)) << std::hex << error;
}

TEST_F(ExpectedFault, a_page_fault_in_a_window_is) {
    EXPECT_TRUE(expects(page_fault, 9, small));
    EXPECT_TRUE(expects(page_fault, 9, small + small_bytes - 1));
    EXPECT_TRUE(expects(page_fault, 9, large));
    EXPECT_TRUE(expects(page_fault, 9, large + large_page_bytes - 1));
}

TEST_F(ExpectedFault, a_page_fault_anywhere_else_is_not) {
    for (const Va cr2 : {Va{0}, Va{0x1000}, small - 1, small + small_bytes, large - 1,
                         large + large_page_bytes, Va{0xffff'ffff'8000'0000}})
        EXPECT_FALSE(expects(page_fault, 9, cr2)) << std::hex << cr2.value();
}

TEST_F(ExpectedFault, a_page_fault_before_there_are_windows_is_not) {
    const Cpu without;
    for (const std::uint64_t cr2 : {0ull, 1ull, 0x1f'ffffull})
        EXPECT_FALSE(is_expected_fault(without, {page_fault, 0, cr2}));
}

TEST_F(ExpectedFault, no_other_exception_is) {
    for (std::uint64_t vector = 0; vector < 32; ++vector)
        if (vector != vc && vector != page_fault) EXPECT_FALSE(expects(vector, 0x404, small)) << vector;
}

}  // namespace
}  // namespace svsm::cpu

// SPDX-License-Identifier: MIT
// The memory of Linux at VMPL0: every page of RAM, once, and a map that says so.
#include "tools/image/linux_memory.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <map>

#include "abi/adyton/machine_place.hpp"
#include "abi/linux/boot_params.hpp"

namespace tools::image {
namespace {

using abi::linux_boot::BootParams, abi::linux_boot::E820Type;

constexpr std::uint64_t memory = 160ull << 20;
constexpr Gpa params_gpa{0x1'0000}, madt_gpa{0x1'5000};

LoadedGuest make_guest() {
    LoadedGuest guest;
    guest.kind = abi::adyton::GuestKind::Linux;
    guest.boot_params = params_gpa;
    guest.acpi = {Gpa{0x1'4000}, Gpa{0x1'6000}};
    guest.madt = madt_gpa;
    guest.memory.pages.push_back({params_gpa, Buffer(page_bytes)});
    guest.memory.pages.push_back({Gpa{16ull << 20}, Buffer(page_bytes)});
    return guest;
}

class LinuxMemory : public testing::Test {
protected:
    LinuxMemory() { EXPECT_TRUE(finish_linux(guest, memory)); }
    [[nodiscard]] unsigned count(std::uint64_t gpa) const {
        unsigned found = 0;
        for (const Page& page : guest.memory.pages) found += page.gpa == Gpa{gpa} ? 1 : 0;
        return found;
    }
    LoadedGuest guest = make_guest();
};

TEST_F(LinuxMemory, each_page_of_ram_is_there_once) {
    for (const auto& page : std::initializer_list<std::uint64_t>{
             0, params_gpa.value(), 0x9'f000, 0xc'0000, abi::adyton::machine_begin - page_bytes,
             abi::adyton::machine_end, 10 << 20, 16 << 20, memory - page_bytes})
        EXPECT_EQ(count(page), 1u) << std::hex << page;
}

TEST_F(LinuxMemory, screen_machine_boot_region_madt_and_the_end_are_left_out) {
    for (const auto& page : std::initializer_list<std::uint64_t>{
             0xa'0000, abi::adyton::machine_begin, abi::adyton::guest_boot_region, madt_gpa.value(), memory})
        EXPECT_EQ(count(page), 0u) << std::hex << page;
}

TEST_F(LinuxMemory, the_map_is_ascending_and_its_ram_is_what_was_launched) {
    BootParams params;
    std::memcpy(&params, guest.memory.pages[0].bytes.data(), sizeof params);
    const std::uint64_t rsdp = params.acpi_rsdp;
    EXPECT_EQ(rsdp, guest.acpi.begin.value());
    std::uint64_t end = 0, ram = 0;
    for (unsigned i = 0; i < params.e820_count; ++i) {
        const abi::linux_boot::E820Entry entry = params.e820[i];  // the table itself is packed
        const std::uint64_t begin = entry.address;
        EXPECT_GE(begin, end);
        end = begin + entry.bytes;
        if (entry.type != E820Type::Ram) continue;
        for (std::uint64_t page = begin; page < end; page += large_page_bytes)
            EXPECT_EQ(count(page), 1u) << std::hex << page;
        ram += entry.bytes;
    }
    EXPECT_EQ(end, memory);
    EXPECT_GT(ram, memory - (6ull << 20));
}

TEST(LinuxMemoryLimits, more_memory_than_the_builder_can_place_is_refused) {
    LoadedGuest guest = make_guest();
    const auto refused = finish_linux(guest, most_linux_memory + 1);
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().sentence.find("--memory 2G"), std::string::npos);
}

}  // namespace
}  // namespace tools::image

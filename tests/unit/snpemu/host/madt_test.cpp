// SPDX-License-Identifier: MIT
// The list of processors that the host gives a guest.
#include "snpemu/host/madt.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <vector>

#include "abi/acpi/tables.hpp"
#include "base/bytes.hpp"

namespace snpemu {
namespace {

using Table = std::array<std::byte, 4096>;

/// The records behind the head, by type and in order.
std::vector<Bytes> records(const Table& table, std::uint8_t type) {
    const auto head = *load<abi::acpi::Madt>(table, 0);
    std::vector<Bytes> found;
    for (std::size_t at = sizeof head; at < head.header.bytes;) {
        const auto kind = std::to_integer<std::uint8_t>(table[at]);
        const auto bytes = std::to_integer<std::uint8_t>(table[at + 1]);
        if (bytes == 0) break;
        if (kind == type) found.push_back(Bytes{table}.subspan(at, bytes));
        at += bytes;
    }
    return found;
}

TEST(Madt, lists_every_vcpu_once_in_order) {
    for (const unsigned cpus : {1u, 4u, 64u}) {
        Table table{};
        ASSERT_TRUE(write_madt(table, cpus));
        const auto found = records(table, 0);
        ASSERT_EQ(found.size(), cpus);
        for (unsigned i = 0; i < cpus; ++i) {
            const auto cpu = *load<abi::acpi::MadtLocalApic>(found[i], 0);
            EXPECT_EQ(+cpu.apic_id, i);
            EXPECT_EQ(+cpu.flags, 1u);
        }
    }
}

TEST(Madt, has_the_gaps_of_the_host) {
    Table table{};
    ASSERT_TRUE(write_madt(table, 6, *abi::adyton::HostProperties::parse("gapped-apic-ids")));
    std::vector<unsigned> ids;
    for (const Bytes record : records(table, 0))
        ids.push_back(load<abi::acpi::MadtLocalApic>(record, 0)->apic_id);
    EXPECT_EQ(ids, (std::vector<unsigned>{0, 1, 4, 5, 8, 9}));
}

TEST(Madt, adds_up_and_names_the_controllers) {
    Table table{};
    ASSERT_TRUE(write_madt(table, 3));
    const auto head = *load<abi::acpi::Madt>(table, 0);
    EXPECT_EQ(+head.local_apic, 0xfee0'0000u);
    unsigned sum = 0;
    for (std::uint32_t i = 0; i < head.header.bytes; ++i) sum += std::to_integer<unsigned>(table[i]);
    EXPECT_EQ(sum & 0xff, 0u);
    ASSERT_EQ(records(table, 1).size(), 1u);
    EXPECT_EQ(+load<abi::acpi::MadtIoApic>(records(table, 1)[0], 0)->address, 0xfec0'0000u);
    EXPECT_EQ(+load<abi::acpi::MadtOverride>(records(table, 2)[0], 0)->interrupt, 2u) << "the timer";
}

TEST(Madt, that_does_not_fit_is_not_written) {
    std::array<std::byte, 300> small{};
    EXPECT_FALSE(write_madt(small, 64));
    EXPECT_FALSE(write_madt(std::span{small}.first(10), 1));
}

}  // namespace
}  // namespace snpemu

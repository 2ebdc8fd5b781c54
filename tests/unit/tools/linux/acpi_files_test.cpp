// SPDX-License-Identifier: MIT
// The tables that firmware links: what a firmware makes of them, command by command.
#include "tools/linux/acpi_files.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <map>
#include <string>

#include "abi/acpi/tables.hpp"
#include "abi/qemu/table_loader.hpp"
#include "base/address.hpp"
#include "base/bytes.hpp"

namespace tools::linux_boot {
namespace {

using namespace abi::acpi;
using namespace abi::qemu;

/// A firmware: it puts the two files somewhere and carries out the script.
class Linker {
public:
    static constexpr std::uint64_t tables_at = 0x7000'0000;

    explicit Linker(AcpiFiles files) : files_{std::move(files)} {
        EXPECT_EQ(files_.script.size() % sizeof(AddPointer), 0u);
        for (std::size_t at = 0; at < files_.script.size(); at += sizeof(AddPointer)) step(at);
    }
    template <class T>
    [[nodiscard]] T at(std::uint64_t address) const {
        const auto table = load<T>(files_.tables, address - tables_at);
        EXPECT_TRUE(table) << std::hex << address;
        return table.value_or(T{});
    }
    [[nodiscard]] Rsdp root() const { return *load<Rsdp>(files_.root, 0); }
    [[nodiscard]] unsigned sum(std::uint64_t address) const {
        const auto bytes = at<Header>(address).bytes;
        return sum_of(Bytes{files_.tables}.subspan(address - tables_at, bytes));
    }
    static unsigned sum_of(Bytes bytes) {
        unsigned sum = 0;
        for (const std::byte byte : bytes) sum += std::to_integer<unsigned>(byte);
        return sum % 256;
    }
    unsigned allocated = 0;

private:
    Buffer& file(const FileName& name) {
        const std::string text{name.data()};
        EXPECT_TRUE(text == "etc/acpi/rsdp" || text == "etc/acpi/tables") << text;
        return text == "etc/acpi/rsdp" ? files_.root : files_.tables;
    }
    void step(std::size_t at) {
        const Bytes script = files_.script;
        switch (*load<LoaderCommand>(script, at)) {
            case LoaderCommand::Allocate: ++allocated; break;
            case LoaderCommand::AddPointer: add_pointer(*load<AddPointer>(script, at)); break;
            case LoaderCommand::AddChecksum: add_sum(*load<AddChecksum>(script, at)); break;
        }
    }
    void add_pointer(const AddPointer& command) {
        Buffer& to = file(command.file);
        std::uint64_t value = 0;
        ASSERT_LE(command.offset + command.bytes, to.size());
        std::memcpy(&value, &to[command.offset], command.bytes);
        ASSERT_LT(value, files_.tables.size());
        value += tables_at;
        std::memcpy(&to[command.offset], &value, command.bytes);
    }
    void add_sum(const AddChecksum& command) {
        Buffer& to = file(command.file);
        ASSERT_LE(command.start + command.bytes, to.size());
        EXPECT_EQ(to[command.result], std::byte{0});
        to[command.result] = static_cast<std::byte>(
            0u - sum_of(Bytes{to}.subspan(command.start, command.bytes)));
    }
    AcpiFiles files_;
};

TEST(AcpiFiles, link_to_a_tree_of_tables_whose_sums_are_right) {
    const Linker linked{acpi_files(4)};
    EXPECT_EQ(linked.allocated, 2u);
    const Rsdp root = linked.root();
    EXPECT_EQ(Linker::sum_of(bytes_of_object(root)), 0u);
    EXPECT_EQ(Linker::sum_of(bytes_of_object(root).first(20)), 0u);
    const auto xsdt = linked.at<Header>(root.xsdt);
    EXPECT_EQ(linked.sum(root.xsdt), 0u);
    std::map<std::string, std::uint64_t> tables;
    for (std::uint64_t at = sizeof(Header); at < xsdt.bytes; at += 8) {
        const auto address = linked.at<std::uint64_t>(root.xsdt + at);
        EXPECT_EQ(linked.sum(address), 0u);
        const auto signature = linked.at<Header>(address).signature;
        tables[{signature.begin(), signature.end()}] = address;
    }
    ASSERT_EQ(tables.size(), 3u);
    const auto fadt = linked.at<Fadt>(tables.at("FACP"));
    // Fields of packed tables are copied: EXPECT_EQ refers to what it gets.
    EXPECT_EQ(+fadt.x_dsdt, +fadt.dsdt);
    EXPECT_EQ(linked.sum(fadt.dsdt), 0u);
    EXPECT_EQ(linked.at<Facs>(fadt.facs).signature, (Signature{'F', 'A', 'C', 'S'}));
    EXPECT_EQ(fadt.facs % 64, 0u);
    EXPECT_EQ(+linked.at<Mcfg>(tables.at("MCFG")).base, 0xe000'0000u);
    for (unsigned cpu = 0; cpu < 4; ++cpu) {
        const auto apic = linked.at<MadtLocalApic>(tables.at("APIC") + sizeof(Madt) + cpu * sizeof(MadtLocalApic));
        EXPECT_EQ(apic.type, 0);
        EXPECT_EQ(apic.apic_id, cpu);
        EXPECT_EQ(+apic.flags, 1u);
    }
}

TEST(AcpiFiles, have_a_processor_for_each_vcpu) {
    EXPECT_EQ(acpi_files(254).tables.size() - acpi_files(1).tables.size(),
              round_up(253 * sizeof(MadtLocalApic), 64));
}

}  // namespace
}  // namespace tools::linux_boot

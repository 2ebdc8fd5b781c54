// SPDX-License-Identifier: MIT
#include "tools/linux/acpi_files.hpp"

#include <algorithm>
#include <string_view>

#include "abi/qemu/table_loader.hpp"
#include "abi/x86/pc.hpp"
#include "tools/linux/acpi_tables.hpp"

namespace tools::linux_boot {
namespace {

using namespace abi::acpi;
using namespace abi::qemu;

constexpr std::string_view root_file = "etc/acpi/rsdp", tables_file = "etc/acpi/tables";
constexpr std::uint32_t root_alignment = 16, table_alignment = 64;  // the FACS wants the latter
constexpr std::uint64_t ecam = 0xe000'0000;  // where OVMF puts it

FileName name_of(std::string_view text) {
    FileName name{};
    std::ranges::copy(text, name.begin());
    return name;
}

void append(Buffer& to, Bytes bytes) { to.insert(to.end(), bytes.begin(), bytes.end()); }

/// The tables that grow, and the commands about them.
class Files {
public:
    Files() {
        add_command(AllocateFile{.file = name_of(root_file),
                                 .alignment = root_alignment,
                                 .zone = LoaderZone::SegmentF});
        add_command(AllocateFile{.file = name_of(tables_file), .alignment = table_alignment});
    }
    /// The table's offset.
    std::uint32_t place(Bytes table) {
        Buffer& to = files_.tables;
        to.resize(round_up(to.size(), table_alignment));
        const auto at = static_cast<std::uint32_t>(to.size());
        append(to, table);
        return at;
    }
    /// As `place`, for a table whose sum the firmware makes.
    std::uint32_t place_summed(Bytes table) {
        const std::uint32_t at = place(table);
        sums_.push_back({at, static_cast<std::uint32_t>(table.size())});
        return at;
    }
    void link(std::string_view file, std::size_t at, std::size_t bytes) {
        add_command(AddPointer{.file = name_of(file),
                               .pointee = name_of(tables_file),
                               .offset = static_cast<std::uint32_t>(at),
                               .bytes = static_cast<std::uint8_t>(bytes)});
    }
    AcpiFiles finish(std::uint32_t xsdt) && {
        const Rsdp root = acpi_root(xsdt);
        append(files_.root, bytes_of_object(root));
        link(root_file, offsetof(Rsdp, xsdt), sizeof root.xsdt);
        // Sums come last: they cover the addresses.
        for (const Summed& table : sums_)
            add_sum(tables_file, table.at + offsetof(Header, checksum), table.at, table.bytes);
        add_sum(root_file, offsetof(Rsdp, checksum), 0, rsdp_first_part);
        add_sum(root_file, offsetof(Rsdp, extended_checksum), 0, sizeof root);
        return std::move(files_);
    }

private:
    struct Summed {
        std::uint32_t at, bytes;
    };
    template <class T>
    void add_command(const T& command) {
        append(files_.script, bytes_of_object(command));
    }
    void add_sum(std::string_view file, std::size_t result, std::uint32_t start, std::uint32_t bytes) {
        add_command(AddChecksum{.file = name_of(file),
                                .result = static_cast<std::uint32_t>(result),
                                .start = start,
                                .bytes = bytes});
    }
    AcpiFiles files_;
    std::vector<Summed> sums_;
};

/// The sum of the DSDT is that of the compiler.
std::uint32_t place_fadt(Files& files) {
    const std::uint32_t facs = files.place(bytes_of_object(Facs{}));
    const std::uint32_t dsdt_at = files.place(firmware_dsdt());
    const std::uint32_t at = files.place_summed(bytes_of_object(acpi_fadt(facs, dsdt_at)));
    files.link(tables_file, at + offsetof(Fadt, facs), sizeof(Fadt::facs));
    files.link(tables_file, at + offsetof(Fadt, dsdt), sizeof(Fadt::dsdt));
    files.link(tables_file, at + offsetof(Fadt, x_dsdt), sizeof(Fadt::x_dsdt));
    return at;
}

/// As the machine writes it for guests without firmware (snpemu/host/madt.cpp).
Buffer madt(unsigned cpus) {
    Buffer table;
    const auto add = [&](const auto& part) { append(table, bytes_of_object(part)); };
    constexpr std::uint8_t revision = 3;
    const std::size_t bytes = sizeof(Madt) + cpus * sizeof(MadtLocalApic) + sizeof(MadtIoApic) +
                              2 * sizeof(MadtOverride) + sizeof(MadtLocalNmi);
    add(Madt{.header = acpi_header({'A', 'P', 'I', 'C'}, revision, bytes),
             .local_apic = static_cast<std::uint32_t>(abi::pc::local_apic),
             .flags = 1});
    for (unsigned i = 0; i < cpus; ++i)
        add(MadtLocalApic{.processor = static_cast<std::uint8_t>(i), .apic_id = static_cast<std::uint8_t>(i)});
    add(MadtIoApic{.address = static_cast<std::uint32_t>(abi::pc::io_apic)});
    add(MadtOverride{.source = 0, .interrupt = 2});
    add(MadtOverride{.source = 9, .interrupt = 9, .flags = 0xd});
    add(MadtLocalNmi{});
    return table;
}

constexpr std::size_t xsdt_tables = 3;
using FirmwareXsdt = Xsdt<xsdt_tables>;

}  // namespace

AcpiFiles acpi_files(unsigned cpus) {
    Files files;
    const std::uint32_t fadt = place_fadt(files);
    const std::uint32_t madt_at = files.place_summed(madt(cpus));
    const std::uint32_t mcfg = files.place_summed(
        bytes_of_object(Mcfg{.header = acpi_header({'M', 'C', 'F', 'G'}, 1, sizeof(Mcfg)), .base = ecam}));
    const std::uint32_t xsdt = files.place_summed(
        bytes_of_object(FirmwareXsdt{acpi_header({'X', 'S', 'D', 'T'}, 1, sizeof(FirmwareXsdt)), {fadt, madt_at, mcfg}}));
    for (std::size_t i = 0; i < xsdt_tables; ++i)
        files.link(tables_file, xsdt + offsetof(FirmwareXsdt, tables) + i * sizeof(std::uint64_t),
                   sizeof(std::uint64_t));
    return std::move(files).finish(xsdt);
}

}  // namespace tools::linux_boot

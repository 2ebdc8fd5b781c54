// SPDX-License-Identifier: MIT
// The ACPI tables that travel in the image: everything but the list of processors, which is the host's.
#pragma once
#include "abi/acpi/tables.hpp"
#include "base/address.hpp"
#include "base/bytes.hpp"
#include "tools/support/file.hpp"

namespace tools::linux_boot {

/// RSDP at offset 0, then XSDT, FADT, FACS and DSDT of QEMU's machine q35, linked for `at` below 4 GiB. The
/// XSDT names the MADT at `madt`, which is not written.
[[nodiscard]] Buffer acpi_tables(Gpa at, Gpa madt);

/// The DSDT's bytecode, compiled from dsdt.asl; and the same for a computer whose windows of PCI are those of OVMF.
[[nodiscard]] Bytes dsdt();
[[nodiscard]] Bytes firmware_dsdt();

// What every way to lay the tables out has in common; sums are 0.
[[nodiscard]] abi::acpi::Header acpi_header(abi::acpi::Signature signature, std::uint8_t revision,
                                            std::size_t bytes);
[[nodiscard]] abi::acpi::Rsdp acpi_root(std::uint64_t xsdt_at);
[[nodiscard]] abi::acpi::Fadt acpi_fadt(std::uint32_t facs, std::uint32_t dsdt_at);

}  // namespace tools::linux_boot

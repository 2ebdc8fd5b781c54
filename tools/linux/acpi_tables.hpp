// SPDX-License-Identifier: MIT
// The ACPI tables that travel in the image: everything but the list of processors, which is the host's.
#pragma once
#include "base/address.hpp"
#include "base/bytes.hpp"
#include "tools/support/file.hpp"

namespace tools::linux_boot {

/// RSDP at offset 0, then XSDT, FADT, FACS and DSDT of QEMU's machine q35, linked for `at` below 4 GiB. The
/// XSDT names the MADT at `madt`, which is not written.
[[nodiscard]] Buffer acpi_tables(Gpa at, Gpa madt);

/// The DSDT's bytecode, compiled from dsdt.asl.
[[nodiscard]] Bytes dsdt();

}  // namespace tools::linux_boot

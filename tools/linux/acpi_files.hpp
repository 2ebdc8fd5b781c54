// SPDX-License-Identifier: MIT
// The ACPI tables as firmware takes them: files whose addresses are offsets, and a script that links them.
#pragma once
#include "tools/support/file.hpp"

namespace tools::linux_boot {

struct AcpiFiles {
    Buffer root, tables, script;
};
/// Tables of QEMU's machine q35 with OVMF's windows of PCI and `cpus` processors, whose ids are 0, 1, 2... There is no
/// HPET and no IOMMU: the guest has none.
[[nodiscard]] AcpiFiles acpi_files(unsigned cpus);

}  // namespace tools::linux_boot

// SPDX-License-Identifier: MIT
// The one ACPI table that the host writes: the processors and interrupt controllers of the machine.
#pragma once
#include <cstddef>
#include <span>

#include "abi/adyton/host_property.hpp"

namespace snpemu {

/// Writes the table for `cpu_count` vCPUs with the APIC ids that `host` gives them. False when `to` is too
/// small; its contents are then undefined. [ACPI "Multiple APIC Description Table"]
[[nodiscard]] bool write_madt(std::span<std::byte> to, unsigned cpu_count,
                              abi::adyton::HostProperties host = {});

}  // namespace snpemu

// SPDX-License-Identifier: MIT
// The one ACPI table that is the host's: which processors and interrupt controllers there are.
#pragma once
#include <cstddef>
#include <span>

#include "abi/adyton/host_property.hpp"

namespace snpemu {

/// Writes the table for `cpu_count` vCPUs with the APIC ids that `host` gives them; false when `to` is too
/// small, and its contents are unusable then. [ACPI "Multiple APIC Description Table"]
[[nodiscard]] bool write_madt(std::span<std::byte> to, unsigned cpu_count,
                              abi::adyton::HostProperties host = {});

}  // namespace snpemu

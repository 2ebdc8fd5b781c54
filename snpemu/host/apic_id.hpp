// SPDX-License-Identifier: MIT
// The APIC ids that the host gives its vCPUs.
#pragma once
#include "abi/adyton/host_property.hpp"

namespace snpemu {

/// APIC id of the vCPU with this number: the number itself, or 0, 1, 4, 5, 8, ... where the host has switched
/// two cores of four off.
constexpr unsigned apic_id_of(unsigned number, abi::adyton::HostProperties host) {
    return host.has(abi::adyton::HostProperty::GappedApicIds) ? number + number / 2 * 2 : number;
}
static_assert(apic_id_of(5, {}) == 5 &&
              apic_id_of(5, *abi::adyton::HostProperties::parse("gapped-apic-ids")) == 9);

}  // namespace snpemu

// SPDX-License-Identifier: MIT
#include <array>

#include "machine/machine.hpp"
#include "svsm/boot/steps/steps.hpp"
#include "svsm/ghcb/vcpu_events.hpp"

namespace svsm {

BootExpected<ApicIds> read_apic_ids(mm::Memory& memory, std::uint64_t hypervisor_features,
                                    std::uint32_t vp_count, std::uint32_t own) {
    if ((hypervisor_features & abi::HypervisorFeature::apic_id_list) == 0) return counted_apic_ids(vp_count);
    using List = std::array<std::uint32_t, page_bytes / sizeof(std::uint32_t)>;
    const auto* shared = TRY(memory.make<List>());
    const auto page = Va{reinterpret_cast<std::uint64_t>(shared)};
    TRY_VOID(memory.share(page));
    if (!ghcb::list_apic_ids(memory.linear.gpa(shared))) return std::unexpected{Termination::ApicIds};
    // Copies the list once, so that the checked list is the one in use. The page stays shared: it never
    // held a secret.
    std::array<std::uint32_t, max_vcpus + 1> list;
    if (!machine::copy_in(std::as_writable_bytes(std::span{list}), page))
        return std::unexpected{Termination::ApicIds};
    return check_apic_ids(list, vp_count, own);
}

}  // namespace svsm

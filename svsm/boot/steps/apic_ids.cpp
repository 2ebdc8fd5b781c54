// SPDX-License-Identifier: MIT
#include <array>

#include "machine/machine.hpp"
#include "svsm/boot/steps/steps.hpp"
#include "svsm/ghcb/vcpu_events.hpp"

namespace svsm {

BootResult read_apic_ids(mm::Memory& memory, std::uint64_t hypervisor_features, std::uint32_t own,
                         std::span<Vcpu> vcpus) {
    if ((hypervisor_features & abi::HypervisorFeature::apic_id_list) == 0) {
        count_apic_ids(vcpus);
        return {};
    }
    using List = std::array<std::uint32_t, page_bytes / sizeof(std::uint32_t)>;
    const auto* shared = TRY(memory.make<List>());
    const auto page = Va{reinterpret_cast<std::uint64_t>(shared)};
    TRY_VOID(memory.share(page));
    if (!ghcb::list_apic_ids(memory.linear.gpa(shared))) return std::unexpected{Termination::ApicIds};
    // Copies the list once, so that the checked list is the one in use. The page stays shared: it never
    // held a secret.
    std::array<std::uint32_t, max_vcpus + 1> copy;
    const auto list = std::span{copy}.first(vcpus.size() + 1);
    if (!machine::copy_in(std::as_writable_bytes(list), page)) return std::unexpected{Termination::ApicIds};
    return take_apic_ids(list, own, vcpus);
}

}  // namespace svsm

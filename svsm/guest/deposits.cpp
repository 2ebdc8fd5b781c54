// SPDX-License-Identifier: MIT
#include "svsm/guest/deposits.hpp"

#include <bit>

#include "abi/svsm/calling_area.hpp"
#include "svsm/guest/mapped_page.hpp"

namespace svsm {
namespace {

/// Only one calling area reports memory: the startup vCPU's, at the level at which the guest began.
bool tells_about_memory(const Guest& guest, const Vcpu& vcpu, abi::Vmpl level) {
    return vcpu.is_boot && level == guest.vmpl;
}

}  // namespace

std::expected<void, machine::GuestFault> store_fresh_calling_area(const Guest& guest, const Vcpu& vcpu,
                                                                  abi::Vmpl level, Va at) {
    abi::CallingArea area{};
    area.mem_available = tells_about_memory(guest, vcpu, level) && guest.pages.has_deposits();
    return machine::store_u64(at, std::bit_cast<std::uint64_t>(area));
}

void announce_deposits(Guest& guest) {
    const auto& startup = guest.vcpus.front();
    if (!startup.slot(guest.vmpl).present) return;
    const MappedPage area{machine::Window::Scratch4K, startup.slot(guest.vmpl).calling_area};
    // A fault means that the calling area is gone: then the guest does not learn of its memory, which
    // harms nothing else.
    (void)machine::store_u8(area.va() + offsetof(abi::CallingArea, mem_available),
                            guest.pages.has_deposits());
}

}  // namespace svsm

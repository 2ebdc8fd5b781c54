// SPDX-License-Identifier: MIT
#include "svsm/guest/deposits.hpp"

#include <bit>

#include "abi/svsm/calling_area.hpp"
#include "svsm/guest/mapped_page.hpp"

namespace svsm {
namespace {

/// Only the startup vCPU's calling area, at the level at which the guest began, tells about memory.
bool tells_about_memory(const Guest& guest, const Vcpu& vcpu, abi::Vmpl level) {
    return vcpu.is_boot && level == guest.vmpl;
}

}  // namespace

bool grow_table(Guest& guest, Gpa page) {
    {
        const MappedPage window{machine::Window::Scratch4K, page};
        // Zeroed through a window where it may fault: the host may have taken it since.
        if (!machine::zero(window.va(), page_bytes)) return false;
    }
    auto* memory = machine::keep_page(page);
    if (memory == nullptr) return false;
    guest.objects.grow(memory);
    return true;
}

[[gnu::cold]] CallResult grow_for(Guest& guest, std::span<const Gpa> pages) {
    bool took = false;
    auto missing = guest.objects.missing_pages(pages);
    while (missing != 0) {
        const auto page = guest.objects.find_deposit();
        if (!page) break;
        took = true;
        // A page that cannot be used is not offered again; one that can never comes back.
        guest.objects.change(*page, {ObjectKind::Table});
        if (grow_table(guest, *page)) missing = guest.objects.missing_pages(pages);
    }
    if (took && !guest.objects.has_deposits()) announce_deposits(guest);
    if (missing != 0) return std::unexpected{more_memory(missing)};
    return {};
}

std::expected<void, GuestFault> store_fresh_calling_area(const Guest& guest, const Vcpu& vcpu,
                                                         abi::Vmpl level, Va at) {
    abi::CallingArea area{};
    area.mem_available = tells_about_memory(guest, vcpu, level) && guest.objects.has_deposits();
    return machine::store_u64(at, std::bit_cast<std::uint64_t>(area));
}

void announce_deposits(Guest& guest) {
    const auto& startup = guest.vcpus.front();
    if (!startup.slot(guest.vmpl).present) return;
    const MappedPage area{machine::Window::Scratch4K, startup.slot(guest.vmpl).calling_area};
    // A guest that had its calling area taken away does not learn of its memory: its own loss.
    (void)machine::store_u8(area.va() + offsetof(abi::CallingArea, mem_available),
                            guest.objects.has_deposits());
}

}  // namespace svsm

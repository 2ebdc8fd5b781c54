// SPDX-License-Identifier: MIT
#include "snpemu/host/shown_pages.hpp"

#include "snpemu/log/stop.hpp"
#include "snpemu/silicon/iommu.hpp"
#include "snpemu/silicon/silicon.hpp"

namespace snpemu {

void show_page(Machine& machine, Gpa page, Spa system) {
    const GpaRange range{page, page + page_bytes};
    machine.devices.hide(range);
    iommu::forget(range);
    hide_page(machine, page, PageSize::Size4K);
    if (machine.rmp.show(page, system) != abi::RmpResult::Success) stop_internal("no-such-system-page");
    if (!machine.rmp.entry(system).assigned && devices_may_reach(machine, range)) machine.devices.show(range, system);
}

void show_to_devices(Machine& machine, Gpa page, PageSize size) {
    const GpaRange range{page, page + bytes_of(size)};
    if (!devices_may_reach(machine, range)) return;
    const model::NestedMap& map = machine.rmp.map();
    if (const auto whole = map.find_as_one(page, size)) return machine.devices.show(range, *whole);
    for (auto at = range.begin; at < range.end; at = at + page_bytes)
        if (const auto piece = map.find(at)) machine.devices.show({at, at + page_bytes}, *piece);
}

std::byte* find_shared(Machine& machine, Gpa gpa) {
    if (!machine.ram.contains(gpa.page(), page_bytes) || !machine.rmp.contains(gpa) ||
        machine.rmp.entry(gpa).assigned)
        return nullptr;
    return machine.through_rmp().find(gpa);
}

}  // namespace snpemu

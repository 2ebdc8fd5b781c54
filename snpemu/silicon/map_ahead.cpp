// SPDX-License-Identifier: MIT
#include "snpemu/silicon/map_ahead.hpp"

namespace snpemu::silicon {
namespace {

using model::AccessKind, model::Encryption;

/// The contents of every page are made: those of large pages are, as a rule, at the first access.
bool is_settled(const GuestRam& ram, Spa block) {
    for (std::uint64_t done = 0; done < large_page_bytes; done += NoiseDebt::granule_bytes)
        if (ram.noise.is_owed(block + done)) return false;
    return true;
}

void settle(const GuestRam& ram, Spa block) {
    for (std::uint64_t done = 0; done < large_page_bytes; done += NoiseDebt::granule_bytes) ram.settle(block + done);
}

}  // namespace

std::uint8_t visible_rights(const Memory& memory, Gpa page, Encryption encryption, abi::Vmpl vmpl) {
    using abi::Permission;
    if (!memory.ram.contains(page)) return Permission::none;
    if (!memory.rmp.check_access(page, AccessKind::Read, encryption, vmpl)) return Permission::none;
    // A fetch from a page of the hypervisor would be a private access.
    if (encryption == Encryption::Shared) return Permission::read | Permission::write;
    const model::RmpEntry& entry = memory.rmp.entry(page);
    const std::uint8_t rights = entry.permissions[static_cast<unsigned>(vmpl)];
    return entry.in_use ? rights & ~Permission::write : rights;
}

bool map_large_page(Memory& memory, Gpa at, abi::Vmpl vmpl, bool overwrites) {
    const Gpa block{round_down(at.value(), large_page_bytes)};
    if (!memory.rmp.entry(at).large || !memory.ram.contains(block, large_page_bytes)) return false;
    if (memory.stale.count() != 0) return false;
    const Spa system = *memory.rmp.map().find(block);  // an entry is large as long as one page is mapped there
    if (!overwrites && !is_settled(memory.ram, system)) return false;
    const std::uint8_t rights = visible_rights(memory, at.page(), Encryption::Private, vmpl);
    if (rights == abi::Permission::none) return false;
    settle(memory.ram, system);
    memory.nested[static_cast<unsigned>(vmpl)].paged.fill(block, system, Encryption::Private, rights);
    return true;
}

void map_validated(Memory& memory, Gpa page) {
    if (memory.stale.has(page) || !memory.ram.contains(page)) return;
    const std::uint8_t rights = visible_rights(memory, page, Encryption::Private, abi::Vmpl::Vmpl0);
    if (rights == abi::Permission::none) return;
    const Spa system = *memory.rmp.map().find(page);
    memory.ram.settle(system);
    memory.nested[static_cast<unsigned>(abi::Vmpl::Vmpl0)].paged.map(page, system, Encryption::Private, rights);
}

}  // namespace snpemu::silicon

// SPDX-License-Identifier: MIT
// Reads of a page whose lines of the host are not evicted yet. The page stays hidden, so that each of them is
// seen.
#include "snpemu/host/stop.hpp"
#include "snpemu/silicon/decode.hpp"
#include "snpemu/silicon/silicon.hpp"

namespace snpemu {

bool emulate_stale_read(Machine& machine, Vcpu& vcpu, Gpa at) {
    const Code code = fetch_code(machine, vcpu);
    const auto load = decode_byte_load(std::span{code.bytes}.first(code.size));
    if (!load) return false;
    const LockGuard guard{machine.rmp_lock};
    // Somebody may have taken the page since: the next attempt then faults as it should.
    if (!machine.stale.has(at) ||
        !machine.memory().check(at, model::AccessKind::Read, model::Encryption::Private, vcpu.current))
        return true;
    const auto value = std::to_integer<std::uint64_t>(*machine.memory().find(at));
    auto& target = vcpu.state().reg(static_cast<Gpr>(load->target));
    target = load->extends ? value : (target & ~std::uint64_t{0xff}) | value;
    machine.stale.read(at);
    vcpu.state().advance(load->bytes);
    return true;
}

void land_stale_lines(Machine& machine) {
    const LockGuard guard{machine.rmp_lock};
    std::uint64_t spoilt = 0;
    for (const GpaRange& range : machine.ram.ranges) {
        for (auto page = range.begin; page < range.end && machine.stale.count() != 0;
             page = page + page_bytes) {
            if (!machine.stale.has(page) || !machine.rmp.entry(page).validated) continue;
            fill_with_noise(machine.memory().find(page), *machine.rmp.map().find(page), page_bytes);
            machine.stale.end({page, page + page_bytes});
            ++spoilt;
        }
    }
    if (spoilt != 0) log("late-lines: {} pages were not evicted and are overwritten", spoilt);
}

}  // namespace snpemu

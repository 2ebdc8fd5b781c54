// SPDX-License-Identifier: MIT
// Reads of a page whose stale lines are not evicted yet. The page stays unmapped, so that the machine sees
// each of the reads.
#include "snpemu/log/log.hpp"
#include "snpemu/silicon/decode.hpp"
#include "snpemu/silicon/silicon.hpp"

namespace snpemu::silicon {

bool emulate_stale_read(Memory& memory, Cpu& cpu, Gpa at) {
    const Code code = fetch_code(memory, cpu);
    const auto load = decode_byte_load(std::span{code.bytes}.first(code.size));
    if (!load) return false;
    const LockGuard guard{memory.rmp_lock};
    // The host may have taken the page meanwhile: the next attempt then faults as it should.
    if (!memory.stale.has(at) ||
        !memory.through_rmp().check(at, model::AccessKind::Read, model::Encryption::Private, cpu.current))
        return true;
    const auto value = std::to_integer<std::uint64_t>(*memory.through_rmp().find(at));
    auto& target = cpu.state().reg(static_cast<Gpr>(load->target));
    target = load->extends ? value : (target & ~std::uint64_t{0xff}) | value;
    memory.stale.read(at);
    cpu.state().advance(load->bytes);
    return true;
}

void land_stale_lines(Memory& memory) {
    const LockGuard guard{memory.rmp_lock};
    std::uint64_t spoilt = 0;
    for (const GpaRange& range : memory.ram.ranges) {
        for (auto page = range.begin; page < range.end && memory.stale.count() != 0;
             page = page + page_bytes) {
            if (!memory.stale.has(page) || !memory.rmp.entry(page).validated) continue;
            fill_with_noise(memory.through_rmp().find(page), *memory.rmp.map().find(page), page_bytes);
            memory.stale.end({page, page + page_bytes});
            ++spoilt;
        }
    }
    if (spoilt != 0) log("late-lines: {} pages were not evicted and are overwritten", spoilt);
}

}  // namespace snpemu::silicon

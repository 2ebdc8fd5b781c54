// SPDX-License-Identifier: MIT
#include <cstring>

#include "abi/snp/ghcb_msr.hpp"
#include "abi/x86/paging.hpp"
#include "base/address.hpp"
#include "tests/machine/fuzz/actions.hpp"
#include "tests/machine/lib/code.hpp"
#include "tests/machine/lib/instructions.hpp"
#include "tests/machine/lib/memory.hpp"

namespace rules::fuzz {
namespace {

/// Mostly sizes that exist.
std::uint64_t size_of(Random& random) { return random.once_in(4) ? random.odd() : random.below(2); }

void change_validity(Ground& g) {
    const std::uint64_t at = g.random.once_in(3) ? g.address() : g.own_page();
    (void)pvalidate(at, size_of(g.random), g.random.once_in(8) ? g.random.odd() : g.random.below(2));
}

void change_rights(Ground& g) {
    const std::uint64_t at = g.random.once_in(3) ? g.address() : g.own_page();
    const std::uint64_t wanted = g.random.once_in(4) ? g.random.odd()
                                                     : attributes(static_cast<unsigned>(g.random.below(4)),
                                                                  g.random.byte(), g.random.once_in(4));
    (void)rmpadjust(at, size_of(g.random), wanted);
}

void touch(std::uint64_t at, std::uint64_t how) {
    auto* const place = reinterpret_cast<volatile std::uint64_t*>(at);
    switch (how) {
        case 0: (void)*place; break;
        case 1: *place = at; break;
        case 2: asm volatile("lock incq %0" : "+m"(*place)); break;
        case 3: call(at); break;
        default: std::memset(reinterpret_cast<void*>(at), 0x55, 64);
    }
}

void access(Ground& g) { touch(g.address(), g.random.below(5)); }

void spoil_table(Ground& g) {
    const std::uint64_t at = g.own_page();
    // An entry for 2 MiB maps all that the program has: few live long with a wrong one.
    const unsigned level = g.random.once_in(40) ? 2 : 1;
    volatile std::uint64_t& entry = entry_of(at, level);
    const std::uint64_t old = entry;
    entry = g.random.once_in(4) ? g.random.odd() : old ^ 1ull << g.random.below(64);
    asm volatile("invlpg (%0)" : : "r"(at) : "memory");
    touch(at, g.random.below(5));
}

/// The tables as a whole: the own root with flags, seldom another, which is the end.
void change_root(Ground& g) {
    const std::uint64_t other = g.random.once_in(2) ? g.random.odd() : g.own_page() | c_mask();
    write_cr3(g.random.once_in(20) ? other : read_cr3() ^ 1ull << g.random.below(12));
    peek(g.pages);
}

void change_owner(Ground& g) {
    using abi::GhcbMsr;
    constexpr std::uint64_t page_mask = GhcbMsr::PscOperation::put(1) - 1;
    const std::uint64_t operation = g.random.below(g.random.once_in(4) ? 16 : 3);
    const std::uint64_t request = (g.address() & page_mask & ~0xfffull) |
                                  GhcbMsr::PscOperation::put(operation) |
                                  static_cast<std::uint64_t>(abi::GhcbInfo::PscRequest);
    write_msr(abi::Msr::Ghcb, request);
    vmgexit();
}

constexpr Action actions[] = {
    {"PVALIDATE", 12, change_validity},
    {"RMPADJUST", 12, change_rights},
    {"access", 12, access},
    {"a spoiled table entry", 8, spoil_table},
    {"another CR3", 2, change_root},
    {"a page changes its owner", 6, change_owner},
};

}  // namespace

std::span<const Action> memory_actions() { return actions; }

}  // namespace rules::fuzz

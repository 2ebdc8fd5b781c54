// SPDX-License-Identifier: MIT
#include <cstring>

#include "abi/snp/vmsa.hpp"
#include "tests/machine/fuzz/actions.hpp"
#include "tests/machine/lib/level.hpp"
#include "tests/machine/lib/memory.hpp"

namespace rules::fuzz {
namespace {

/// Each takes pages that are not given back.
constexpr unsigned most_save_areas = 40;
constinit unsigned save_areas = 0;
constinit Random* numbers = nullptr;

void spoil(abi::Vmsa& vmsa) {
    auto* const words = reinterpret_cast<std::uint64_t*>(&vmsa);
    for (std::uint64_t i = numbers->below(4); i != 0; --i) {
        std::uint64_t& word = words[numbers->below(sizeof vmsa / 8)];
        word = numbers->once_in(2) ? numbers->odd() : word ^ 1ull << numbers->below(64);
    }
}

void nothing() {}

/// A save area with wrong words is entered, at whatever level it is.
void enter(Ground& g) {
    if (save_areas++ >= most_save_areas) return;
    numbers = &g.random;
    const auto vmpl = static_cast<unsigned>(1 + g.random.below(3));
    abi::Vmsa& vmsa = make_open_vmsa(vmpl, nothing);
    spoil(vmsa);
    if (!g.random.once_in(8) && !seal(vmsa)) return;
    (void)run_at(g.random.once_in(8) ? static_cast<unsigned>(g.random.below(4)) : vmpl, vmsa);
}

/// Any request to create a vCPU, mostly for a VMSA that is none.
void create(Ground& g) {
    const auto& page = *reinterpret_cast<const abi::Vmsa*>(g.own_page());
    const auto request = static_cast<unsigned>(g.random.below(g.random.once_in(4) ? 256 : 3));
    (void)ap_creation(request, static_cast<unsigned>(g.random.below(3)),
                      static_cast<unsigned>(g.random.below(5)), page);
}

void switch_level(Ground& g) { (void)run_vmpl(static_cast<unsigned>(g.random.below(5))); }

constexpr Action actions[] = {
    {"a spoiled save area", 3, enter},
    {"AP creation", 4, create},
    {"Run VMPL", 3, switch_level},
};

}  // namespace

std::span<const Action> level_actions() { return actions; }

}  // namespace rules::fuzz

// SPDX-License-Identifier: MIT
// A random program at VMPL0: steps of a seed, with all state put back after each that the guest survived.
#include <algorithm>
#include <array>
#include <string_view>

#include "base/format.hpp"
#include "tests/machine/fuzz/actions.hpp"
#include "tests/machine/lib/console.hpp"
#include "tests/machine/lib/exception.hpp"
#include "tests/machine/lib/info.hpp"
#include "tests/machine/lib/memory.hpp"
#include "tests/machine/lib/rule.hpp"

namespace rules::fuzz {
namespace {

using Rooms = std::array<std::span<const Action>, 4>;

const Action& choose(Random& random, const Rooms& rooms) {
    std::uint64_t total = 0;
    for (const auto& room : rooms)
        for (const Action& action : room) total += action.weight;
    std::uint64_t left = random.below(total);
    for (const auto& room : rooms)
        for (const Action& action : room) {
            if (left < action.weight) return action;
            left -= action.weight;
        }
    return rooms[0][0];
}

void tell(std::uint64_t number, std::string_view name) {
    char line[80];
    console::write(
        base::format_to<std::uint64_t, std::string_view>(std::span{line}, "# step {}: {}\n", number, name));
}

}  // namespace

std::uint64_t Ground::address() {
    const std::uint64_t offset = random.once_in(4) ? random.below(4096) : 0;
    switch (random.below(10)) {
        case 0: return loose + random.below(page_count) * 4096 + offset;
        case 1: return shared(own_page()) + offset;
        case 2: return shared(loose + random.below(page_count) * 4096) + offset;
        case 3: return info().tables + random.below(info().table_pages) * 4096 + 8 * random.below(512);
        case 4: return (random.once_in(2) ? info().cpuid_page : info().secrets_page) + offset;
        case 5: return 0xfec0'0000 + random.below(1 << 22);  // devices below 4 GiB
        case 6: return random.below(info().large_end + (64ull << 20));
        case 7: return random.odd();
        default: return own_page() + offset;
    }
}

RULE(random_program, "the machine ends no guest by a fault of its own") {
    Random random{info().seed};
    Ground ground{random, allocate_pages(Ground::page_count), allocate_loose(), allocate_page()};
    for (std::uint64_t i = 1; i < Ground::page_count; ++i) (void)allocate_loose();
    const Rooms rooms{memory_actions(), host_actions(), cpu_actions(), level_actions()};
    for (std::uint64_t number = 0; number < info().steps; ++number) {
        const Action& action = choose(random, rooms);
        if (info().tells_steps != 0) tell(number, action.name);
        (void)trap([&] { action.run(ground); });
        restore_state();
    }
}

}  // namespace rules::fuzz

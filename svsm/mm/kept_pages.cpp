// SPDX-License-Identifier: MIT
#include "svsm/mm/kept_pages.hpp"

#include <algorithm>

#include "machine/machine.hpp"
#include "svsm/cpu/cpu.hpp"
#include "svsm/mm/cpu_area.hpp"

namespace svsm::mm {
namespace {

constexpr std::uint64_t area_bytes = 256ull << 20;
static_assert(cpu_area_base.value() + cpu::max_cpus * cpu_area_stride <= kept_pages_base.value());
static_assert(kept_pages_base.value() + area_bytes <= 0xffff'ffff'c000'0000);

/// Changed under Guest::lock only.
struct KeptPages {
    Memory* memory = nullptr;
    std::uint64_t count = 0, capacity = 0;
};
constinit KeptPages kept;

}  // namespace

BootResult build_kept_pages(Memory& memory, std::uint64_t pages) {
    const auto capacity = std::min(pages, area_bytes / page_bytes);
    for (std::uint64_t offset = 0; offset < capacity * page_bytes; offset += large_page_bytes)
        TRY_VOID(memory.make_entry(kept_pages_base + offset, 1));
    kept = {&memory, 0, capacity};
    return {};
}

}  // namespace svsm::mm

std::byte* machine::keep_page(Gpa page) {
    using svsm::mm::kept;
    if (kept.count == kept.capacity) return nullptr;
    const auto va = svsm::mm::kept_pages_base + kept.count++ * page_bytes;
    // Nobody has to be told: a CPU does not remember that an address was not mapped.
    if (!kept.memory->map(va, page)) return nullptr;
    return reinterpret_cast<std::byte*>(va.value());
}

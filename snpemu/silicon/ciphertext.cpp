// SPDX-License-Identifier: MIT
// Private memory as it is read without the C-bit. Nothing is encrypted here: a guest finds one of a few pages of noise,
// which depends on the address and stays the same when the private page is written. [APM2 "Encrypted Memory"]
#include "snpemu/mm/heap.hpp"
#include "snpemu/silicon/silicon.hpp"

namespace snpemu::silicon {
namespace {

constexpr std::uint64_t page_count = 16;

/// The noise, made at the first use.
Spa ciphertext_of(Memory& memory, Gpa page) REQUIRES(memory.rmp_lock) {
    if (memory.ciphertext == nullptr) {
        memory.ciphertext = static_cast<std::byte*>(heap::reserve_pages(page_count));
        const Spa first{reinterpret_cast<std::uint64_t>(memory.ciphertext)};
        fill_with_noise(memory.ciphertext, first, page_count * page_bytes);
    }
    const std::uint64_t offset = page.value() / page_bytes % page_count * page_bytes;
    return Spa{reinterpret_cast<std::uint64_t>(memory.ciphertext) + offset};
}

}  // namespace

void show_ciphertext(Memory& memory, Cpu& cpu, Gpa page) {
    const LockGuard guard{memory.rmp_lock};
    // Since the access another CPU may have given the page back: then the next try shows the page itself.
    if (!memory.rmp.contains(page) || !memory.rmp.entry(page).assigned) return;
    NestedTable& table = memory.nested[static_cast<unsigned>(cpu.current)].of(paging_of(cpu));
    table.map(page, ciphertext_of(memory, page), model::Encryption::Shared, abi::Permission::read);
}

}  // namespace snpemu::silicon

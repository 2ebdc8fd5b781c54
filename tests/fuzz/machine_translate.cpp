// SPDX-License-Identifier: MIT
// The machine walks page tables and delivers events through descriptor tables that the guest wrote, in every mode.
#include <cstring>
#include <vector>

#include "abi/x86/descriptor.hpp"
#include "abi/x86/paging.hpp"
#include "abi/x86/registers.hpp"
#include "snpemu/silicon/exception.hpp"
#include "snpemu/silicon/remembered_walks.hpp"
#include "snpemu/silicon/translate.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

constexpr std::uint64_t pages = 8;
constexpr unsigned c_bit = 47;

struct Desk {
    std::vector<std::byte> bytes = std::vector<std::byte>(pages * page_bytes);
    std::vector<model::Frame> frames = std::vector<model::Frame>(pages);
    std::vector<model::RmpEntry> entries = std::vector<model::RmpEntry>(pages);
    snpemu::GuestRam ram{.base = bytes.data()};
    model::Rmp rmp{entries, model::NestedMap{frames}};
    abi::VmcbSave save{};
    std::array<std::uint64_t, 16> gpr{};
    std::uint64_t shadow = 1;
};

/// Entries that point somewhere inside, mostly: random words alone never get past the first level.
std::uint64_t table_word(fuzz::Choices& choices) {
    const std::uint64_t flags = choices.below(0x1000), page = choices.below(pages + 1) * page_bytes;
    switch (choices.below(8)) {
        case 0: return choices.word();
        case 1: return page | flags;
        case 2: return page | 1ull << c_bit | abi::Pte::present | 1ull << choices.below(64);
        default: return page | 1ull << c_bit | abi::Pte::present | abi::Pte::writable | abi::Pte::user;
    }
}

void set_scene(Desk& desk, fuzz::Choices& choices) {
    fuzz::expect(desk.ram.ranges.push_back({Gpa{0}, Gpa{pages * page_bytes}}), "no room for one range");
    for (std::uint64_t page = 0; page < pages; ++page) {
        auto& entry = desk.entries[page];
        desk.rmp.launch(Gpa{page * page_bytes}, false);
        entry.assigned = !choices.percent(5);
        entry.validated = !choices.percent(5);
        entry.permissions.fill(choices.percent(90) ? abi::Permission::all : abi::Permission::read);
    }
    for (std::uint64_t page = 0; page < pages; ++page)
        for (std::uint64_t i = 0; i < 4; ++i) {
            const std::uint64_t word = table_word(choices);
            // First entries, the last one, and the middle: the tables of low, high and negative addresses.
            constexpr std::uint64_t slots[] = {0, 1, 256, 511};
            std::memcpy(desk.bytes.data() + page * page_bytes + 8 * slots[i], &word, sizeof word);
        }
    auto& save = desk.save;
    save.cr0 = abi::Cr0::pg | abi::Cr0::pe | (choices.percent(50) ? abi::Cr0::wp : 0);
    save.cr3 = choices.percent(90) ? choices.below(pages) * page_bytes | 1ull << c_bit : choices.word();
    save.cr4 = abi::Cr4::pae | (choices.percent(10) ? choices.word() : 0);
    save.efer = abi::Efer::svme | abi::Efer::lme | abi::Efer::lma | abi::Efer::nxe;
    if (choices.percent(10)) save.cr0 ^= 1ull << choices.below(32), save.efer ^= 1ull << choices.below(16);
    save.cs = {8, static_cast<std::uint16_t>(choices.word()), ~0u, 0};
    save.idtr = {0, 0, static_cast<std::uint32_t>(choices.word() & 0xffff), table_word(choices) & ~0xfffull};
    save.tr = {0x18, 0x8b, static_cast<std::uint32_t>(choices.below(0x100)), choices.below(0x2000)};
    save.rip = choices.word();
    save.rsp = choices.percent(70) ? choices.below(0x4000) : choices.word();
    save.cpl = static_cast<std::uint8_t>(choices.below(4));
}

/// Whether `after` holds nothing but accessed and dirty bits that `before` does not: a walk that succeeded marks
/// its entries, and a refusal later on does not take that back [APM2 "Page-Translation-Table Entry Fields"].
bool differs_by_marks_only(const std::vector<std::byte>& before, const std::vector<std::byte>& after) {
    constexpr std::byte marks{abi::Pte::accessed | abi::Pte::dirty};
    constexpr std::size_t smallest_entry = 4;
    for (std::size_t i = 0; i < before.size(); ++i) {
        if (before[i] == after[i]) continue;
        if (i % smallest_entry != 0 || (before[i] | marks) != (after[i] | marks)) return false;
        if ((before[i] & ~after[i]) != std::byte{}) return false;
    }
    return true;
}

/// A gate and descriptors with which a delivery gets as far as the stack, mostly: random words alone never do.
void set_handler(Desk& desk, fuzz::Choices& choices, unsigned vector) {
    constexpr std::uint64_t table_offset = 0x800,
                            descriptors[] = {0, abi::DescriptorValue::code64, abi::DescriptorValue::data,
                                             0x00cf'9b00'0000'ffff, 0x0000'9300'0000'ffff};
    const auto put = [&](std::uint64_t at, const auto& value) {
        std::memcpy(desk.bytes.data() + at, &value, sizeof value);
    };
    const std::uint64_t idt = choices.below(pages) * page_bytes,
                        gdt = choices.below(pages) * page_bytes + table_offset;
    abi::Gate gate = abi::interrupt_gate(choices.word(), static_cast<std::uint16_t>(choices.below(48)),
                                         static_cast<std::uint8_t>(choices.below(8)));
    if (choices.percent(20)) gate.type = static_cast<std::uint8_t>(choices.word());
    put(idt + vector * sizeof gate, gate);
    put(gdt, descriptors);
    // Gates of 8 bytes, and pointers of 4, which legacy modes read at other places.
    if (choices.percent(50)) put(idt + vector * 8, choices.word() | 0x0000'8600'0018'0000);
    desk.save.idtr = {0, 0, 0xfff, idt};
    desk.save.gdtr = {0, 0, sizeof descriptors - 1, gdt};
    desk.save.ldtr = {0, 0, static_cast<std::uint32_t>(choices.below(0x100)), choices.word()};
    desk.save.ss = {0x10, static_cast<std::uint16_t>(choices.word()),
                    static_cast<std::uint32_t>(choices.word()), choices.below(0x4000)};
}

/// Long mode stays, or one of the others takes its place.
void set_mode(Desk& desk, fuzz::Choices& choices) {
    if (choices.percent(60)) return;
    desk.save.efer &= ~(abi::Efer::lme | abi::Efer::lma);
    desk.save.cr0 = choices.percent(50) ? desk.save.cr0 : choices.below(2);  // PAE, protected or real mode
    if (choices.percent(10)) desk.save.rflags |= abi::Rflags::vm;
}

/// An event is delivered, or refused and nothing has changed.
void deliver_one(Desk& desk, fuzz::Choices& choices, const snpemu::View& view) {
    const auto vector = static_cast<std::uint8_t>(choices.below(32));
    if (choices.percent(70)) set_handler(desk, choices, vector);
    set_mode(desk, choices);
    const auto untouched = desk.bytes;
    const abi::VmcbSave saved = desk.save;
    const auto error_code = choices.percent(50) ? std::optional<std::uint32_t>{0x29} : std::nullopt;
    const snpemu::Event event =
        choices.percent(30) ? snpemu::trap_of(vector) : snpemu::fault_of(abi::Vector{vector}, error_code);
    if (snpemu::deliver(view, event)) return;
    fuzz::expect(differs_by_marks_only(untouched, desk.bytes), "a refused event left something on the stack");
    fuzz::expect(std::memcmp(&desk.save, &saved, sizeof saved) == 0, "a refused event changed the vCPU");
}

/// What a guest, or VMPL0, or the host may do between two accesses.
void change(Desk& desk, fuzz::Choices& choices) {
    const Gpa page{choices.below(pages) * page_bytes};
    const std::uint64_t word = table_word(choices);
    switch (choices.below(8)) {
        case 0: desk.save.cr4 ^= 1ull << choices.below(32); return;
        case 1: desk.save.cr3 = choices.below(pages) * page_bytes | 1ull << c_bit; return;
        case 2: (void)desk.rmp.rmpadjust(page, PageSize::Size4K, choices.word() & 0xf0f, abi::Vmpl::Vmpl0); return;
        case 3:
            (void)desk.rmp.pvalidate(page, PageSize::Size4K, abi::Validity{choices.percent(50)}, abi::Vmpl::Vmpl0);
            return;
        case 4: (void)desk.rmp.assign(page, PageSize::Size4K); return;
        case 5: (void)desk.rmp.unassign(page, PageSize::Size4K); return;
        case 6: (void)desk.rmp.show(page, Spa{choices.below(pages) * page_bytes}); return;
        default:
            std::memcpy(desk.bytes.data() + page.value() + 8 * choices.below(2), &word, sizeof word);
    }
}

/// A CPU that remembers its walks reaches what one that makes each of them reaches.
void remember(Desk& desk, fuzz::Choices& choices, const snpemu::CpuState& cpu, abi::Vmpl vmpl) {
    snpemu::RememberedWalks walks;
    const snpemu::GuestMemory remembering{desk.ram, desk.rmp, &walks}, walking{desk.ram, desk.rmp};
    std::vector<std::byte> before, after;
    for (unsigned i = 0; i < 8; ++i) {
        if (choices.percent(40)) change(desk, choices);
        const GuestVa at{choices.below(0x2000)};
        const auto ring = choices.percent(50) ? snpemu::Ring::User : snpemu::Ring::Supervisor;
        const bool fetches = choices.percent(50), writes = choices.percent(30);
        std::array<std::byte, 8> one{}, other{};
        if (writes) std::memcpy(one.data(), &i, sizeof i), other = one;
        const auto access = [&](const snpemu::GuestMemory& memory, std::span<std::byte> bytes) {
            if (writes) return snpemu::write_virtual(cpu, memory, vmpl, at, bytes, c_bit).has_value();
            if (fetches) return snpemu::fetch_virtual(cpu, memory, vmpl, at, ring, bytes, c_bit).has_value();
            return snpemu::read_virtual(cpu, memory, vmpl, at, bytes, c_bit).has_value();
        };
        // Both begin in the same memory: a write may go to the tables themselves.
        before = desk.bytes;
        const bool reached = access(remembering, one);
        after = desk.bytes;
        std::memcpy(desk.bytes.data(), before.data(), before.size());
        fuzz::expect(reached == access(walking, other), "a walk that is remembered has another end");
        fuzz::expect(!reached || one == other, "a walk that is remembered leads elsewhere");
        fuzz::expect(std::memcmp(after.data(), desk.bytes.data(), after.size()) == 0,
                     "a walk that is remembered leaves other memory behind");
    }
}

}  // namespace

void fuzz::one_input(Bytes input) {
    Choices choices{input, 1};
    Desk desk;
    set_scene(desk, choices);
    const snpemu::CpuState cpu{desk.save, desk.gpr, desk.shadow};
    const snpemu::GuestMemory memory{desk.ram, desk.rmp};
    const auto vmpl = static_cast<abi::Vmpl>(choices.below(abi::vmpl_count));
    const GuestVa at{choices.percent(70) ? choices.below(0x3000) : choices.word()};

    const auto kind = static_cast<model::AccessKind>(choices.below(4));
    const auto ring = choices.percent(50) ? snpemu::Ring::User : snpemu::Ring::Supervisor;
    if (const auto found = snpemu::translate(cpu, memory, vmpl, at, kind, ring, c_bit))
        expect((desk.save.cr0 & abi::Cr0::pg) == 0 || (found->gpa.value() >> c_bit & 1) == 0,
               "a translation with the C-bit left in it");

    std::array<std::byte, 32> buffer{};
    const std::span part = std::span{buffer}.first(1 + choices.below(buffer.size()));
    (void)snpemu::read_virtual(cpu, memory, vmpl, at, part, c_bit);
    const auto before = desk.bytes;
    if (!snpemu::write_virtual(cpu, memory, vmpl, at, part, c_bit))
        expect(desk.bytes == before, "a refused write left something behind");

    deliver_one(desk, choices, {cpu, memory, vmpl, c_bit});
    remember(desk, choices, cpu, vmpl);
}

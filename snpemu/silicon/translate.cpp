// SPDX-License-Identifier: MIT
// Accesses of the CPU itself through the guest's page tables.
#include "snpemu/silicon/translate.hpp"

#include <algorithm>
#include <cstring>

#include "abi/x86/registers.hpp"
#include "base/fixed_vector.hpp"
#include "base/result.hpp"
#include "snpemu/silicon/page_walk.hpp"
#include "snpemu/silicon/remembered_walks.hpp"

namespace snpemu {
namespace {

using model::AccessKind;
using model::Encryption;

/// Who reaches memory, and how.
struct Reach {
    const CpuState& cpu;
    const GuestMemory& memory;
    abi::Vmpl vmpl;
    unsigned c_bit;

    /// Without paging every access of an SNP guest is private. [APM2 "Encrypted Memory Support"]
    [[nodiscard]] std::expected<Walk, TranslationError> walk(const Access& access) const {
        if ((cpu.save.cr0 & abi::Cr0::pg) == 0)
            return Walk{.found = {Gpa{access.va.value()}, Encryption::Private}};
        return walk_tables(cpu, memory, vmpl, access, c_bit);
    }
    /// The place of a page as this CPU has found it before, if all of that still holds.
    [[nodiscard]] std::byte* find(const Access& access) const {
        return memory.walks == nullptr ? nullptr : memory.walks->find(cpu.save, memory.rmp, vmpl, access);
    }
    void keep(const Access& access, const Walk& walk, std::byte* place) const {
        if (memory.walks != nullptr) memory.walks->keep(cpu.save, memory.rmp, vmpl, access, walk, place);
    }
};

/// Splits [va, va + size) at the page boundary and calls `part(va, offset, bytes)` for each piece.
template <class Part>
std::expected<void, TranslationError> for_each_page(GuestVa va, std::size_t size, Part part) {
    for (std::size_t done = 0; done < size;) {
        const GuestVa at = va + done;
        const auto bytes = std::min<std::size_t>(size - done, page_bytes - at.page_offset());
        TRY_VOID(part(at, done, bytes));
        done += bytes;
    }
    return {};
}

std::unexpected<TranslationError> nested_fault(Gpa at, model::RmpFault fault) {
    return std::unexpected{TranslationError{NestedFault{at, fault}}};
}

/// The place that a read or a fetch reaches, with all checks and marks made.
std::expected<const std::byte*, TranslationError> place_to_read(const Reach& reach, const Access& access) {
    if (const std::byte* const place = reach.find(access)) return place;
    const Walk walk = TRY(reach.walk(access));
    TRY_VOID(make_marks(reach.memory, reach.vmpl, walk));
    // A fetch is private whatever the C-bit says.
    const Encryption encryption =
        model::is_fetch(access.kind) ? Encryption::Private : walk.found.encryption;
    const auto place = reach.memory.locate(walk.found.gpa, access.kind, encryption, reach.vmpl);
    if (!place) return nested_fault(walk.found.gpa, place.error());
    reach.keep(access, walk, *place);
    return *place;
}

std::expected<void, TranslationError> read_pages(const Reach& reach, GuestVa va, AccessKind kind, Ring ring,
                                                 std::span<std::byte> to) {
    return for_each_page(
        va, to.size(),
        [&](GuestVa at, std::size_t offset, std::size_t bytes) -> std::expected<void, TranslationError> {
            std::memcpy(&to[offset], TRY(place_to_read(reach, {at, kind, ring})), bytes);
            return {};
        });
}

}  // namespace

std::expected<Translation, TranslationError> translate(const CpuState& cpu, const GuestMemory& memory,
                                                       abi::Vmpl vmpl, GuestVa va, AccessKind kind, Ring ring,
                                                       unsigned c_bit) {
    const Walk walk = TRY((Reach{cpu, memory, vmpl, c_bit}.walk({va, kind, ring})));
    TRY_VOID(make_marks(memory, vmpl, walk));
    return walk.found;
}

std::expected<void, TranslationError> read_virtual(const CpuState& cpu, const GuestMemory& memory,
                                                   abi::Vmpl vmpl, GuestVa va, std::span<std::byte> to,
                                                   unsigned c_bit) {
    return read_pages({cpu, memory, vmpl, c_bit}, va, AccessKind::Read, Ring::Supervisor, to);
}

std::expected<void, TranslationError> fetch_virtual(const CpuState& cpu, const GuestMemory& memory,
                                                    abi::Vmpl vmpl, GuestVa va, Ring ring,
                                                    std::span<std::byte> to, unsigned c_bit) {
    const AccessKind kind = ring == Ring::User ? AccessKind::ExecuteUser : AccessKind::ExecuteSupervisor;
    return read_pages({cpu, memory, vmpl, c_bit}, va, kind, ring, to);
}

std::expected<void, TranslationError> write_virtual(const CpuState& cpu, const GuestMemory& memory,
                                                    abi::Vmpl vmpl, GuestVa va,
                                                    std::span<const std::byte> from, unsigned c_bit) {
    const Reach reach{cpu, memory, vmpl, c_bit};
    const Access first{va, AccessKind::Write, Ring::Supervisor};
    const bool is_one_page = from.size() <= page_bytes - va.page_offset();
    if (std::byte* const place = is_one_page ? reach.find(first) : nullptr) {
        std::memcpy(place, from.data(), from.size());
        return {};
    }
    struct Piece {
        Walk walk;
        std::span<const std::byte> from;
    };
    FixedVector<Piece, 2> pieces;  // of at most a page there are no more
    // First every page must take the write, so that a fault leaves memory as it was.
    TRY_VOID(for_each_page(
        va, from.size(),
        [&](GuestVa at, std::size_t offset, std::size_t bytes) -> std::expected<void, TranslationError> {
            const Walk walk = TRY(reach.walk({at, AccessKind::Write, Ring::Supervisor}));
            TRY_VOID(check_marks(memory, vmpl, walk));
            const Translation& t = walk.found;
            if (auto ok = memory.check(t.gpa, AccessKind::Write, t.encryption, vmpl); !ok)
                return nested_fault(t.gpa, ok.error());
            if (!pieces.push_back({walk, from.subspan(offset, bytes)})) __builtin_trap();
            return {};
        }));
    for (const Piece& piece : pieces) TRY_VOID(make_marks(memory, vmpl, piece.walk));
    for (const Piece& piece : pieces) {
        const Translation& t = piece.walk.found;
        const auto place = memory.locate(t.gpa, AccessKind::Write, t.encryption, vmpl);
        if (!place) return nested_fault(t.gpa, place.error());
        std::memcpy(*place, piece.from.data(), piece.from.size());
        if (is_one_page) reach.keep(first, piece.walk, *place);
    }
    return {};
}

}  // namespace snpemu

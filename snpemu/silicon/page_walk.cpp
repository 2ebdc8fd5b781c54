// SPDX-License-Identifier: MIT
#include "snpemu/silicon/page_walk.hpp"

#include <cstring>
#include <optional>
#include <span>

#include "abi/x86/registers.hpp"
#include "base/result.hpp"

namespace snpemu {
namespace {

using abi::Pte;
using model::AccessKind;
using model::Encryption;
using model::is_fetch;

struct Rights {
    bool writable = true, user = true, executable = true;
    void narrow(std::uint64_t entry) {
        writable &= (entry & Pte::writable) != 0;
        user &= (entry & Pte::user) != 0;
        executable &= (entry & Pte::no_execute) == 0;
    }
};

std::uint32_t fault_code(const Access& access, const TableForm& form, std::uint32_t code) {
    using Error = abi::PageFaultError;
    if (access.kind == AccessKind::Write) code |= Error::write;
    if (is_fetch(access.kind) && form.has_no_execute) code |= Error::fetch;
    if (access.ring == Ring::User) code |= Error::user;
    return code;
}

bool allowed(const Rights& rights, const Access& access, const abi::VmcbSave& save) {
    if (access.ring == Ring::User && !rights.user) return false;
    if (is_fetch(access.kind))
        return rights.executable &&
               !(access.ring == Ring::Supervisor && rights.user && (save.cr4 & abi::Cr4::smep) != 0);
    if (access.ring == Ring::Supervisor && rights.user && (save.cr4 & abi::Cr4::smap) != 0 &&
        (save.rflags & abi::Rflags::ac) == 0)
        return false;
    return access.kind == AccessKind::Read || rights.writable ||
           (access.ring == Ring::Supervisor && (save.cr0 & abi::Cr0::wp) == 0);
}

/// An entry of the table of `level`.
struct Entry {
    std::uint64_t value;
    unsigned level;

    [[nodiscard]] bool is_plain(const TableForm& form) const {
        return form.has_plain_root && level == form.levels;
    }
    [[nodiscard]] bool is_leaf(const TableForm& form) const {
        const bool may_be_large = level > 1 && level < 4 && !is_plain(form) && form.has_large_pages;
        return level == 1 || (may_be_large && (value & Pte::large) != 0);
    }
    /// Bits of the error code of the page fault that the entry is by itself.
    [[nodiscard]] std::optional<std::uint32_t> flaw(const TableForm& form) const {
        if ((value & Pte::present) == 0) return 0;
        const bool has_reserved_bit =
            form.entry_bytes == 8 && !form.has_no_execute && (value & Pte::no_execute) != 0;
        if (has_reserved_bit) return abi::PageFaultError::present | abi::PageFaultError::reserved;
        return std::nullopt;
    }
    /// Accessed, and Dirty in the last entry of a write, where they are clear.
    [[nodiscard]] std::uint8_t missing_marks(const TableForm& form, AccessKind kind) const {
        if (is_plain(form)) return 0;
        const std::uint64_t dirty = is_leaf(form) && kind == AccessKind::Write ? Pte::dirty : 0;
        return static_cast<std::uint8_t>((Pte::accessed | dirty) & ~value);
    }
};

void note_marks(Walk& walk, Gpa slot, std::uint8_t missing) {
    if (missing != 0) walk.marks[walk.mark_count++] = {slot, missing};
}

/// Where an entry points: the next table, or the page.
std::uint64_t target_of(std::uint64_t entry, const TableForm& form, std::uint64_t c_mask) {
    return entry & Pte::address_mask & ~(form.has_c_bit ? c_mask : 0);
}

/// 4 MiB pages of 32-bit paging keep bits 39:32 of their address in bits 20:13.
std::uint64_t frame_of(std::uint64_t entry, const TableForm& form, unsigned level, std::uint64_t c_mask) {
    const std::uint64_t offset_mask = (std::uint64_t{1} << form.offset_bits(level)) - 1;
    const std::uint64_t frame = target_of(entry, form, c_mask) & ~offset_mask;
    const bool is_4_mib = form.entry_bytes == 4 && level == 2;
    return is_4_mib ? frame | (entry >> 13 & 0xff) << 32 : frame;
}

std::expected<std::uint64_t, TranslationError> read_entry(const GuestMemory& memory, abi::Vmpl vmpl, Gpa slot,
                                                          const TableForm& form, Walk& walk) {
    const auto place = memory.locate(slot, AccessKind::Read, Encryption::Private, vmpl);
    if (!place) return std::unexpected{TranslationError{NestedFault{slot, place.error()}}};
    std::uint64_t entry = 0;
    std::memcpy(&entry, *place, form.entry_bytes);
    if (form == TableForm{}) walk.steps[walk.step_count++] = {reinterpret_cast<std::uint64_t*>(*place), entry};
    return entry;
}

std::unexpected<TranslationError> page_fault(const Access& access, const TableForm& form,
                                             std::uint32_t code) {
    return std::unexpected{TranslationError{GuestPageFault{fault_code(access, form, code)}}};
}

/// The root, and what of the address counts.
std::uint64_t root_of(const abi::VmcbSave& save, const TableForm& form, std::uint64_t c_mask) {
    constexpr std::uint64_t pae_pointers = 0xffff'ffe0, pointer_32 = 0xffff'f000;
    if (form.entry_bytes == 4) return save.cr3 & pointer_32;
    return form.has_plain_root ? save.cr3 & pae_pointers : save.cr3 & Pte::address_mask & ~c_mask;
}

/// Whose tables, and who walks them.
struct Walker {
    const abi::VmcbSave& save;
    const GuestMemory& memory;
    abi::Vmpl vmpl;
    unsigned c_bit;

    [[gnu::always_inline]] std::expected<Walk, TranslationError> walk(const TableForm& form,
                                                                      const Access& access) const {
        const std::uint64_t va = form.levels == 4 ? access.va.value() : access.va.value() & 0xffff'ffff;
        if (!is_canonical(va)) return std::unexpected{TranslationError{NotCanonical{}}};
        const std::uint64_t c_mask = std::uint64_t{1} << c_bit,
                            index_mask = (std::uint64_t{1} << form.index_bits) - 1;
        std::uint64_t table = root_of(save, form, c_mask);
        Rights rights;
        Walk walk;
        for (unsigned level = form.levels;; --level) {
            const Gpa slot{table + form.entry_bytes * (va >> form.offset_bits(level) & index_mask)};
            const Entry entry{TRY(read_entry(memory, vmpl, slot, form, walk)), level};
            if (const auto wrong = entry.flaw(form)) return page_fault(access, form, *wrong);
            if (!entry.is_plain(form)) rights.narrow(entry.value);
            note_marks(walk, slot, entry.missing_marks(form, access.kind));
            if (!entry.is_leaf(form)) {
                table = target_of(entry.value, form, c_mask);
                continue;
            }
            if (!allowed(rights, access, save)) return page_fault(access, form, abi::PageFaultError::present);
            const std::uint64_t offset = va & ((std::uint64_t{1} << form.offset_bits(level)) - 1);
            const bool is_private = !form.has_c_bit || (entry.value & c_mask) != 0;
            walk.found = {Gpa{frame_of(entry.value, form, level, c_mask) | offset},
                          is_private ? Encryption::Private : Encryption::Shared};
            return walk;
        }
    }
};

}  // namespace

TableForm table_form(const abi::VmcbSave& save) {
    const bool has_no_execute = (save.efer & abi::Efer::nxe) != 0;
    if ((save.efer & abi::Efer::lma) != 0) return {.has_no_execute = has_no_execute};
    if ((save.cr4 & abi::Cr4::pae) != 0)
        return {.levels = 3, .has_no_execute = has_no_execute, .has_plain_root = true};
    return {.levels = 2,
            .entry_bytes = 4,
            .index_bits = 10,
            .has_c_bit = false,
            .has_large_pages = (save.cr4 & abi::Cr4::pse) != 0,
            .has_no_execute = false};
}

std::expected<Walk, TranslationError> walk_tables(const CpuState& cpu, const GuestMemory& memory,
                                                  abi::Vmpl vmpl, const Access& access, unsigned c_bit) {
    // The form of nearly all walks is a constant, so that the compiler builds a walk for it, a quarter shorter.
    constexpr TableForm usual{};
    const Walker walker{cpu.save, memory, vmpl, c_bit};
    const TableForm form = table_form(cpu.save);
    return form == usual ? walker.walk(usual, access) : walker.walk(form, access);
}

std::expected<void, TranslationError> check_marks(const GuestMemory& memory, abi::Vmpl vmpl,
                                                  const Walk& walk) {
    for (const Walk::Mark& mark : std::span{walk.marks}.first(walk.mark_count))
        if (auto ok = memory.check(mark.entry, AccessKind::Write, Encryption::Private, vmpl); !ok)
            return std::unexpected{TranslationError{NestedFault{mark.entry, ok.error()}}};
    return {};
}

std::expected<void, TranslationError> make_marks(const GuestMemory& memory, abi::Vmpl vmpl,
                                                 const Walk& walk) {
    TRY_VOID(check_marks(memory, vmpl, walk));
    for (const Walk::Mark& mark : std::span{walk.marks}.first(walk.mark_count))
        if (auto ok = memory.set_bits(mark.entry, mark.bits, vmpl); !ok)
            return std::unexpected{TranslationError{NestedFault{mark.entry, ok.error()}}};
    return {};
}

}  // namespace snpemu

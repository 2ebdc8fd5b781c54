// SPDX-License-Identifier: MIT
// Guest page walk.
#include "snpemu/silicon/translate.hpp"

#include <algorithm>

#include "abi/x86/paging.hpp"
#include "abi/x86/registers.hpp"
#include "base/result.hpp"

namespace snpemu {
namespace {

using model::AccessKind;
using model::Encryption;

struct Rights {
    bool writable = true, user = true, executable = true;
};

std::uint32_t fault_code(AccessKind kind, Ring ring, bool present) {
    std::uint32_t code = present ? abi::PageFaultError::present : 0;
    if (kind == AccessKind::Write) code |= abi::PageFaultError::write;
    if (kind == AccessKind::ExecuteSupervisor || kind == AccessKind::ExecuteUser)
        code |= abi::PageFaultError::fetch;
    if (ring == Ring::User) code |= abi::PageFaultError::user;
    return code;
}

bool allowed(const Rights& rights, AccessKind kind, Ring ring, bool write_protect) {
    if (ring == Ring::User && !rights.user) return false;
    if (kind == AccessKind::Write) return rights.writable || (ring == Ring::Supervisor && !write_protect);
    if (kind == AccessKind::Read) return true;
    return rights.executable;
}

bool is_canonical(std::uint64_t va) {
    const std::uint64_t top = va >> 47;
    return top == 0 || top == 0x1ffff;
}

}  // namespace

std::expected<Translation, TranslationError> translate(const CpuState& cpu, const GuestMemory& memory,
                                                       abi::Vmpl vmpl, GuestVa va, AccessKind kind, Ring ring,
                                                       unsigned c_bit) {
    // Without paging every access of an SNP guest is private. [APM2 "Encrypted memory, paging off"]
    if ((cpu.save.cr0 & abi::Cr0::pg) == 0) return Translation{Gpa{va.value()}, Encryption::Private};
    if ((cpu.save.efer & abi::Efer::lma) == 0 || !is_canonical(va.value()))
        return std::unexpected{TranslationError{GuestPageFault{0}}};

    const std::uint64_t c_mask = std::uint64_t{1} << c_bit;
    std::uint64_t table = cpu.save.cr3 & abi::Pte::address_mask & ~c_mask;
    Rights rights;
    for (unsigned level = 4;; --level) {
        const Gpa slot{table + 8 * abi::table_index(va.value(), level)};
        std::uint64_t entry = 0;
        if (auto ok =
                memory.read(slot, Encryption::Private, vmpl, std::as_writable_bytes(std::span{&entry, 1}));
            !ok)
            return std::unexpected{TranslationError{NestedFault{slot, ok.error()}}};
        if ((entry & abi::Pte::present) == 0)
            return std::unexpected{TranslationError{GuestPageFault{fault_code(kind, ring, false)}}};
        rights.writable &= (entry & abi::Pte::writable) != 0;
        rights.user &= (entry & abi::Pte::user) != 0;
        rights.executable &= (entry & abi::Pte::no_execute) == 0;
        const bool leaf = level == 1 || ((entry & abi::Pte::large) != 0 && level <= 3);
        if (!leaf) {
            table = entry & abi::Pte::address_mask & ~c_mask;
            continue;
        }
        if (!allowed(rights, kind, ring, (cpu.save.cr0 & abi::Cr0::wp) != 0))
            return std::unexpected{TranslationError{GuestPageFault{fault_code(kind, ring, true)}}};
        const std::uint64_t offset_mask = (std::uint64_t{1} << (12 + 9 * (level - 1))) - 1;
        const std::uint64_t frame = entry & abi::Pte::address_mask & ~c_mask & ~offset_mask;
        return Translation{Gpa{frame | (va.value() & offset_mask)},
                           (entry & c_mask) != 0 ? Encryption::Private : Encryption::Shared};
    }
}

namespace {

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

}  // namespace

std::expected<void, TranslationError> read_virtual(const CpuState& cpu, const GuestMemory& memory,
                                                   abi::Vmpl vmpl, GuestVa va, std::span<std::byte> to,
                                                   unsigned c_bit) {
    return for_each_page(
        va, to.size(),
        [&](GuestVa at, std::size_t offset, std::size_t bytes) -> std::expected<void, TranslationError> {
            const Translation t =
                TRY(translate(cpu, memory, vmpl, at, AccessKind::Read, Ring::Supervisor, c_bit));
            if (auto ok = memory.read(t.gpa, t.encryption, vmpl, to.subspan(offset, bytes)); !ok)
                return std::unexpected{TranslationError{NestedFault{t.gpa, ok.error()}}};
            return {};
        });
}

std::expected<void, TranslationError> write_virtual(const CpuState& cpu, const GuestMemory& memory,
                                                    abi::Vmpl vmpl, GuestVa va,
                                                    std::span<const std::byte> from, unsigned c_bit) {
    // First pass: every page must take the write, so that a fault leaves memory as it was.
    TRY_VOID(for_each_page(
        va, from.size(), [&](GuestVa at, std::size_t, std::size_t) -> std::expected<void, TranslationError> {
            const Translation t =
                TRY(translate(cpu, memory, vmpl, at, AccessKind::Write, Ring::Supervisor, c_bit));
            if (auto ok = memory.check(t.gpa, AccessKind::Write, t.encryption, vmpl); !ok)
                return std::unexpected{TranslationError{NestedFault{t.gpa, ok.error()}}};
            return {};
        }));
    return for_each_page(
        va, from.size(),
        [&](GuestVa at, std::size_t offset, std::size_t bytes) -> std::expected<void, TranslationError> {
            const Translation t =
                TRY(translate(cpu, memory, vmpl, at, AccessKind::Write, Ring::Supervisor, c_bit));
            if (auto ok = memory.write(t.gpa, t.encryption, vmpl, from.subspan(offset, bytes)); !ok)
                return std::unexpected{TranslationError{NestedFault{t.gpa, ok.error()}}};
            return {};
        });
}

}  // namespace snpemu

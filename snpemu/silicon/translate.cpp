// SPDX-License-Identifier: MIT
// Guest page walk.
#include "snpemu/silicon/translate.hpp"

#include <algorithm>

#include "abi/x86/paging.hpp"
#include "abi/x86/registers.hpp"
#include "base/result.hpp"
#include "paging/walk.hpp"

namespace snpemu {
namespace {

using model::AccessKind;
using model::Encryption;

/// What all entries of a walk allow together.
struct Rights {
    bool writable = true, user = true, executable = true;
    void narrow(paging::Entry entry) {
        writable &= (entry & abi::Pte::writable) != 0;
        user &= (entry & abi::Pte::user) != 0;
        executable &= (entry & abi::Pte::no_execute) == 0;
    }
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

    const paging::Format format{.c_bit = std::uint64_t{1} << c_bit};
    const auto load = [&](std::uint64_t at) -> std::expected<paging::Entry, TranslationError> {
        paging::Entry entry = 0;
        const auto bytes = std::as_writable_bytes(std::span{&entry, 1});
        if (auto ok = memory.read(Gpa{at}, Encryption::Private, vmpl, bytes); !ok)
            return std::unexpected{TranslationError{NestedFault{Gpa{at}, ok.error()}}};
        return entry;
    };
    Rights rights;
    const paging::Found found = TRY(paging::walk(format, format.table_of(cpu.save.cr3), va.value(), load,
                                                 [&](paging::Entry entry) { rights.narrow(entry); }));
    const bool present = format.is_present(found.entry);
    if (!present || !allowed(rights, kind, ring, (cpu.save.cr0 & abi::Cr0::wp) != 0))
        return std::unexpected{TranslationError{GuestPageFault{fault_code(kind, ring, present)}}};
    return Translation{Gpa{paging::target(format, found, va.value())},
                       (found.entry & format.c_bit) != 0 ? Encryption::Private : Encryption::Shared};
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

// SPDX-License-Identifier: MIT
// The only interface between the SVSM's logic and the hardware: defined once by machine/snp (instructions),
// once by machine/sim (a model for host tests). Hardware is ambient; all state of the SVSM is
// passed as parameters.
#pragma once
#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <string_view>

#include "abi/adyton/termination.hpp"
#include "abi/snp/ghcb.hpp"
#include "abi/snp/rmp.hpp"
#include "abi/x86/registers.hpp"
#include "base/address.hpp"

namespace machine {

/// Result of PVALIDATE. The first three are the CPU's EAX; Unchanged is our name for "EAX 0, CF 1"; Unknown
/// is any other EAX; Fault means that the instruction itself faulted (page vanished, mapping
/// refused). [APM3 "PVALIDATE"]
enum class PvalidateError : std::uint32_t {
    FailInput = 1,
    FailSizeMismatch = 6,
    Unchanged = 16,
    Unknown = 17,
    Fault = 18
};
/// Result of RMPADJUST; values 1..6 are the CPU's EAX. [APM3 "RMPADJUST"]
enum class RmpadjustError : std::uint32_t {
    FailInput = 1,
    FailPermission = 2,
    FailInUse = 3,
    FailSizeMismatch = 6,
    Unknown = 17,
    Fault = 18,
};
/// A guest page could not be reached: not validated, shared, or gone. Nothing past the fault was transferred.
struct GuestFault {};

// ---- pages

/// Validates or rescinds the page mapped at `page`.
[[nodiscard]] std::expected<void, PvalidateError> pvalidate(Va page, PageSize size, abi::Validity wanted);
/// Sets the rights of a lower VMPL on the page mapped at `page`; `attributes` is RDX, see abi::RmpAttributes.
[[nodiscard]] std::expected<void, RmpadjustError> rmpadjust(Va page, PageSize size, std::uint64_t attributes);

// ---- windows

/// Per-CPU virtual pages through which this CPU accesses guest memory, privately (C-bit set). A
/// calling area and a VMSA for each level the guest may have on this vCPU, mapped once; the rest for
/// one use each (MappedPage).
enum class Window : std::uint8_t {
    CallingArea1,
    CallingArea2,
    CallingArea3,
    Vmsa1,
    Vmsa2,
    Vmsa3,
    List,
    Scratch4K,
    Scratch2M
};
inline constexpr std::size_t window_count = 9;
/// Window of the calling area or VMSA of `level`, which is 1 to 3.
[[nodiscard]] constexpr Window calling_area_window(abi::Vmpl level) {
    return static_cast<Window>(static_cast<unsigned>(level) - 1);
}
[[nodiscard]] constexpr Window vmsa_window(abi::Vmpl level) {
    return static_cast<Window>(static_cast<unsigned>(level) + 2);
}
/// Maps `page` (aligned to the window's size) in this CPU's window, which is unmapped, and returns its
/// address. Cannot fail; one store, no flush: a CPU does not cache translations that were not present.
Va map_window(Window window, Gpa page);
/// Unmaps the window: one store and one local INVLPG.
void unmap_window(Window window);

// ---- guest memory, where every access may fault

/// Copies guest memory at `from` (inside a window) into private memory.
[[nodiscard]] std::expected<void, GuestFault> copy_in(std::span<std::byte> to, Va from);
/// Copies private memory to guest memory at `to` (inside a window).
[[nodiscard]] std::expected<void, GuestFault> copy_out(Va to, std::span<const std::byte> from);
/// Zeroes guest memory.
[[nodiscard]] std::expected<void, GuestFault> zero(Va at, std::uint64_t bytes);
/// One load or store of exactly that size; never repeated.
[[nodiscard]] std::expected<std::uint8_t, GuestFault> load_u8(Va from);
[[nodiscard]] std::expected<std::uint64_t, GuestFault> load_u64(Va from);
[[nodiscard]] std::expected<void, GuestFault> store_u8(Va to, std::uint8_t value);
[[nodiscard]] std::expected<void, GuestFault> store_u64(Va to, std::uint64_t value);
/// LOCK CMPXCHG of a quadword: true when it held `expected` and now holds `desired`.
[[nodiscard]] std::expected<bool, GuestFault> compare_exchange_u64(Va at, std::uint64_t expected,
                                                                   std::uint64_t desired);

// ---- TLB

/// Flushes this VM's translations on every CPU and waits (INVLPGB, TLBSYNC): after every revoke, before
/// the guest runs.
void flush_guests();
/// Executes INVLPGB and TLBSYNC once. False when the processor lacks them (#UD); nothing else has happened
/// then. CPUID cannot answer this: some hosts never set the bit on processors that have them.
[[nodiscard]] bool try_flush();

// ---- hypervisor

/// One exchange of the GHCB MSR protocol: writes `request`, exits, returns the reply. The host
/// may reply anything.
[[nodiscard]] std::uint64_t ghcb_msr_exchange(std::uint64_t request);
/// This CPU's GHCB page. Shared memory: the host may change it at any time; read each field once.
[[nodiscard]] abi::Ghcb& ghcb();
/// Guest-physical address of that page.
[[nodiscard]] Gpa ghcb_gpa();
/// Hands the filled GHCB to the hypervisor; returns when this VMPL runs again.
void vmgexit();

// ---- CPU

[[nodiscard]] std::uint64_t read_msr(abi::Msr msr);
[[nodiscard]] std::uint64_t timestamp();
void pause();
/// Waits until the hypervisor resumes this VMPL of this vCPU.
void halt();

// ---- last words

void console_write(std::string_view text);
/// Asks the hypervisor to end the machine; does not return, whatever the host does.
[[noreturn]] void terminate(abi::adyton::Termination reason);

}  // namespace machine

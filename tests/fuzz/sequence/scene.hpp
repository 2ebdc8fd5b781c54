// SPDX-License-Identifier: MIT
// The memory of the sequence fuzzer: small, so that calls collide often.
//
//   0          4 KiB pages of the guest; those that calls name are `pool`
//   2 MiB      the SVSM, 64 KiB; RAM of the guest behind it, not assigned
//   4 MiB      one large page of the guest, valid
//   6 MiB      one large page, assigned but not valid
//   8 MiB      end of memory
#pragma once
#include <array>
#include <cstdint>

#include "abi/snp/rmp.hpp"
#include "base/address.hpp"

namespace fuzz {

inline constexpr std::uint64_t megabyte = 1 << 20;
inline constexpr GpaRange small_memory{Gpa{0}, Gpa{2 * megabyte}};
inline constexpr GpaRange svsm_region{Gpa{2 * megabyte}, Gpa{2 * megabyte + 0x1'0000}};
inline constexpr std::array large_pages{Gpa{4 * megabyte}, Gpa{6 * megabyte}};
/// Pages inside them that calls and the host name again and again.
inline constexpr std::array<std::uint64_t, 4> large_targets{0, 1, 255, 511};
inline constexpr Gpa memory_end{8 * megabyte};

inline constexpr unsigned cpus = 4;
/// VMSA and calling area with which a vCPU starts; the last one starts without.
constexpr Gpa first_vmsa(unsigned cpu) { return Gpa{0x10'0000 + cpu * 2 * page_bytes}; }
constexpr Gpa first_calling_area(unsigned cpu) { return first_vmsa(cpu) + page_bytes; }
inline constexpr std::array<std::uint32_t, cpus> apic_ids{0, 4, 9, 2};

/// Pages that calls name, those of the vCPUs among them. The last ones are not valid, and shared, at first.
inline constexpr std::uint64_t pool_pages = 32, pool_unvalidated = 24, pool_shared = 28;
constexpr Gpa pool(std::uint64_t page) { return Gpa{0x10'0000 + page * page_bytes}; }
static_assert(first_calling_area(cpus - 1) < pool(pool_unvalidated));

/// Pages of the host's own that it binds to addresses of the guest, and maps there: two pages
/// for one address.
inline constexpr unsigned second_pages = 6;

inline constexpr std::array guest_levels{abi::Vmpl::Vmpl1, abi::Vmpl::Vmpl2, abi::Vmpl::Vmpl3};

/// Contents of a page that the host has put somewhere: the guest must read zeros. (machine/sim fills such
/// pages with this byte, and the guest never writes it.)
inline constexpr std::uint8_t secret = 0xc5;
/// What the SVSM's own memory holds.
inline constexpr std::uint8_t svsm_byte = 0x5e;

}  // namespace fuzz

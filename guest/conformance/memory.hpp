// SPDX-License-Identifier: MIT
// Guest memory for the checks: its contents, whether it is accessible, the lists that calls take.
#pragma once
#include <cstddef>
#include <cstdint>

#include "abi/svsm/calling_area.hpp"
#include "abi/svsm/core.hpp"
#include "base/address.hpp"
#include "guest/conformance/calls.hpp"

namespace conf {

// The suite runs on an identity map.
template <class T>
[[nodiscard]] T& at(Gpa where) {
    return *reinterpret_cast<T*>(where.value());  // NOLINT: identity map
}
[[nodiscard]] inline Gpa gpa_of(const volatile void* where) {
    return Gpa{reinterpret_cast<std::uintptr_t>(where)};
}

void fill(Gpa where, std::uint64_t bytes, std::uint8_t value);
[[nodiscard]] bool holds_only(Gpa where, std::uint64_t bytes, std::uint8_t value);

/// Whether this VMPL can, this very moment.
[[nodiscard]] bool can_read(Gpa where);
[[nodiscard]] bool can_write(Gpa where);  ///< writes a zero byte when it can
/// The same with a value: false when the access faulted.
[[nodiscard]] bool try_load(Gpa where, std::uint64_t& value);
[[nodiscard]] bool try_store(Gpa where, std::uint8_t value);
[[nodiscard]] bool try_write(Gpa where, std::uint64_t value);
/// An access ends in #VC 404h: the page is not validated.
[[nodiscard]] bool is_not_validated(Gpa where);

/// List of PVALIDATE and DEPOSIT_MEM. [SVSM "SVSM_CORE_PVALIDATE Call"]
struct List {
    abi::PvalidateHeader header;
    std::uint64_t entries[abi::pvalidate_max_entries];
};
static_assert(sizeof(List) == page_bytes);
inline constexpr std::uint64_t validate = 4, ignore_cf = 8, size_2m = 1, rescind = 0;

/// A list page of the executing context, emptied: header {count, 0, 0}, all entries 0.
[[nodiscard]] List& new_list(std::uint16_t count);
/// PVALIDATE with `list`.
[[nodiscard]] std::uint64_t pvalidate(const List& list);
/// PVALIDATE with one entry, placed behind the first 8 bytes of this context's calling area.
[[nodiscard]] std::uint64_t pvalidate_one(std::uint64_t entry);
/// `next` of that list.
[[nodiscard]] std::uint16_t next_of_one();

/// First and last page of the SVSM, as the secrets page tells. [SVSM "Table 1"]
[[nodiscard]] Gpa svsm_first_page();
[[nodiscard]] Gpa svsm_last_page();
/// A page that no machine has, and one that does not fit into any physical address.
inline constexpr Gpa not_memory{0xff'ffff'f000}, not_an_address{0xffff'ffff'ffff'f000};

}  // namespace conf

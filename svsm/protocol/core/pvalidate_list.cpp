// SPDX-License-Identifier: MIT
#include "svsm/protocol/core/pvalidate_list.hpp"

#include <bit>

#include "abi/svsm/calling_area.hpp"
#include "base/result.hpp"
#include "svsm/protocol/core/errors.hpp"

namespace svsm::core {
namespace {

using Entry = abi::PvalidateEntry;
constexpr auto bad_parameter = std::unexpected{SvsmError::InvalidParameter};
constexpr auto bad_address = std::unexpected{SvsmError::InvalidAddress};

/// Linux keeps its list in its calling area, so that page is allowed here, but for the bytes that are ours:
/// writing `next` over them would fake the state of a call.
bool may_hold_list(const Guest& guest, Gpa at) {
    const auto page = page_range(at.page(), PageSize::Size4K);
    if (!page || !guest.ram.contains(*page) || guest.objects.conflicts_except_calling_areas(*page))
        return false;
    return at.page_offset() >= sizeof(abi::CallingArea) || !guest.objects.is_calling_area(page->begin);
}

}  // namespace

std::expected<PvalidateEntry, SvsmError> parse_entry(std::uint64_t raw) {
    const auto size = Entry::Size::get(raw);
    if (size > static_cast<std::uint64_t>(PageSize::Size2M) || Entry::Reserved::test(raw))
        return bad_parameter;
    const auto page_size = static_cast<PageSize>(size);
    const Gpa page{raw & Entry::Gfn::mask};
    if (!page.is_aligned(bytes_of(page_size))) return bad_parameter;
    const auto range = page_range(page, page_size);
    if (!range) return bad_address;
    return PvalidateEntry{*range, page_size,
                          Entry::Action::test(raw) ? abi::Validity::Validate : abi::Validity::Rescind,
                          Entry::IgnoreCf::test(raw)};
}

std::expected<PvalidateList, SvsmError> read_list(const Guest& guest, Gpa at, PageBuffer& buffer) {
    if (!at.is_aligned(sizeof(std::uint64_t))) return bad_parameter;
    // Without this the SVSM's own memory could be read as a list, and written to as its header.
    if (!may_hold_list(guest, at)) return bad_address;
    const auto window = machine::map_window(machine::Window::Scratch4K, at.page()) + at.page_offset();

    // One load: another vCPU may rewrite the header between two looks at it.
    const auto raw_header = machine::load_u64(window);
    if (!raw_header) return bad_address;
    const auto header = std::bit_cast<abi::PvalidateHeader>(*raw_header);
    const auto room = (page_bytes - at.page_offset()) / sizeof(std::uint64_t) - 1;
    // An empty list has no next entry either.
    if (header.entries > room || header.next >= header.entries) return bad_parameter;

    const auto entries = std::span{buffer.words}.first(header.entries);
    const auto todo = entries.subspan(header.next);
    const auto first = window + sizeof header + header.next * sizeof(std::uint64_t);
    TRY_VOID(to_call_result(machine::copy_in(std::as_writable_bytes(todo), first)));
    return PvalidateList{at, header.next, entries};
}

CallResult write_next(const PvalidateList& list) {
    // Mapped again: the entries went through the same window. The page may be gone since, by the list's own
    // doing.
    const auto window =
        machine::map_window(machine::Window::Scratch4K, list.at.page()) + list.at.page_offset();
    const auto field = window + offsetof(abi::PvalidateHeader, next);
    return to_call_result(machine::copy_out(field, std::as_bytes(std::span{&list.next, 1})));
}

}  // namespace svsm::core

// SPDX-License-Identifier: MIT
#include "svsm/protocol/core/page_list.hpp"

#include <bit>

#include "base/result.hpp"
#include "svsm/guest/mapped_page.hpp"
#include "svsm/guest/parameters.hpp"
#include "svsm/protocol/core/errors.hpp"

namespace svsm::core {
namespace {

constexpr auto bad_parameter = std::unexpected{SvsmError::InvalidParameter};
constexpr auto bad_address = std::unexpected{SvsmError::InvalidAddress};

}  // namespace

std::expected<PageList, SvsmError> read_list(const Guest& guest, Gpa at, PageBuffer& buffer) {
    if (!at.is_aligned(sizeof(std::uint64_t))) return bad_parameter;
    // Without this check a guest could make the SVSM read its own memory as a list, and write `next` into it.
    if (!may_hold_parameters(guest, at)) return bad_address;
    const MappedPage window{machine::Window::List, at.page()};
    const auto list = window.va() + at.page_offset();

    // One load: another vCPU may rewrite the header between two loads.
    const auto raw_header = machine::load_u64(list);
    if (!raw_header) return bad_address;
    const auto header = std::bit_cast<abi::PvalidateHeader>(*raw_header);
    const auto room = (page_bytes - at.page_offset()) / sizeof(std::uint64_t) - 1;
    // An empty list has no next entry either.
    if (header.entries > room || header.next >= header.entries) return bad_parameter;

    const auto entries = std::span{buffer.words}.first(header.entries);
    const auto todo = entries.subspan(header.next);
    const auto first = list + sizeof header + header.next * sizeof(std::uint64_t);
    TRY_VOID(to_call_result(machine::copy_in(std::as_writable_bytes(todo), first)));
    return PageList{at, header.next, entries};
}

CallResult write_next(const Guest& guest, const PageList& list) {
    // The list's own entries may have deposited or rescinded the page that it lies in.
    if (!may_hold_parameters(guest, list.at)) return bad_address;
    const MappedPage window{machine::Window::List, list.at.page()};
    const auto field = window.va() + list.at.page_offset() + offsetof(abi::PvalidateHeader, next);
    return to_call_result(machine::copy_out(field, std::as_bytes(std::span{&list.next, 1})));
}

}  // namespace svsm::core

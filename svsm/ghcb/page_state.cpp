// SPDX-License-Identifier: MIT
// Hands a list of page states to the hypervisor, again and again, until it reports the list done.
#include "svsm/ghcb/page_state.hpp"

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "svsm/ghcb/exchange.hpp"

namespace svsm::ghcb {
namespace {

constexpr auto refused = std::unexpected{Termination::PageStateChange};

}  // namespace

BootResult PageStateList::add(Gpa page, PageSize size, abi::PscOperation operation) {
    if (entries_.size() == entries_.capacity()) TRY_VOID(flush());
    const auto entry = (page.value() & abi::PscEntry::Gfn::mask) |
                       abi::PscEntry::Operation::put(static_cast<std::uint64_t>(operation)) |
                       abi::PscEntry::Is2M::put(size == PageSize::Size2M);
    return entries_.push_back(entry) ? BootResult{} : refused;
}

BootResult PageStateList::flush() {
    if (entries_.empty()) return {};
    const auto last = static_cast<std::uint16_t>(entries_.size() - 1);
    abi::PscHeader header{0, last, 0};
    // A host may do part of the work and ask for another call, but each call must advance: the length of the
    // list bounds their number.
    while (header.cur_entry <= last) {
        write_buffer(0, bytes_of_object(header));
        write_buffer(sizeof header, std::as_bytes(std::span{entries_.begin(), entries_.size()}));
        const auto reply = exchange({.code = abi::NaeEvent::PageStateChange, .uses_buffer = true});
        if (!reply.accepted() || reply.info_2 != 0) return refused;

        abi::PscHeader answer;
        read_buffer(std::as_writable_bytes(std::span{&answer, 1}), 0);
        if (answer.end_entry != last || answer.reserved != 0) return refused;
        if (answer.cur_entry <= header.cur_entry || answer.cur_entry > last + 1) return refused;
        header.cur_entry = answer.cur_entry;
    }
    entries_.clear();
    return {};
}

}  // namespace svsm::ghcb

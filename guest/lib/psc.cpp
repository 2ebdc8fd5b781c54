// SPDX-License-Identifier: MIT
#include "guest/lib/psc.hpp"

#include <cstring>

#include "abi/snp/ghcb_msr.hpp"
#include "guest/lib/ghcb.hpp"
#include "guest/lib/svsm.hpp"

namespace guest {
namespace {

constexpr std::uint64_t psc_entry(const PscChange& change) {
    using abi::PscEntry;
    return PscEntry::Gfn::put(change.page.value() / page_bytes) |
           PscEntry::Operation::put(static_cast<std::uint64_t>(change.operation)) |
           PscEntry::Is2M::put(change.size == PageSize::Size2M ? 1 : 0);
}

std::uint32_t load_header_word(unsigned index) {
    return reinterpret_cast<volatile std::uint32_t*>(ghcb::buffer().data())[index];
}

}  // namespace

bool change_page_state(Gpa page, abi::PscOperation operation) {
    using abi::GhcbMsr;
    const auto request = static_cast<std::uint64_t>(abi::GhcbInfo::PscRequest) | page.value() |
                         GhcbMsr::PscOperation::put(static_cast<std::uint64_t>(operation));
    // Any bit beside the response code is an error or a lie.
    return ghcb::exchange_msr(request) == static_cast<std::uint64_t>(abi::GhcbInfo::PscResponse);
}

bool change_page_states(std::span<const PscChange> changes) {
    if (changes.empty() || changes.size() > abi::psc_max_entries) return false;
    const auto end = static_cast<std::uint16_t>(changes.size() - 1);
    const abi::PscHeader header{0, end, 0};
    std::memcpy(ghcb::buffer().data(), &header, sizeof header);
    for (std::size_t i = 0; i < changes.size(); ++i) {
        const auto entry = psc_entry(changes[i]);
        std::memcpy(ghcb::buffer().subspan(sizeof header + i * sizeof entry).data(), &entry, sizeof entry);
    }
    // The host may stop half-way. It has to make progress each time, or the loop would not end.
    for (unsigned done = 0; done <= end;) {
        const auto reply = ghcb::event({.event = abi::NaeEvent::PageStateChange, .uses_buffer = true});
        if (!reply || reply->info2 != 0) return false;
        const auto word = load_header_word(0);
        const unsigned now = word & 0xffff, now_end = word >> 16;
        if (now <= done || now_end != end || load_header_word(1) != 0) return false;
        done = now;
    }
    return true;
}

bool make_shared(Gpa page) {
    return svsm::set_validity(page, PageSize::Size4K, abi::Validity::Rescind) &&
           change_page_state(page, abi::PscOperation::Shared);
}

bool make_private(Gpa page) {
    return change_page_state(page, abi::PscOperation::Private) &&
           svsm::set_validity(page, PageSize::Size4K, abi::Validity::Validate);
}

}  // namespace guest

// SPDX-License-Identifier: MIT
// Messages of a guest to the AMD-SP: reports, keys. [GHCB "SNP Guest Request"] [SNP-ABI "SNP_GUEST_REQUEST"]
#include "base/result.hpp"
#include "model/host/events.hpp"
#include "snpemu/host/hypervisor.hpp"
#include "snpemu/host/shown_pages.hpp"

namespace snpemu {
namespace {

/// True when the guest shares the whole range with the host.
bool is_open(Machine& machine, GpaRange range) {
    if (!machine.ram.contains(range.begin, range.size())) return false;
    const LockGuard guard{machine.rmp_lock};
    for (Gpa at = range.begin; at < range.end; at = at + page_bytes)
        if (find_shared(machine, at) == nullptr) return false;
    return true;
}
bool is_open(Machine& machine, Gpa page) { return is_open(machine, {page, page + page_bytes}); }

host::Input<void> check_message(Machine& machine, const GhcbRequest& request) {
    const auto asked = TRY(host::read_message(request));
    if (!is_open(machine, asked.message) || !is_open(machine, asked.answer))
        return std::unexpected{abi::NaeError::InvalidInput};
    if (request.event != abi::NaeEvent::ExtendedGuestRequest) return {};
    const auto room = TRY(host::read_certificate_room(request));
    if (!room.is_empty() && !is_open(machine, room)) return std::unexpected{abi::NaeError::InvalidInput};
    return {};
}

}  // namespace

void on_guest_request(Machine& machine, const GhcbRequest& request, abi::Ghcb& copy) {
    if (const auto checked = check_message(machine, request); !checked)
        return reply_malformed(copy, checked.error());
    // The request was well formed, and this machine has no firmware to carry it out: the error is the
    // firmware's, not the host's. The host does not read the message and does not use its number up.
    reply_ok(copy, abi::GuestRequestResult::Firmware::put(abi::FirmwareStatus::unsupported));
}

}  // namespace snpemu

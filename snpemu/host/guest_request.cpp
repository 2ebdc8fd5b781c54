// SPDX-License-Identifier: MIT
// Messages of a guest to the AMD-SP: reports, keys. [GHCB "SNP Guest Request"] [SNP-ABI "SNP_GUEST_REQUEST"]
#include "snpemu/host/hypervisor.hpp"
#include "snpemu/host/shown_pages.hpp"

namespace snpemu {
namespace {

/// Shared memory of the guest, of which the host may read and write `pages` pages.
bool is_open(Machine& machine, Gpa at, std::uint64_t pages) {
    if (!at.is_page_aligned() || !machine.ram.contains(at, pages * page_bytes)) return false;
    const LockGuard guard{machine.rmp_lock};
    for (std::uint64_t i = 0; i < pages; ++i)
        if (find_shared(machine, at + i * page_bytes) == nullptr) return false;
    return true;
}

}  // namespace

void on_guest_request(Machine& machine, const GhcbRequest& request, abi::Ghcb& page) {
    const Gpa message{request.info_1}, answer{request.info_2};
    if (message == answer || !is_open(machine, message, 1) || !is_open(machine, answer, 1))
        return reply_malformed(page, abi::NaeError::InvalidInput);
    if (request.event == abi::NaeEvent::ExtendedGuestRequest) {
        // Room for certificates, which may be none at all.
        if (!request.rax_valid || !request.rbx_valid)
            return reply_malformed(page, abi::NaeError::MissingInput);
        constexpr std::uint64_t most_pages = 0x1'0000;  // nobody has more certificates, and no sum may wrap
        if (request.rbx > most_pages ||
            (request.rbx != 0 && !is_open(machine, Gpa{request.rax}, request.rbx)))
            return reply_malformed(page, abi::NaeError::InvalidInput);
    }
    // The request was well formed and nobody is there to carry it out: the host has no error of its own, the
    // firmware has. The message is not looked at and its number not used up.
    reply_ok(page, abi::GuestRequestResult::Firmware::put(abi::FirmwareStatus::unsupported));
}

}  // namespace snpemu

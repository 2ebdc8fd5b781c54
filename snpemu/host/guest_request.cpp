// SPDX-License-Identifier: MIT
// Messages of a guest to the AMD-SP: reports, keys. The host carries pages that it cannot read between the two.
// [GHCB "SNP Guest Request"] [GHCB "SNP Extended Guest Request"] [SNP-ABI "SNP_GUEST_REQUEST"]
#include <algorithm>
#include <cstring>

#include "abi/snp/firmware_status.hpp"
#include "base/result.hpp"
#include "model/host/certificates.hpp"
#include "model/host/events.hpp"
#include "snpemu/host/hypervisor.hpp"
#include "snpemu/host/shown_pages.hpp"
#include "snpemu/log/stop.hpp"
#include "snpemu/psp/messages.hpp"

namespace snpemu {
namespace {

using host::Act, host::Due, host::Field, host::Moment;

/// Pages of the host's own. The AMD-SP reads and writes no page that a guest may change at the same time.
struct Mailbox {
    Spinlock lock;  ///< taken before `rmp_lock`
    abi::GuestMessage request GUARDED_BY(lock), response GUARDED_BY(lock), first GUARDED_BY(lock);
    bool has_first GUARDED_BY(lock) =
        false;  ///< `first` is the first answer of this run, for a host that replays it
    std::array<std::byte, 2 * page_bytes> table GUARDED_BY(lock);
};
constinit Mailbox mailbox{};

/// What is asked, checked.
struct Ask {
    host::MessageAsk pages;
    std::optional<GpaRange> room;  ///< for certificates; empty: not asked for
};

/// True when the guest shares the whole range with the host.
bool is_open(Machine& machine, GpaRange range) {
    if (!machine.ram.contains(range.begin, range.size())) return false;
    const LockGuard guard{machine.rmp_lock};
    for (Gpa at = range.begin; at < range.end; at = at + page_bytes)
        if (find_shared(machine, at) == nullptr) return false;
    return true;
}
bool is_open(Machine& machine, Gpa page) { return is_open(machine, {page, page + page_bytes}); }

host::Input<Ask> check_message(Machine& machine, const GhcbRequest& request) {
    Ask ask{.pages = TRY(host::read_message(request))};
    if (!is_open(machine, ask.pages.message) || !is_open(machine, ask.pages.answer))
        return std::unexpected{abi::NaeError::InvalidInput};
    if (request.event != abi::NaeEvent::ExtendedGuestRequest) return ask;
    ask.room = TRY(host::read_certificate_room(request));
    if (!ask.room->is_empty() && !is_open(machine, *ask.room))
        return std::unexpected{abi::NaeError::InvalidInput};
    return ask;
}

/// False when the guest has made the page private since it was checked.
bool copy_in(Machine& machine, Gpa from, abi::GuestMessage& to) {
    const LockGuard guard{machine.rmp_lock};
    const std::byte* const page = find_shared(machine, from);
    if (page != nullptr) std::memcpy(&to, page, sizeof to);
    return page != nullptr;
}
/// `bytes` of whole pages; those that the guest has made private since are left out.
void copy_out(Machine& machine, Gpa to, Bytes bytes) {
    const LockGuard guard{machine.rmp_lock};
    for (std::uint64_t done = 0; done < bytes.size(); done += page_bytes)
        if (std::byte* const page = find_shared(machine, to + done); page != nullptr)
            std::memcpy(page, bytes.data() + done, page_bytes);
}

/// The host's certificates, VCEK first.
std::uint64_t write_certificates(const Machine& machine, std::span<std::byte> table) {
    const auto& known = machine.amd_sp.known;
    const host::Certificate all[]{
        {abi::vcek_guid, known.vcek}, {abi::ask_guid, known.ask}, {abi::ark_guid, known.ark}};
    const host::Certificates given{all, machine.properties.has(HostProperty::NoCertificates) ? 0u : 3u};
    if (!host::write_table(given, table)) stop_internal("certificates-exceed-their-table");
    return host::table_pages(given);
}

/// What an honest host has to tell of a request that the AMD-SP has seen.
std::uint64_t result_of(abi::FirmwareStatus status) {
    return abi::GuestRequestResult::Firmware::put(static_cast<std::uint32_t>(status));
}

abi::FirmwareStatus ask_amd_sp(Machine& machine) REQUIRES(mailbox.lock) {
    const auto served = psp::serve(machine.amd_sp, mailbox.request, mailbox.response);
    if (!served) return model::psp::status_of(served.error());
    if (!mailbox.has_first) mailbox.first = mailbox.response;
    mailbox.has_first = true;
    return abi::FirmwareStatus::Success;
}

/// A lie about an answer that the guest cannot tell from noise on the way.
void spoil(const Due& lies) REQUIRES(mailbox.lock) {
    mailbox.response.payload[0] =
        static_cast<std::uint8_t>(lies.applied_to(Field::Contents, mailbox.response.payload[0]));
    if (lies.has(Act::Copy)) mailbox.response = mailbox.first;
}

/// Gives the request to the AMD-SP and the answer to the guest. Returns SW_EXITINFO2.
std::uint64_t pass_on(Machine& machine, const Ask& ask, const Due& lies) REQUIRES(mailbox.lock) {
    if (!copy_in(machine, ask.pages.message, mailbox.request))
        return result_of(abi::FirmwareStatus::InvalidAddress);
    const auto status = ask_amd_sp(machine);
    if (status != abi::FirmwareStatus::Success) return result_of(status);
    spoil(lies);
    copy_out(machine, ask.pages.answer, bytes_of_object(mailbox.response));
    // A second time, with the same bytes: the AMD-SP has used this number up, and the guest has its answer.
    if (lies.applied_to(Field::Count, 1) > 1 && copy_in(machine, ask.pages.message, mailbox.request))
        (void)ask_amd_sp(machine);
    return result_of(status);
}

void reply_busy(abi::Ghcb& copy) {
    reply_ok(copy, abi::GuestRequestResult::Hypervisor::put(abi::GuestRequestResult::busy));
}

/// With room for all certificates, or the number of pages that they need. The message is passed on in the first case only:
/// in the other the guest sends the same one again.
void serve(Machine& machine, const Ask& ask, const Due& lies, const Due& of_table, abi::Ghcb& copy)
    REQUIRES(mailbox.lock) {
    if (!ask.room) return reply_ok(copy, pass_on(machine, ask, lies));
    const std::uint64_t pages = of_table.applied_to(Field::Count, write_certificates(machine, mailbox.table));
    if (ask.room->size() / page_bytes < pages) {
        GHCB_PUT(copy, rbx, pages);
        return reply_ok(copy,
                        abi::GuestRequestResult::Hypervisor::put(abi::GuestRequestResult::invalid_length));
    }
    const std::uint64_t result = pass_on(machine, ask, lies);
    if (result == 0) copy_out(machine, ask.room->begin, Bytes{mailbox.table}.first(pages * page_bytes));
    reply_ok(copy, result);
}

}  // namespace

void on_guest_request(Machine& machine, Vcpu& vcpu, const GhcbRequest& request, abi::Ghcb& copy) {
    const auto ask = check_message(machine, request);
    if (!ask) return reply_malformed(copy, ask.error());
    const Due lies = lies_at(machine, vcpu, Moment::AsksMessage, ask->pages.message);
    if (lies.has(Act::Refuse)) return reply_busy(copy);
    if (lies.has(Act::Claim)) return reply_ok(copy);
    const Due of_table =
        ask->room ? lies_at(machine, vcpu, Moment::AsksCertificates, ask->room->begin) : Due{};
    const LockGuard guard{mailbox.lock};
    serve(machine, *ask, lies, of_table, copy);
}

}  // namespace snpemu

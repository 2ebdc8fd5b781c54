// SPDX-License-Identifier: MIT
// Events that carry messages to the AMD-SP, with a page that holds none: the firmware refuses it, and malformed events
// are refused before the message is read. tests/machine/rules/messages.cpp sends real ones. [GHCB "SNP Guest Request"]
#include "abi/snp/firmware_status.hpp"
#include "guest/lib/check.hpp"
#include "guest/lib/console.hpp"
#include "guest/lib/exception.hpp"
#include "guest/lib/ghcb.hpp"
#include "guest/lib/memory.hpp"
#include "guest/lib/psc.hpp"
#include "guest/lib/start.hpp"

namespace {

using abi::NaeEvent;

constexpr auto no_message = static_cast<std::uint64_t>(abi::FirmwareStatus::InvalidParameter);
constexpr auto no_room = abi::GuestRequestResult::Hypervisor::put(abi::GuestRequestResult::invalid_length);

constinit Gpa message{}, answer{}, certificates{}, secret{};

std::optional<std::uint64_t> ask(Gpa from, Gpa to) {
    const auto reply =
        guest::ghcb::event({.event = NaeEvent::GuestRequest, .info1 = from.value(), .info2 = to.value()});
    return reply ? std::optional{reply->info2} : std::nullopt;
}
std::optional<std::uint64_t> ask_extended(std::optional<std::uint64_t> room,
                                          std::optional<std::uint64_t> pages) {
    const auto reply = guest::ghcb::event({.event = NaeEvent::ExtendedGuestRequest,
                                           .info1 = message.value(),
                                           .info2 = answer.value(),
                                           .rax = room,
                                           .rbx = pages});
    return reply ? std::optional{reply->info2} : std::nullopt;
}

}  // namespace

TEST("a page that holds no message is refused by the firmware") {
    CHECK(ask(message, answer) == no_message);
    CHECK(ask_extended(certificates.value(), 2) == no_message);
}
TEST("without room for the certificates the host passes nothing on") {
    CHECK(ask_extended(0, 0) == no_room);
    CHECK(ask_extended(certificates.value(), 1) == no_room);
}
TEST("message and answer are two shared pages") {
    CHECK(!ask(message, message));
    CHECK(!ask(secret, answer) && !ask(message, secret));
    CHECK(!ask(message + 8, answer) && !ask(message, answer + 8));
    constexpr Gpa nowhere{0xf000'0000'0000};
    CHECK(!ask(nowhere, answer) && !ask(message, nowhere));
}
TEST("the place for certificates is shared, aligned, and said") {
    CHECK(!ask_extended(std::nullopt, 0) && !ask_extended(0, std::nullopt));
    CHECK(!ask_extended(secret.value(), 1) && !ask_extended(certificates.value() + 8, 1));
    CHECK(!ask_extended(certificates.value(), ~0ull) && !ask_extended(certificates.value(), 1ull << 52));
}
TEST("a refused request leaves everything as it was") {
    CHECK(ask(message, answer) == no_message);
    CHECK(!guest::probe_load(secret));
}

std::uint8_t guest_main(const abi::adyton::GuestInfo&) {
    guest::map_shared_view();
    message = guest::allocate_pages();
    answer = guest::allocate_pages();
    certificates = guest::allocate_pages(2);
    secret = guest::allocate_pages();
    for (const Gpa page : {message, answer, certificates, certificates + page_bytes})
        if (!guest::make_shared(page)) return 1;
    const unsigned failed = guest::run_checks();
    guest::say("# requests: {} of {} checks passed", guest::check_count() - failed, guest::check_count());
    return failed == 0 ? 0 : 1;
}

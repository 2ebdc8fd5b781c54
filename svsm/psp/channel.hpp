// SPDX-License-Identifier: MIT
// Messages to the AMD-SP under VMPCK0. A number never stands for two messages: a message that the host did not deliver
// stays, and only these same bytes are sent again, until there is an answer. [SNP-ABI "Guest Messages"]
#pragma once
#include <array>
#include <cstdint>
#include <expected>
#include <optional>

#include "base/thread_safety.hpp"
#include "svsm/ghcb/guest_request.hpp"
#include "svsm/guest/lock.hpp"
#include "svsm/psp/format.hpp"
#include "svsm/psp/shared.hpp"

namespace svsm::psp {

using PageSpan = std::span<std::byte, page_bytes>;

/// Certificates that an extended request asks the host for: as many pages as a guest may have room for.
inline constexpr std::uint64_t certificate_pages = 4;
/// A message gets a number below this one. Linux has the same limit; AES-GCM under one key asks for no higher one.
inline constexpr std::uint64_t number_limit = 0xffff'ffff;
/// How often one exchange sends the same bytes again when the host is busy.
inline constexpr unsigned most_resends = 8;

/// Memory that a channel works with.
struct ChannelPages {
    Gpa key;                                    ///< the page with VMPCK0, which nothing maps
    PageSpan request, answer;                   ///< private
    SharedPages shared_request, shared_answer;  ///< a page each
    SharedPages certificates;                   ///< `certificate_pages`
};

enum class Certificates : std::uint8_t { None, Wanted };

/// What came of an exchange.
struct Delivery {
    Bytes payload;  ///< of the answer, in private memory; stays until the next exchange
    /// The host says that the certificates need so many pages. The answer was dropped then, and the payload is empty.
    std::optional<std::uint64_t> pages_wanted = std::nullopt;
};

class Channel {
public:
    /// `count`: numbers that the key has served already; 0 after the launch.
    explicit Channel(const ChannelPages& pages, std::uint64_t count = 0) : pages_{pages}, count_{count} {}
    Channel(Channel&&) = delete;

    /// One message is in flight at a time: hold this over `exchange`, and as long as you use what it returned. A call
    /// of the core protocol never waits for it. Taken before Guest::lock.
    TicketLock turn;

    /// Asks the AMD-SP. A message of an earlier exchange that still waits goes first, and its answer is dropped.
    /// Any error but Refused, WrongReport and WrongClock.
    [[nodiscard]] std::expected<Delivery, MessageError> exchange(const Message& message,
                                                                 Certificates certificates) REQUIRES(turn);
    /// The certificates that the host put beside the last answer. The host can change them at any time.
    [[nodiscard]] const std::byte* certificates() const { return pages_.certificates.at; }

private:
    /// How often one exchange may still send again.
    using Resends = unsigned;
    using Sent = std::expected<ghcb::GuestRequestReply, MessageError>;

    [[nodiscard]] std::expected<void, MessageError> finish_waiting(Resends& left) REQUIRES(turn);
    [[nodiscard]] std::expected<void, MessageError> seal(const Message& message) REQUIRES(turn);
    [[nodiscard]] Sent send(Certificates certificates, Resends& left) REQUIRES(turn);
    [[nodiscard]] std::expected<Bytes, MessageError> take_answer(const ghcb::GuestRequestReply& reply,
                                                                 std::size_t room) REQUIRES(turn);
    [[nodiscard]] std::expected<Bytes, MessageError> open(const ghcb::GuestRequestReply& reply,
                                                          std::size_t room) REQUIRES(turn);
    void give_up() REQUIRES(turn);

    ChannelPages pages_;
    std::uint64_t count_ GUARDED_BY(turn);  ///< numbers that messages and their answers have used
    bool has_key_ GUARDED_BY(turn) = true;
    bool is_waiting_ GUARDED_BY(turn) = false;  ///< the sealed message in `request` has no answer yet
};

}  // namespace svsm::psp

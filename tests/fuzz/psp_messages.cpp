// SPDX-License-Identifier: MIT
// A guest that sends the AMD-SP any messages: whatever it asks, counts move by two or not at all, no key speaks for a level
// above its own, and a refused message has no answer. The ciphers are a guest's wish come true: the input says whether a
// tag is right, so that every check behind the tag is reached.
#include <algorithm>
#include <cstring>

#include "model/psp/messages.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

using namespace model::psp;

constexpr std::byte right{0x55};

abi::Sha384 sha384(Bytes bytes) {
    abi::Sha384 value{};
    for (std::size_t i = 0; i < bytes.size(); ++i) value[i % value.size()] ^= bytes[i];
    return value;
}
MessageTag seal(const MessageKey&, const MessageNonce&, Bytes, std::span<std::byte>) {
    MessageTag tag;
    tag.fill(right);
    return tag;
}
bool open(const MessageKey&, const MessageNonce&, Bytes, std::span<std::byte> text, const MessageTag& tag) {
    if (tag[0] == right) return true;
    std::ranges::fill(text, std::byte{0});
    return false;
}
std::optional<P384Pair> sign(const P384Number& key, const abi::Sha384&) { return P384Pair{key, key}; }
constexpr Ciphers ciphers{sha384, seal, open, sign};

Guest running() {
    Guest guest{.state = GuestState::Running, .policy = 0x3'0000};
    guest.identity.guest_svn = 3;
    return guest;
}

/// Bytes of the input, zeros behind its end.
class Reader {
public:
    explicit Reader(Bytes input) : input_{input} {}
    [[nodiscard]] bool is_empty() const { return input_.empty(); }
    template <class T>
    T take() {
        T value{};
        const std::size_t count = std::min(sizeof value, input_.size());
        std::memcpy(&value, input_.data(), count);
        input_ = input_.subspan(count);
        return value;
    }

private:
    Bytes input_;
};

struct Step {
    std::uint8_t changes;  ///< bit n: what of a right message is replaced
    std::uint8_t type, version, vmpck;
    std::uint16_t payload_bytes;
    std::uint8_t payload[0x60];
};

abi::GuestMessage message_of(Reader& reader, const Guest& guest) {
    const auto step = reader.take<Step>();
    abi::GuestMessage message{};
    auto& h = message.header;
    h.vmpck = step.vmpck & 3;
    h.sequence = guest.messages[h.vmpck] + 1;
    h.algorithm = h.header_version = 1;
    h.header_bytes = sizeof h;
    h.type = step.type % 20;
    h.version = step.version & 3;
    h.payload_bytes = step.payload_bytes % (sizeof message.payload + 2);
    h.tag[0] = std::to_integer<std::uint8_t>(right);
    std::memcpy(message.payload, step.payload, sizeof step.payload);
    if ((step.changes & 1) != 0) h.tag[0] = 0;
    if ((step.changes & 2) != 0) h.sequence = reader.take<std::uint64_t>();
    if ((step.changes & 4) != 0) h = reader.take<abi::MessageHeader>();
    if ((step.changes & 8) != 0) h.payload_bytes = 0x60;
    if ((step.changes & 16) != 0) h.payload_bytes = h.version == 2 ? 0x28 : 0x20;
    return message;
}

void judge(const abi::MessageHeader& asked, const abi::GuestMessage& response) {
    const auto& h = response.header;
    fuzz::expect(h.sequence == asked.sequence + 1 && h.type == asked.type + 1 && h.vmpck == asked.vmpck,
                 "the answer is not the request's");
    fuzz::expect(h.payload_bytes <= sizeof response.payload, "an answer longer than its page");
    if (h.type != static_cast<std::uint8_t>(abi::MessageType::ReportResponse)) return;
    abi::ReportResponse report;
    std::memcpy(&report, response.payload, sizeof report);
    const bool is_granted = report.head.status == 0;
    fuzz::expect(is_granted == (report.head.report_bytes != 0), "a report without success, or the reverse");
    fuzz::expect(is_granted || h.payload_bytes == sizeof report.head,
                 "a refusal that gives more than its status");
    fuzz::expect(!is_granted || (report.report.vmpl >= asked.vmpck && report.report.vmpl < 4),
                 "a key speaks for a level above its own");
}

}  // namespace

void fuzz::one_input(Bytes input) {
    static const Chip chip{.family = 0x19, .model = 0x11, .stepping = 1, .tcb = {{1, 2, 0, 0, 0, 0, 3, 4}}};
    static const Platform platform{};
    Guest guest = running();
    Reader reader{input};
    guest.messages[0] = reader.take<std::uint64_t>() & ~1ull;
    while (!reader.is_empty()) {
        abi::GuestMessage request = message_of(reader, guest), response;
        std::memset(&response, 0xee, sizeof response);
        const abi::GuestMessage untouched = response;
        const abi::MessageHeader asked = request.header;
        const auto counts = guest.messages;
        if (!answer(guest, {chip, platform, ciphers}, request, response)) {
            fuzz::expect(std::memcmp(&response, &untouched, sizeof response) == 0,
                         "a refusal writes an answer");
            continue;
        }
        judge(asked, response);
        consumed(guest, response);
        fuzz::expect(guest.messages[asked.vmpck] == counts[asked.vmpck] + 2,
                     "the count moves by something else than 2");
    }
}

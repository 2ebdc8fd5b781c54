// SPDX-License-Identifier: MIT
#include "guest/lib/ghcb.hpp"

#include <cstring>

#include "abi/snp/ghcb_msr.hpp"
#include "guest/lib/instructions.hpp"
#include "guest/lib/memory.hpp"
#include "guest/lib/vcpu.hpp"

namespace guest::ghcb {
namespace {

/// The host may change the page at any time: one read, one value.
std::uint64_t read_once(const std::uint64_t& field) {
    return *const_cast<const volatile std::uint64_t*>(&field);
}

/// Fills fields and collects their bits for VALID_BITMAP.
class Writer {
public:
    explicit Writer(abi::Ghcb& page) : page_{page} {}
    void put(std::uint64_t& field, std::uint64_t value) {
        field = value;
        const auto bit = static_cast<unsigned>((gpa_of(&field) - gpa_of(&page_)) / sizeof field);
        valid_[bit / 64] |= 1ull << bit % 64;
    }
    void put(std::uint64_t& field, const std::optional<std::uint64_t>& value) {
        if (value) put(field, *value);
    }
    void finish() {
        page_.valid_bitmap[0] = valid_[0];
        page_.valid_bitmap[1] = valid_[1];
        page_.protocol_version = abi::ghcb_version;
        page_.usage = 0;
    }

private:
    abi::Ghcb& page_;
    std::uint64_t valid_[2]{};
};

constexpr bool is_marked(std::uint64_t low, std::uint64_t high, unsigned bit) {
    return ((bit < 64 ? low : high) >> bit % 64 & 1) != 0;
}

std::expected<Reply, Error> check_reply(const abi::Ghcb& page) {
    const auto low = read_once(page.valid_bitmap[0]), high = read_once(page.valid_bitmap[1]);
    if (!is_marked(low, high, GHCB_BIT(sw_exit_info_1)) || !is_marked(low, high, GHCB_BIT(sw_exit_info_2)))
        return std::unexpected{Error::BadReply};
    const auto info1 = read_once(page.sw_exit_info_1);
    if (info1 == static_cast<std::uint64_t>(abi::NaeResult::RaiseException))
        return std::unexpected{Error::Exception};
    if (info1 == static_cast<std::uint64_t>(abi::NaeResult::Malformed))
        return std::unexpected{Error::Refused};
    if (info1 != 0) return std::unexpected{Error::BadReply};
    Reply reply{read_once(page.sw_exit_info_2), 0, 0, 0, 0, false};
    if (is_marked(low, high, GHCB_BIT(rax)) && is_marked(low, high, GHCB_BIT(rbx)) &&
        is_marked(low, high, GHCB_BIT(rcx)) && is_marked(low, high, GHCB_BIT(rdx)))
        reply = {reply.info2,         read_once(page.rax), read_once(page.rbx),
                 read_once(page.rcx), read_once(page.rdx), true};
    return reply;
}

constexpr std::uint64_t ioio_out_byte(std::uint16_t port) {
    return abi::IoioInfo::Size8::mask | abi::IoioInfo::Address64::mask | abi::IoioInfo::Port::put(port);
}

}  // namespace

std::uint64_t exchange_msr(std::uint64_t request) {
    write_msr(abi::Msr::Ghcb, request);
    vmgexit();
    return read_msr(abi::Msr::Ghcb);
}

bool register_page(Gpa page) {
    const auto reply =
        exchange_msr(page.value() | static_cast<std::uint64_t>(abi::GhcbInfo::RegisterGhcbRequest));
    if (reply != (page.value() | static_cast<std::uint64_t>(abi::GhcbInfo::RegisterGhcbResponse)))
        return false;
    this_vcpu().ghcb_gpa = page;
    this_vcpu().ghcb = reinterpret_cast<abi::Ghcb*>(shared_view(page));
    return true;
}

std::expected<Reply, Error> event(const Request& request) {
    const Vcpu& self = this_vcpu();
    abi::Ghcb& page = *self.ghcb;
    Writer writer{page};
    writer.put(page.rax, request.rax);
    writer.put(page.rbx, request.rbx);
    writer.put(page.rcx, request.rcx);
    writer.put(page.rdx, request.rdx);
    writer.put(page.sw_exit_code, static_cast<std::uint64_t>(request.event));
    writer.put(page.sw_exit_info_1, request.info1);
    writer.put(page.sw_exit_info_2, request.info2);
    if (request.uses_buffer)
        writer.put(page.sw_scratch, self.ghcb_gpa.value() + abi::ghcb_shared_buffer_offset);
    writer.finish();
    // Every SVSM call leaves its own value in the MSR, so the page is named each time.
    write_msr(abi::Msr::Ghcb, self.ghcb_gpa.value());
    vmgexit();
    return check_reply(page);
}

std::span<std::byte> buffer() { return std::as_writable_bytes(std::span{this_vcpu().ghcb->shared_buffer}); }

bool out_byte(std::uint16_t port, std::uint8_t value) {
    return event({.event = abi::NaeEvent::Ioio, .info1 = ioio_out_byte(port), .rax = value}).has_value();
}

bool out_string(std::uint16_t port, std::span<const char> text) {
    using abi::IoioInfo;
    constexpr std::uint64_t data_segment = 3;
    if (text.size() > buffer().size()) return false;
    std::memcpy(buffer().data(), text.data(), text.size());
    const auto info1 = ioio_out_byte(port) | IoioInfo::String::mask | IoioInfo::Rep::mask |
                       IoioInfo::Segment::put(data_segment);
    return event({.event = abi::NaeEvent::Ioio, .info1 = info1, .info2 = text.size(), .uses_buffer = true})
        .has_value();
}

}  // namespace guest::ghcb

// SPDX-License-Identifier: MIT
// GHCB page, host side. [GHCB "GHCB Layout"]
#include "model/host/ghcb_page.hpp"

#include <cstring>

#include "abi/snp/exit_code.hpp"
#include "abi/snp/vmsa.hpp"

namespace model::host {
namespace {

bool is_valid(const std::uint64_t (&bitmap)[2], unsigned bit) {
    return (bitmap[bit / 64] >> (bit % 64) & 1) != 0;
}

/// The field's value if its valid bit is set. The guest writes the page at any time: one volatile read.
std::uint64_t take(const volatile std::uint64_t& field, const std::uint64_t (&bitmap)[2], unsigned bit) {
    return is_valid(bitmap, bit) ? field : 0;
}

void reply(abi::Ghcb& page, abi::NaeResult result, std::uint64_t info_2) {
    GHCB_PUT(page, sw_exit_info_1, static_cast<std::uint64_t>(result));
    GHCB_PUT(page, sw_exit_info_2, info_2);
}

/// Ranges with fields in them: CPL; RAX; RCX, RDX, RBX; the exit's numbers up to the valid bitmap;
/// version and usage.
struct FieldRange {
    std::size_t begin, end;
};
constexpr FieldRange field_ranges[] = {
    {offsetof(abi::Ghcb, cpl), offsetof(abi::Ghcb, reserved_0cc)},
    {offsetof(abi::Ghcb, rax), offsetof(abi::Ghcb, reserved_200)},
    {offsetof(abi::Ghcb, rcx), offsetof(abi::Ghcb, reserved_320)},
    {offsetof(abi::Ghcb, sw_exit_code), offsetof(abi::Ghcb, reserved_3b0)},
    {offsetof(abi::Ghcb, xcr0), offsetof(abi::Ghcb, x87_state_gpa)},
    {offsetof(abi::Ghcb, protocol_version), sizeof(abi::Ghcb)},
};

}  // namespace

void copy_fields(abi::Ghcb& to, const abi::Ghcb& from) {
    for (const FieldRange& r : field_ranges)
        std::memcpy(reinterpret_cast<std::byte*>(&to) + r.begin,
                    reinterpret_cast<const std::byte*>(&from) + r.begin, r.end - r.begin);
}

std::expected<GhcbRequest, abi::NaeError> take_request(abi::Ghcb& page, PageVersions versions) {
    const std::uint64_t bitmap[2] = {const_cast<volatile std::uint64_t&>(page.valid_bitmap[0]),
                                     const_cast<volatile std::uint64_t&>(page.valid_bitmap[1])};
    page.valid_bitmap[0] = page.valid_bitmap[1] = 0;
    if (const_cast<volatile std::uint32_t&>(page.usage) != 0)
        return std::unexpected{abi::NaeError::InvalidUsage};
    const std::uint16_t version = const_cast<volatile std::uint16_t&>(page.protocol_version);
    if (version < versions.least || version > versions.most)
        return std::unexpected{abi::NaeError::InvalidUsage};
    if (!is_valid(bitmap, GHCB_BIT(sw_exit_code)) || !is_valid(bitmap, GHCB_BIT(sw_exit_info_1)) ||
        !is_valid(bitmap, GHCB_BIT(sw_exit_info_2)))
        return std::unexpected{abi::NaeError::MissingInput};
    GhcbRequest r;
    r.event = static_cast<abi::NaeEvent>(take(page.sw_exit_code, bitmap, GHCB_BIT(sw_exit_code)));
    r.info_1 = take(page.sw_exit_info_1, bitmap, GHCB_BIT(sw_exit_info_1));
    r.info_2 = take(page.sw_exit_info_2, bitmap, GHCB_BIT(sw_exit_info_2));
    r.scratch = take(page.sw_scratch, bitmap, GHCB_BIT(sw_scratch));
    r.rax = take(page.rax, bitmap, GHCB_BIT(rax));
    r.rbx = take(page.rbx, bitmap, GHCB_BIT(rbx));
    r.rcx = take(page.rcx, bitmap, GHCB_BIT(rcx));
    r.rdx = take(page.rdx, bitmap, GHCB_BIT(rdx));
    r.xcr0 = take(page.xcr0, bitmap, GHCB_BIT(xcr0));
    r.rax_valid = is_valid(bitmap, GHCB_BIT(rax));
    r.rbx_valid = is_valid(bitmap, GHCB_BIT(rbx));
    r.rcx_valid = is_valid(bitmap, GHCB_BIT(rcx));
    r.rdx_valid = is_valid(bitmap, GHCB_BIT(rdx));
    r.xcr0_valid = is_valid(bitmap, GHCB_BIT(xcr0));
    // CPL is one byte; its bit is that of the quadword around it.
    r.cpl_valid = is_valid(bitmap, GHCB_BIT(cpl));
    r.cpl = r.cpl_valid ? const_cast<volatile std::uint8_t&>(page.cpl) : std::uint8_t{0};
    r.scratch_valid = is_valid(bitmap, GHCB_BIT(sw_scratch));
    return r;
}

std::expected<std::uint64_t, abi::NaeError> scratch_offset(Gpa ghcb, std::uint64_t scratch,
                                                           std::uint64_t bytes) {
    const std::uint64_t begin = ghcb.value() + abi::ghcb_shared_buffer_offset;
    // Version 2 of the protocol allows the page's own buffer only: any other address would aim the host
    // at other memory.
    if (scratch < begin || scratch - begin > abi::ghcb_shared_buffer_bytes ||
        abi::ghcb_shared_buffer_bytes - (scratch - begin) < bytes)
        return std::unexpected{abi::NaeError::InvalidScratch};
    return scratch - begin;
}

void put_field(abi::Ghcb& page, std::uint64_t abi::Ghcb::*field, unsigned valid_bit, std::uint64_t value) {
    page.*field = value;
    page.valid_bitmap[valid_bit / 64] |= std::uint64_t{1} << (valid_bit % 64);
}

void echo_registers(abi::Ghcb& page, const GhcbRequest& request) {
    const auto echo = [&](std::uint64_t abi::Ghcb::*field, unsigned bit, std::uint64_t value) {
        if (!is_valid(page.valid_bitmap, bit)) put_field(page, field, bit, value);
    };
    echo(&abi::Ghcb::rax, GHCB_BIT(rax), request.rax);
    echo(&abi::Ghcb::rbx, GHCB_BIT(rbx), request.rbx);
    echo(&abi::Ghcb::rcx, GHCB_BIT(rcx), request.rcx);
    echo(&abi::Ghcb::rdx, GHCB_BIT(rdx), request.rdx);
}

PageUse plan_page_use(abi::adyton::Host host, bool is_shared) {
    if (is_shared) return PageUse::Answer;
    return host == abi::adyton::Host::Kvm ? PageUse::Resume : PageUse::End;
}

PageUse plan_registration(abi::adyton::Host host, bool is_registered) {
    return is_registered || host != abi::adyton::Host::Kvm ? PageUse::Answer : PageUse::End;
}

void reply_ok(abi::Ghcb& page, std::uint64_t info_2) { reply(page, abi::NaeResult::NoAction, info_2); }
void reply_malformed(abi::Ghcb& page, abi::NaeError error) {
    reply(page, abi::NaeResult::Malformed, static_cast<std::uint64_t>(error));
}
void reply_invalid_opcode(abi::Ghcb& page) {
    using abi::Event;
    reply(page, abi::NaeResult::RaiseException,
          Event::Vector::put(static_cast<std::uint64_t>(abi::Vector::InvalidOpcode)) | Event::Type::put(3) |
              Event::Valid::mask);
}
void reply_general_protection(abi::Ghcb& page) {
    using abi::Event;
    reply(page, abi::NaeResult::RaiseException,
          Event::Vector::put(static_cast<std::uint64_t>(abi::Vector::GeneralProtection)) |
              Event::Type::put(3) | Event::ErrorValid::mask | Event::Valid::mask);
}

}  // namespace model::host

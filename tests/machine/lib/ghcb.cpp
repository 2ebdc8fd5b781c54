// SPDX-License-Identifier: MIT
#include "tests/machine/lib/ghcb.hpp"

#include <cstring>

#include "abi/adyton/guest_info.hpp"
#include "tests/machine/lib/instructions.hpp"
#include "tests/machine/lib/memory.hpp"

namespace rules::ghcb {
namespace {

constinit std::uint64_t gpa = 0;

void put(std::uint64_t& field, std::optional<std::uint64_t> value) {
    if (!value) return;
    abi::Ghcb& ghcb = page();
    field = *value;
    const auto bit = static_cast<unsigned>(
        (reinterpret_cast<std::uintptr_t>(&field) - reinterpret_cast<std::uintptr_t>(&ghcb)) / 8);
    ghcb.valid_bitmap[bit / 64] |= 1ull << bit % 64;
}

void put_inputs(const Request& request) {
    abi::Ghcb& ghcb = page();
    put(ghcb.sw_exit_code, request.code);
    put(ghcb.sw_exit_info_1, request.info1);
    put(ghcb.sw_exit_info_2, request.info2);
    put(ghcb.rax, request.rax);
    put(ghcb.rbx, request.rbx);
    put(ghcb.rcx, request.rcx);
    put(ghcb.rdx, request.rdx);
    put(ghcb.sw_scratch, request.scratch);
    put(ghcb.xcr0, request.xcr0);
    put(ghcb.xss, request.xss);
    put(ghcb.dr7, request.dr7);
    if (!request.cpl) return;
    ghcb.cpl = static_cast<std::uint8_t>(*request.cpl);
    ghcb.valid_bitmap[GHCB_BIT(cpl) / 64] |= 1ull << GHCB_BIT(cpl) % 64;
}

}  // namespace

std::uint64_t exchange(std::uint64_t request) {
    write_msr(abi::Msr::Ghcb, request);
    vmgexit();
    return read_msr(abi::Msr::Ghcb);
}

abi::Ghcb& page() { return *reinterpret_cast<abi::Ghcb*>(shared_base + gpa); }
std::uint64_t page_gpa() { return gpa; }
std::uint64_t buffer_gpa() { return gpa + abi::ghcb_shared_buffer_offset; }

void reset_page() {
    if (gpa == 0) gpa = allocate_loose();
    (void)exchange(gpa | static_cast<std::uint64_t>(abi::GhcbInfo::RegisterGhcbRequest));
}

std::uint64_t event(const Request& request) {
    abi::Ghcb& ghcb = page();
    std::memset(&ghcb, 0, abi::ghcb_shared_buffer_offset);
    ghcb.protocol_version = request.version;
    ghcb.usage = request.usage;
    put_inputs(request);
    write_msr(abi::Msr::Ghcb, gpa);
    vmgexit();
    return ghcb.sw_exit_info_1 & 0xffff'ffff;
}

std::uint64_t event(abi::NaeEvent code, std::uint64_t info1, std::uint64_t info2) {
    return event({.code = static_cast<std::uint64_t>(code), .info1 = info1, .info2 = info2});
}

bool is_valid(std::size_t offset) {
    return (page().valid_bitmap[offset / 8 / 64] >> offset / 8 % 64 & 1) != 0;
}

void out_byte(std::uint16_t port, std::uint8_t value) {
    using abi::IoioInfo;
    const auto info1 = IoioInfo::Size8::mask | IoioInfo::Address64::mask | IoioInfo::Port::put(port);
    (void)event({.code = static_cast<std::uint64_t>(abi::NaeEvent::Ioio), .info1 = info1, .rax = value});
}

void out_string(std::uint16_t port, std::string_view text) {
    using abi::IoioInfo;
    constexpr std::uint64_t data_segment = 3;
    const auto info1 = IoioInfo::Size8::mask | IoioInfo::Address64::mask | IoioInfo::Port::put(port) |
                       IoioInfo::String::mask | IoioInfo::Rep::mask | IoioInfo::Segment::put(data_segment);
    while (!text.empty()) {
        const std::string_view part = text.substr(0, abi::ghcb_shared_buffer_bytes);
        std::memcpy(page().shared_buffer, part.data(), part.size());
        (void)event({.code = static_cast<std::uint64_t>(abi::NaeEvent::Ioio),
                     .info1 = info1,
                     .info2 = part.size(),
                     .scratch = buffer_gpa()});
        text.remove_prefix(part.size());
    }
}

bool create_ap(const ApCreation& asked) {
    using Info = abi::ApCreationInfo;
    return event({.code = static_cast<std::uint64_t>(abi::NaeEvent::ApCreation),
                  .info1 = Info::Request::put(asked.request) | Info::Vmpl::put(asked.vmpl) |
                           Info::ApicId::put(asked.apic_id),
                  .info2 = asked.vmsa,
                  .rax = asked.features}) == 0;
}

bool change_page(std::uint64_t page, abi::PscOperation to) {
    const std::uint64_t reply =
        exchange(page | abi::GhcbMsr::PscOperation::put(static_cast<std::uint64_t>(to)) |
                 static_cast<std::uint64_t>(abi::GhcbInfo::PscRequest));
    return reply == static_cast<std::uint64_t>(abi::GhcbInfo::PscResponse);
}

}  // namespace rules::ghcb

// SPDX-License-Identifier: MIT
// Inputs of GHCB events.
#include "model/host/events.hpp"

#include "base/result.hpp"

namespace model::host {
namespace {

using abi::NaeError;

constexpr std::unexpected missing{NaeError::MissingInput};
constexpr std::unexpected invalid{NaeError::InvalidInput};

unsigned operand_bytes(std::uint64_t info) {
    using Info = abi::IoioInfo;
    return Info::Size8::test(info) ? 1 : Info::Size16::test(info) ? 2 : Info::Size32::test(info) ? 4 : 0;
}

/// INS and OUTS. The count is bounded before it is multiplied: the product must not wrap.
Input<std::uint64_t> string_offset(const GhcbRequest& request, Gpa ghcb, unsigned bytes) {
    if (!request.scratch_valid) return missing;
    if (request.info_2 > abi::ghcb_shared_buffer_bytes / bytes)
        return std::unexpected{NaeError::InvalidScratch};
    return scratch_offset(ghcb, request.scratch, request.info_2 * bytes);
}

}  // namespace

Input<void> check_page(std::optional<Gpa> registered, Gpa used) {
    if (registered != used) return std::unexpected{NaeError::NotRegistered};
    return {};
}

// The guest's number may be none of the enumerators: only those that are listed are known.
Input<void> check_event(abi::NaeEvent event, abi::adyton::HostProperties properties) {
    using enum abi::NaeEvent;
    constexpr std::unexpected unknown{NaeError::InvalidEvent};
    switch (event) {
        case GetApicIds:
            if (properties.has(abi::adyton::HostProperty::NoApicIdList)) return unknown;
            return {};
        case ReadDr7:
        case WriteDr7:
        case Rdtsc:
        case Rdpmc:
        case Cpuid:
        case Invd:
        case Ioio:
        case Msr:
        case Vmmcall:
        case Rdtscp:
        case Wbinvd:
        case Monitor:
        case Mwait:
        case MmioRead:
        case MmioWrite:
        case NmiComplete:
        case ApResetHold:
        case ApJumpTable:
        case PageStateChange:
        case GuestRequest:
        case ExtendedGuestRequest:
        case ApCreation:
        case RunVmpl:
        case HypervisorFeatures:
        case HvDoorbell:
        case HvIpi:
        case Terminate: return {};
        case Unsupported: break;
    }
    return unknown;
}

Input<CpuidAsk> read_cpuid(const GhcbRequest& request) {
    if (!request.rax_valid || !request.rcx_valid) return missing;
    CpuidAsk ask{static_cast<std::uint32_t>(request.rax), static_cast<std::uint32_t>(request.rcx)};
    constexpr std::uint32_t extended_states = 0xd;
    if (ask.function == extended_states && !request.xcr0_valid) return missing;
    if (request.xcr0_valid) ask.xcr0 = request.xcr0;
    return ask;
}

Input<std::uint64_t> read_dr7(const GhcbRequest& request) {
    if (!request.rax_valid) return missing;
    return request.rax;
}

Input<MsrAsk> read_msr(const GhcbRequest& request) {
    const bool is_write = request.info_1 != 0;
    if (!request.rcx_valid || (is_write && (!request.rax_valid || !request.rdx_valid))) return missing;
    const std::uint64_t value = (request.rax & 0xffff'ffff) | request.rdx << 32;
    return MsrAsk{static_cast<std::uint32_t>(request.rcx), is_write, is_write ? value : 0};
}

Input<std::uint32_t> read_counter_number(const GhcbRequest& request) {
    if (!request.rcx_valid) return missing;
    return static_cast<std::uint32_t>(request.rcx);
}

std::optional<std::uint64_t> read_counter(std::uint32_t number) {
    constexpr std::uint32_t counters = 4;
    return number < counters ? std::optional<std::uint64_t>{0} : std::nullopt;
}

Input<HypercallAsk> read_hypercall(const GhcbRequest& request) {
    if (!request.rax_valid || !request.cpl_valid) return missing;
    return HypercallAsk{request.rax, request.cpl};
}

std::uint64_t answer_hypercall(const HypercallAsk& asked) {
    constexpr std::uint64_t poll_interrupts = 1;
    constexpr std::int64_t not_permitted = -1, no_such_call = -1000;
    if (asked.cpl != 0) return static_cast<std::uint64_t>(not_permitted);
    return asked.number == poll_interrupts ? 0 : static_cast<std::uint64_t>(no_such_call);
}

Input<void> check_monitor(const GhcbRequest& request) {
    if (!request.rax_valid || !request.rcx_valid) return missing;
    if (request.event == abi::NaeEvent::Monitor && !request.rdx_valid) return missing;
    return {};
}

Input<std::optional<std::uint64_t>> read_jump_table(const GhcbRequest& request) {
    constexpr std::uint64_t set = 0, get = 1;
    if (request.info_1 == set) return std::optional{request.info_2};
    if (request.info_1 == get) return std::nullopt;
    return invalid;
}

std::optional<VmEnd> ends_kvm(const GhcbRequest& request) {
    constexpr std::uint64_t most_bytes = 0x7fff'ffff;
    if (request.event == abi::NaeEvent::Unsupported) return VmEnd::UnsupportedEvent;
    if (request.event == abi::NaeEvent::Rdtsc) return VmEnd::Timestamp;
    const bool is_string =
        request.event == abi::NaeEvent::Ioio && abi::IoioInfo::String::test(request.info_1);
    const unsigned bytes = operand_bytes(request.info_1);
    if (is_string && bytes != 0 && request.scratch_valid && request.info_2 > most_bytes / bytes)
        return VmEnd::StringTooLong;
    return std::nullopt;
}

Input<PortAsk> read_port_io(const GhcbRequest& request, Gpa ghcb) {
    using Info = abi::IoioInfo;
    PortAsk ask{.port = static_cast<std::uint16_t>(Info::Port::get(request.info_1)),
                .bytes = operand_bytes(request.info_1),
                .is_in = Info::In::test(request.info_1),
                .is_string = Info::String::test(request.info_1)};
    if (ask.bytes == 0) return invalid;
    if (ask.is_string) {
        ask.offset = TRY(string_offset(request, ghcb, ask.bytes));
        ask.count = request.info_2;
    } else if (!ask.is_in) {
        if (!request.rax_valid) return missing;
        ask.value = static_cast<std::uint32_t>(request.rax);
    }
    return ask;
}

Input<DeviceMemoryAsk> read_device_memory(const GhcbRequest& request, Gpa ghcb, abi::adyton::Host host) {
    const std::uint64_t bytes = request.info_2;
    if (!request.scratch_valid) return missing;
    const bool is_word = bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8;
    if (!is_word && host != abi::adyton::Host::Kvm) return invalid;
    const std::uint64_t offset = TRY(scratch_offset(ghcb, request.scratch, bytes));
    return DeviceMemoryAsk{request.info_1, bytes, request.event == abi::NaeEvent::MmioRead, offset};
}

Input<std::uint64_t> read_page_list(const GhcbRequest& request, Gpa ghcb) {
    if (!request.scratch_valid) return missing;
    return scratch_offset(ghcb, request.scratch, sizeof(abi::PscHeader));
}

Input<std::optional<Gpa>> read_apic_ids(const GhcbRequest& request) {
    if (!request.rax_valid) return missing;
    if (request.rax == 0) return std::nullopt;
    const Gpa buffer{request.info_1};
    if (!buffer.is_page_aligned()) return invalid;
    return buffer;
}

Input<MessageAsk> read_message(const GhcbRequest& request) {
    const Gpa message{request.info_1}, answer{request.info_2};
    if (message == answer || !message.is_page_aligned() || !answer.is_page_aligned()) return missing;
    return MessageAsk{message, answer};
}

Input<GpaRange> read_certificate_room(const GhcbRequest& request) {
    constexpr std::uint64_t most_pages = 0x1'0000;
    if (!request.rax_valid || !request.rbx_valid) return missing;
    const Gpa room{request.rax};
    if (request.rbx == 0) return GpaRange{room, room};
    if (request.rbx > most_pages || !room.is_page_aligned()) return invalid;
    const auto range = GpaRange::make(room, request.rbx * page_bytes);
    if (!range) return invalid;
    return *range;
}

}  // namespace model::host

// SPDX-License-Identifier: MIT
// The inputs of each GHCB event: which ones it needs, and which values of them are defined. Every function
// takes what the guest said and returns it as values that need no further check. An error is the reason that
// SW_EXITINFO2 of a malformed reply carries; nothing has happened then. [GHCB "NAE Events"]
#pragma once
#include <cstdint>
#include <expected>
#include <optional>

#include "abi/adyton/host_property.hpp"
#include "model/host/ghcb_page.hpp"
#include "model/host/run_vmpl.hpp"

namespace model::host {

template <class T>
using Input = std::expected<T, abi::NaeError>;

/// Whether the host serves a request in the page at `used`: only in the page that the caller's level has registered;
/// empty: none. NotRegistered. [GHCB "GHCB GPA Registration"]
[[nodiscard]] Input<void> check_page(std::optional<Gpa> registered, Gpa used);
/// Whether the host knows this event. InvalidEvent: the number is none, it is the one that reports an event
/// without a protocol, or it asks for the APIC ids of a host that has no such list.
[[nodiscard]] Input<void> check_event(abi::NaeEvent event, abi::adyton::HostProperties properties);

struct CpuidAsk {
    std::uint32_t function, sub;
    std::uint64_t xcr0 = 1;  ///< of the guest; the value after reset unless it has told another
    friend constexpr bool operator==(const CpuidAsk&, const CpuidAsk&) = default;
};
/// RAX and RCX, and XCR0 for function Dh, whose sizes depend on it. MissingInput.
[[nodiscard]] Input<CpuidAsk> read_cpuid(const GhcbRequest& request);

/// RAX, the value that the guest wants in DR7. MissingInput.
[[nodiscard]] Input<std::uint64_t> read_dr7(const GhcbRequest& request);

struct MsrAsk {
    std::uint32_t msr;
    bool is_write;
    std::uint64_t value;  ///< of a write; 0 otherwise
    friend constexpr bool operator==(const MsrAsk&, const MsrAsk&) = default;
};
/// RCX; of a write RAX and RDX too. Any number but 0 in SW_EXITINFO1 is a write. MissingInput.
[[nodiscard]] Input<MsrAsk> read_msr(const GhcbRequest& request);

/// The counter that RDPMC names, RCX. MissingInput.
[[nodiscard]] Input<std::uint32_t> read_counter_number(const GhcbRequest& request);
/// KVM has four counters of AMD's first kind for every guest, and none of them counts here. Empty: #GP.
[[nodiscard]] std::optional<std::uint64_t> read_counter(std::uint32_t number);

struct HypercallAsk {
    std::uint64_t number;
    std::uint8_t cpl;
    friend constexpr bool operator==(const HypercallAsk&, const HypercallAsk&) = default;
};
/// RAX and CPL. MissingInput.
[[nodiscard]] Input<HypercallAsk> read_hypercall(const GhcbRequest& request);
/// RAX of the answer: -1 to any CPL but 0, else -1000 to a call that this host does not have. It has one, the first,
/// which is a hint. [Linux "KVM Hypercalls"]
[[nodiscard]] std::uint64_t answer_hypercall(const HypercallAsk& asked);

/// MONITOR needs RAX, RCX and RDX, MWAIT the first two. MissingInput.
[[nodiscard]] Input<void> check_monitor(const GhcbRequest& request);

/// The address of the AP jump table that the guest wants to store; empty: it asks for the one stored.
/// InvalidInput: neither. [GHCB "AP Jump Table"]
[[nodiscard]] Input<std::optional<std::uint64_t>> read_jump_table(const GhcbRequest& request);

/// Why KVM answers a request by failing KVM_RUN, upon which QEMU ends the VM.
enum class VmEnd : std::uint8_t {
    UnsupportedEvent,  ///< the guest says that it does not know an exit code
    Timestamp,         ///< RDTSC is never intercepted, and KVM has no handler
    StringTooLong      ///< more bytes than an int holds
};
[[nodiscard]] std::optional<VmEnd> ends_kvm(const GhcbRequest& request);

/// One access of an I/O port, or a string of them through the shared buffer.
struct PortAsk {
    std::uint16_t port;
    unsigned bytes;  ///< of one element: 1, 2 or 4
    bool is_in, is_string;
    std::uint32_t value;   ///< of OUT; 0 otherwise
    std::uint64_t offset;  ///< of a string in the shared buffer
    std::uint64_t count;   ///< of its elements
    friend constexpr bool operator==(const PortAsk&, const PortAsk&) = default;
};
/// InvalidInput: no operand size. MissingInput: OUT without RAX, a string without SW_SCRATCH. InvalidScratch:
/// a string that does not lie in the buffer of the page at `ghcb`.
[[nodiscard]] Input<PortAsk> read_port_io(const GhcbRequest& request, Gpa ghcb);

/// One access of device memory. Its data are in the shared buffer.
struct DeviceMemoryAsk {
    std::uint64_t address, bytes;
    bool is_read;
    std::uint64_t offset;  ///< of the data in the shared buffer
    friend constexpr bool operator==(const DeviceMemoryAsk&, const DeviceMemoryAsk&) = default;
};
/// MissingInput: no SW_SCRATCH. InvalidInput: another size than 1, 2, 4 and 8; KVM takes any. InvalidScratch.
[[nodiscard]] Input<DeviceMemoryAsk> read_device_memory(const GhcbRequest& request, Gpa ghcb,
                                                        abi::adyton::Host host = abi::adyton::Host::Strict);

/// Where in the shared buffer the list of page state changes begins. Its header lies in the buffer
/// whole, its entries may not. MissingInput, InvalidScratch.
[[nodiscard]] Input<std::uint64_t> read_page_list(const GhcbRequest& request, Gpa ghcb);

/// Address of the buffer for the list of APIC ids; empty when the guest brings none and asks how many pages it takes.
/// MissingInput: no RAX. InvalidInput: a buffer that is not page-aligned. The caller checks that the buffer is shared.
[[nodiscard]] Input<std::optional<Gpa>> read_apic_ids(const GhcbRequest& request);

/// A message for the AMD-SP and the page for its answer.
struct MessageAsk {
    Gpa message, answer;
    friend constexpr bool operator==(const MessageAsk&, const MessageAsk&) = default;
};
/// MissingInput, which is what KVM calls it: the two are the same page, or one is misaligned. The caller checks that
/// both are shared.
[[nodiscard]] Input<MessageAsk> read_message(const GhcbRequest& request);
/// Buffer for certificates beside the answer of an extended request; empty when the guest wants none.
/// MissingInput: no RAX or RBX. InvalidInput: more pages than any certificate chain needs, or
/// a misaligned buffer.
[[nodiscard]] Input<GpaRange> read_certificate_room(const GhcbRequest& request);

/// The VMPL that the event form of Run VMPL names, unchecked.
[[nodiscard]] constexpr std::uint64_t read_run_vmpl(const GhcbRequest& request) {
    return request.info_1 & 0xffff'ffff;
}

}  // namespace model::host

// SPDX-License-Identifier: MIT
// The page that guest and hypervisor share, and the events requested through it.
// [GHCB "GHCB Layout", "NAE Events"]
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "base/bits.hpp"

namespace abi {

struct Ghcb {
    std::uint8_t reserved_000[0xcb];
    std::uint8_t cpl;
    std::uint8_t reserved_0cc[0x74];
    std::uint64_t xss;
    std::uint8_t reserved_148[0x18];
    std::uint64_t dr7;
    std::uint8_t reserved_168[0x90];
    std::uint64_t rax;
    std::uint8_t reserved_200[0x108];
    std::uint64_t rcx, rdx, rbx, reserved_320, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15;
    std::uint8_t reserved_380[0x10];
    std::uint64_t sw_exit_code, sw_exit_info_1, sw_exit_info_2, sw_scratch;
    std::uint8_t reserved_3b0[0x38];
    std::uint64_t xcr0;
    std::uint64_t valid_bitmap[2];  ///< bit n says that the quadword at offset 8n was written
    std::uint64_t x87_state_gpa;
    std::uint8_t reserved_408[0x3f8];
    std::uint8_t shared_buffer[0x7f0];
    std::uint8_t reserved_ff0[10];
    std::uint16_t protocol_version;
    std::uint32_t usage;
};
static_assert(sizeof(Ghcb) == 4096 && std::is_trivially_copyable_v<Ghcb>);
static_assert(offsetof(Ghcb, cpl) == 0xcb && offsetof(Ghcb, rax) == 0x1f8 && offsetof(Ghcb, rcx) == 0x308);
static_assert(offsetof(Ghcb, rbx) == 0x318 && offsetof(Ghcb, sw_exit_code) == 0x390);
static_assert(offsetof(Ghcb, sw_scratch) == 0x3a8 && offsetof(Ghcb, xcr0) == 0x3e8);
static_assert(offsetof(Ghcb, valid_bitmap) == 0x3f0 && offsetof(Ghcb, shared_buffer) == 0x800);
static_assert(offsetof(Ghcb, protocol_version) == 0xffa && offsetof(Ghcb, usage) == 0xffc);

inline constexpr std::uint64_t ghcb_shared_buffer_offset = 0x800;
inline constexpr std::uint64_t ghcb_shared_buffer_bytes = 0x7f0;

/// Index of a field in VALID_BITMAP.
template <class Offset>
consteval unsigned ghcb_valid_bit(Offset offset) {
    return static_cast<unsigned>(offset / 8);
}
#define GHCB_BIT(field) ::abi::ghcb_valid_bit(offsetof(::abi::Ghcb, field))

/// SW_EXITCODE values beyond the intercept codes.
enum class NaeEvent : std::uint64_t {
    ReadDr7 = 0x27,
    WriteDr7 = 0x37,
    Rdtsc = 0x6e,
    Rdpmc = 0x6f,
    Cpuid = 0x72,
    Invd = 0x76,
    Ioio = 0x7b,
    Msr = 0x7c,
    Vmmcall = 0x81,
    Rdtscp = 0x87,
    Wbinvd = 0x89,
    Monitor = 0x8a,
    Mwait = 0x8b,
    MmioRead = 0x8000'0001,
    MmioWrite = 0x8000'0002,
    NmiComplete = 0x8000'0003,
    ApResetHold = 0x8000'0004,
    ApJumpTable = 0x8000'0005,
    PageStateChange = 0x8000'0010,
    GuestRequest = 0x8000'0011,
    ExtendedGuestRequest = 0x8000'0012,
    ApCreation = 0x8000'0013,
    HvDoorbell = 0x8000'0014,
    HvIpi = 0x8000'0015,
    GetApicIds = 0x8000'0017,
    RunVmpl = 0x8000'0018,
    HypervisorFeatures = 0x8000'fffd,
    Terminate = 0x8000'fffe,
    Unsupported = 0x8000'ffff,
};

/// SW_EXITINFO1[31:0] of a reply.
enum class NaeResult : std::uint32_t { NoAction = 0, RaiseException = 1, Malformed = 2 };
/// SW_EXITINFO2 when the reply is Malformed.
enum class NaeError : std::uint64_t {
    NotRegistered = 1,
    InvalidUsage = 2,
    InvalidScratch = 3,
    MissingInput = 4,
    InvalidInput = 5,
    InvalidEvent = 6,
};

/// SW_EXITINFO2 of a guest request that was carried out: status of hypervisor and firmware. 0: the answer is
/// there. [GHCB "SNP Guest Request"]
struct GuestRequestResult {
    using Hypervisor = Bits<63, 32>;
    using Firmware = Bits<31, 0>;
    // Of the hypervisor: the message was not passed on. With the first, RBX has the pages that certificates need.
    static constexpr std::uint64_t invalid_length = 1, busy = 2;
};
/// Status of the hypervisor, as a guest reads it.
enum class GuestRequestStatus : std::uint32_t {
    Done = 0,
    InvalidLength = GuestRequestResult::invalid_length,
    Busy = GuestRequestResult::busy,
};

/// SW_EXITINFO1 of an IOIO event, same as the intercept's EXITINFO1. [APM2 "IOIO Intercept"]
struct IoioInfo {
    using In = Bits<0>;
    using String = Bits<2>;
    using Rep = Bits<3>;
    using Size8 = Bits<4>;
    using Size16 = Bits<5>;
    using Size32 = Bits<6>;
    using Address16 = Bits<7>;
    using Address32 = Bits<8>;
    using Address64 = Bits<9>;
    using Segment = Bits<12, 10>;
    using Port = Bits<31, 16>;
};

/// SW_EXITINFO1 of AP creation; SW_EXITINFO2 is the VMSA's GPA, RAX its SEV_FEATURES.
struct ApCreationInfo {
    using Request = Bits<15, 0>;
    using Vmpl = Bits<19, 16>;
    using ApicId = Bits<63, 32>;
};
enum class ApCreationRequest : std::uint16_t { CreateOnInit = 0, Create = 1, Destroy = 2 };

/// Page state change list in the shared buffer.
struct PscHeader {
    std::uint16_t cur_entry, end_entry;
    std::uint32_t reserved;
};
struct PscEntry {
    using CurPage = Bits<11, 0>;
    using Gfn = Bits<51, 12>;
    using Operation = Bits<55, 52>;
    using Is2M = Bits<56>;
    using Reserved = Bits<63, 57>;
};
enum class PscOperation : std::uint8_t { Private = 1, Shared = 2, Smash = 3, Unsmash = 4 };
inline constexpr unsigned psc_max_entries = 253;
struct PscBuffer {
    PscHeader header;
    std::array<std::uint64_t, psc_max_entries> entries;
};
static_assert(sizeof(PscBuffer) == ghcb_shared_buffer_bytes);
struct PscError {
    static constexpr std::uint64_t invalid_header = 1ull << 32 | 1, invalid_entry = 1ull << 32 | 2,
                                   generic = 0x100ull << 32;
};

/// Feature bitmap, identical in the MSR protocol and in the event. [GHCB "Hypervisor Feature Support"]
struct HypervisorFeature {
    static constexpr std::uint64_t snp = 1, ap_creation = 2, restricted_injection = 4, restricted_timer = 8,
                                   apic_id_list = 16, multi_vmpl = 32;
};

}  // namespace abi

// SPDX-License-Identifier: MIT
// What the emulated machine records while it runs, as bytes: one record, the area in its memory, and the file
// that adyton(1) makes of it. docs/trace-format.md says what each field of each kind means.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace abi::adyton::trace {

inline constexpr std::array<char, 8> magic{'A', 'D', 'Y', 'T', 'R', 'A', 'C', 'E'};
/// Increases when a reader of the old version would misread; new kinds and sections do not increase it.
inline constexpr std::uint16_t version = 1;

/// What happened. Numbers are part of the format and never reused.
enum class Kind : std::uint8_t {
    Launch = 1,       ///< the image is in memory, the vCPUs may start
    Enter = 2,        ///< VMRUN of a VMSA: the world of a VMPL begins
    Leave = 3,        ///< #VMEXIT that the host sees: it ends
    Run = 4,          ///< one stretch in the CPU's native guest mode
    NestedFault = 5,  ///< first access to a page, or a forbidden one
    RmpFault = 6,     ///< the RMP refused it
    Exception = 7,    ///< the CPU raised an exception in its guest, such as #VC
    Pvalidate = 8,
    Rmpadjust = 9,
    Tlbsync = 10,
    PageState = 11,  ///< the host changed the owner of a page
    Smash = 12,      ///< the host split a 2 MiB page of the RMP
    Msr = 13,        ///< RDMSR or WRMSR that the CPU served itself
    GhcbMsr = 14,    ///< request in the GHCB MSR
    GhcbMsrReply = 15,
    GhcbEvent = 16,  ///< request in the GHCB page
    GhcbEventReply = 17,
    Switch = 18,     ///< Run VMPL: the vCPU continues at another level
    CallBegin = 19,  ///< a guest asked for VMPL0
    CallEnd = 20,    ///< VMPL0 gave the vCPU back
    ApCreate = 21,   ///< AP creation, as asked for
    ApStart = 22,    ///< AP creation, as it takes effect on its vCPU
    Halt = 23,       ///< HLT
    Sleep = 24,      ///< nothing to run on this vCPU
    Wake = 25,
    Interrupt = 26,
    Text = 27,  ///< up to 24 bytes that went to the console or to the mark port
};

/// 40 bytes, little-endian. What `detail` to `c` hold depends on the kind.
struct Record {
    std::uint64_t time;  ///< ticks since the CPU was switched on
    Kind kind;
    std::uint8_t vmpl;  ///< current level of the vCPU
    std::uint16_t detail;
    std::uint32_t value;
    std::uint64_t a, b, c;
};
static_assert(sizeof(Record) == 40 && std::is_trivially_copyable_v<Record>);
static_assert(offsetof(Record, kind) == 8 && offsetof(Record, value) == 12 && offsetof(Record, c) == 32);

inline constexpr std::size_t text_bytes = 3 * sizeof(std::uint64_t);

/// `detail` of Leave.
enum class LeaveReason : std::uint16_t { Vmgexit, Halt, Shutdown, Invalid, Kick, Interrupt };

/// `detail` of Pvalidate and Rmpadjust.
struct RmpDetail {
    static constexpr std::uint16_t size_2m = 1, validate = 2, carry = 4;
    static constexpr std::uint16_t fault = 8;  ///< refused by the RMP: `value` is the fault, not EAX
};

/// `detail` of PageState: the operation of the request in 3:0, and this.
struct PageStateDetail {
    static constexpr std::uint16_t size_2m = 0x10;
};

/// `detail` of ApCreate and ApStart: VMPL in 3:0, request in 7:4.
constexpr std::uint16_t ap_detail(std::uint64_t request, std::uint64_t vmpl) {
    return static_cast<std::uint16_t>((request & 0xf) << 4 | (vmpl & 0xf));
}

/// `value` of Interrupt.
enum class InterruptStep : std::uint32_t {
    Taken = 0,      ///< the host took it from the interrupt controller
    Delivered = 1,  ///< the guest's handler was entered
    Window = 2,     ///< it waits until the guest accepts interrupts
};

/// Start of the file, and of the area in the machine's memory.
struct Header {
    std::array<char, 8> magic;
    std::uint16_t version;
    std::uint16_t record_bytes;
    std::uint32_t cpu_count;
    std::uint64_t ticks_per_second;
    std::uint32_t flags;
    std::uint32_t reserved;
};
static_assert(sizeof(Header) == 32);

struct HeaderFlag {
    static constexpr std::uint32_t ticks_are_instructions = 1;
};

/// The file continues with sections: this, then `bytes` bytes.
struct Section {
    std::uint32_t type;  ///< SectionType
    std::uint32_t cpu;   ///< of Records
    std::uint64_t bytes;
    std::uint64_t lost;  ///< Records: how many older ones were overwritten
};
static_assert(sizeof(Section) == 24);

/// Readers skip what they do not know.
enum class SectionType : std::uint32_t {
    Records = 1,   ///< of one vCPU, oldest first
    Counters = 2,  ///< the machine's own counters: lines "name value"
    Facts = 3,     ///< about the run: lines "name text"
};

// ---- the area: a page with the header, then one ring per vCPU

inline constexpr std::uint64_t area_header_bytes = 4096;
/// In front of the records of each ring; a cache line, so that CPUs do not share one.
struct RingHeader {
    std::uint64_t written;  ///< records ever; the newest lies at (written - 1) mod capacity
    std::uint64_t reserved[7];
};
static_assert(sizeof(RingHeader) == 64);

/// How an area of `bytes` bytes is divided among `cpus` vCPUs.
constexpr std::uint64_t ring_bytes(std::uint64_t bytes, std::uint64_t cpus) {
    return (bytes - area_header_bytes) / cpus / 4096 * 4096;
}
constexpr std::uint64_t ring_capacity(std::uint64_t bytes, std::uint64_t cpus) {
    return (ring_bytes(bytes, cpus) - sizeof(RingHeader)) / sizeof(Record);
}
constexpr std::uint64_t ring_offset(std::uint64_t bytes, std::uint64_t cpus, std::uint64_t cpu) {
    return area_header_bytes + cpu * ring_bytes(bytes, cpus);
}

inline constexpr std::uint64_t least_area_bytes = 1ull << 20, most_area_bytes = 1ull << 30;
static_assert(ring_capacity(least_area_bytes, 64) > 100);

}  // namespace abi::adyton::trace

// SPDX-License-Identifier: MIT
// The IOMMU of Intel's chip sets: registers that we use, and the tables that say which memory devices reach.
// [VT-d "Register Descriptions", "Translation Structure Formats"]
#pragma once
#include <cstdint>

#include "base/bits.hpp"

namespace abi::vtd {

/// Offsets from where QEMU's machine q35 has the registers. That of the last two groups is a capability of
/// the device; QEMU's is fixed. [QEMU hw/i386/intel_iommu_internal.h]
inline constexpr std::uint64_t registers = 0xfed9'0000;
enum class Register : std::uint64_t {
    Version = 0x0,
    GlobalCommand = 0x18,
    GlobalStatus = 0x1c,
    RootTable = 0x20,
    ContextCommand = 0x28,
    FaultStatus = 0x34,
    InvalidateAddress = 0xf0,
    IotlbInvalidate = 0xf8,
    FaultLow = 0x220,
    FaultHigh = 0x228
};

/// GlobalCommand asks, GlobalStatus shows what is.
struct Global {
    using Translate = Bits<31>;
    using SetRoot = Bits<30>;
};
struct ContextInvalidation {
    using Start = Bits<63>;
    using Granularity = Bits<62, 61>;
    static constexpr std::uint64_t all = 1;
};
struct IotlbInvalidation {
    using Start = Bits<63>;
    using Granularity = Bits<61, 60>;
    using Domain = Bits<47, 32>;
    static constexpr std::uint64_t all = 1, pages = 3;
    /// In InvalidateAddress: number of low bits of the page number that do not count.
    using AddressMask = Bits<5, 0>;
};
struct FaultStatus {
    using Overflow = Bits<0>;
    using Pending = Bits<1>;
};
/// Upper half of a record; the lower half is the page. Writing 1 to Fault gives the record back.
struct Fault {
    using Pending = Bits<63>;
    using WasRead = Bits<62>;
    using Source = Bits<15, 0>;
};
/// Number of a PCI function as it travels on the bus.
struct SourceId {
    using Bus = Bits<15, 8>;
    using Device = Bits<7, 3>;
    using Function = Bits<2, 0>;
};

/// One for each bus: where its table of functions is.
struct RootEntry {
    std::uint64_t low, high;
    using Present = Bits<0>;
};
/// One for each function: through which tables it looks, and how many levels they have.
struct ContextEntry {
    std::uint64_t low, high;
    using Present = Bits<0>;
    using Levels = Bits<2, 0>;  ///< of `high`; two less than there are
    using Domain = Bits<23, 8>;
};
static_assert(sizeof(RootEntry) == 16 && sizeof(ContextEntry) == 16);

/// Entry of those tables, whose address field is that of a CPU's.
struct Entry {
    static constexpr std::uint64_t read = 1, write = 2, large = 1 << 7;
};

}  // namespace abi::vtd

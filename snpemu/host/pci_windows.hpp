// SPDX-License-Identifier: MIT
// Addresses of device memory that guests reach: where a guest, or its firmware, may put the registers of PCI devices. All
// else below the local APIC is the machine's, its RAM above all.
#pragma once
#include <algorithm>
#include <cstdint>

#include "abi/x86/pc.hpp"
#include "base/address.hpp"

namespace snpemu {

struct PciWindows {
    /// Without firmware the devices lie where QEMU's has put them.
    GpaRange low{Gpa{abi::pc::pci_bars}, Gpa{abi::pc::io_apic}}, high{};

    /// A PC with firmware, which has a window behind the RAM below 4 GiB, from 2 GiB on at the earliest, and one behind
    /// all RAM, as far as the machine reaches. The two are ends of the computer's RAM, not of the guest's.
    static constexpr PciWindows with_firmware(std::uint64_t low_ram_end, std::uint64_t high_ram_end) {
        constexpr std::uint64_t earliest = 2ull << 30, above = 4ull << 30, reached = 512ull << 30;
        return {.low = {Gpa{std::max(earliest, low_ram_end)}, Gpa{abi::pc::io_apic}},
                .high = {Gpa{std::max(above, high_ram_end)}, Gpa{reached}}};
    }

    /// The whole access lies in one of them: its end could reach into the IO-APIC, or its beginning lie in RAM.
    [[nodiscard]] constexpr bool contain(std::uint64_t address, std::uint64_t bytes) const {
        const auto access = GpaRange::make(Gpa{address}, bytes);
        return access && (low.contains(*access) || high.contains(*access));
    }
};

}  // namespace snpemu

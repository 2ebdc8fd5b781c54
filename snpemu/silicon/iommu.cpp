// SPDX-License-Identifier: MIT
// Registers of the IOMMU. Invalidation by register, which QEMU carries out before the write returns.
#include "snpemu/silicon/iommu.hpp"

#include <bit>

#include "abi/x86/paging.hpp"
#include "abi/x86/vtd.hpp"
#include "snpemu/cpu/device_bus.hpp"
#include "snpemu/log/stop.hpp"
#include "snpemu/mm/heap.hpp"
#include "snpemu/silicon/device_table.hpp"

namespace snpemu::iommu {
namespace {

using namespace abi::vtd;

constexpr std::uint64_t domain = 1;  // one for all devices: they see the same memory
constexpr std::size_t entries_in_page = page_bytes / sizeof(ContextEntry);

template <class T>
T read(Register which) {
    const LockGuard guard{device_bus};
    return *reinterpret_cast<volatile T*>(registers + static_cast<std::uint64_t>(which));
}
template <class T>
void write(Register which, T value) {
    const LockGuard guard{device_bus};
    *reinterpret_cast<volatile T*>(registers + static_cast<std::uint64_t>(which)) = value;
}

/// Writes one command at a time; commands that were given before stay on.
void command(std::uint32_t bit) {
    write(Register::GlobalCommand, read<std::uint32_t>(Register::GlobalStatus) | bit);
    if ((read<std::uint32_t>(Register::GlobalStatus) & bit) == 0) stop_internal("the IOMMU does not obey");
}

/// All buses share one table of functions, whose entries are all the same.
std::uint64_t build_root_table(std::uint64_t device_table) {
    auto* const functions = static_cast<ContextEntry*>(heap::allocate_pages(1));
    auto* const buses = static_cast<RootEntry*>(heap::allocate_pages(1));
    for (std::size_t i = 0; i < entries_in_page; ++i) {
        functions[i] = {
            device_table | ContextEntry::Present::mask,
            ContextEntry::Levels::put(DeviceTable::levels - 2) | ContextEntry::Domain::put(domain)};
        buses[i] = {reinterpret_cast<std::uint64_t>(functions) | RootEntry::Present::mask, 0};
    }
    return reinterpret_cast<std::uint64_t>(buses);
}

}  // namespace

void enable(std::uint64_t root) {
    // An absent device reads as zeros or as ones.
    const auto version = read<std::uint32_t>(Register::Version);
    if (version == 0 || version == ~0u) stop_internal("QEMU has no IOMMU");
    write(Register::RootTable, build_root_table(root));
    command(static_cast<std::uint32_t>(Global::SetRoot::mask));
    write(Register::ContextCommand,
          ContextInvalidation::Start::mask | ContextInvalidation::Granularity::put(ContextInvalidation::all));
    write(Register::IotlbInvalidate,
          IotlbInvalidation::Start::mask | IotlbInvalidation::Granularity::put(IotlbInvalidation::all));
    command(static_cast<std::uint32_t>(Global::Translate::mask));
}

void forget(GpaRange pages) {
    const auto bits = static_cast<std::uint64_t>(std::countr_zero(pages.size() / page_bytes));
    const LockGuard guard{device_bus};  // address and command are two writes
    const auto put = [](Register which, std::uint64_t value) {
        *reinterpret_cast<volatile std::uint64_t*>(registers + static_cast<std::uint64_t>(which)) = value;
    };
    put(Register::InvalidateAddress, pages.begin.value() | IotlbInvalidation::AddressMask::put(bits));
    put(Register::IotlbInvalidate, IotlbInvalidation::Start::mask | IotlbInvalidation::Domain::put(domain) |
                                       IotlbInvalidation::Granularity::put(IotlbInvalidation::pages));
}

std::optional<Refusal> take_refusal() {
    const auto status = read<std::uint32_t>(Register::FaultStatus);
    if (!FaultStatus::Pending::test(status)) return std::nullopt;
    const auto low = read<std::uint64_t>(Register::FaultLow), high = read<std::uint64_t>(Register::FaultHigh);
    // Writing 1 clears the bits that mark a record. QEMU looks only at accesses to the upper half of
    // the upper quadword.
    constexpr auto upper = static_cast<Register>(static_cast<std::uint64_t>(Register::FaultHigh) + 4);
    write(upper, static_cast<std::uint32_t>(Fault::Pending::mask >> 32));
    write(Register::FaultStatus, static_cast<std::uint32_t>(FaultStatus::Overflow::mask));
    return Refusal{static_cast<std::uint16_t>(Fault::Source::get(high)), !Fault::WasRead::test(high),
                   Gpa{low & abi::Pte::address_mask}};
}

}  // namespace snpemu::iommu

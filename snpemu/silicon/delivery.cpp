// SPDX-License-Identifier: MIT
#include "snpemu/silicon/delivery.hpp"

#include <cstring>

#include "abi/x86/registers.hpp"
#include "base/result.hpp"

namespace snpemu {
namespace {

/// As raise_rmp_fault: what is not valid has a code of its own, the rest is what a nested page fault is.
std::uint32_t vc_code(model::RmpFault fault) {
    const bool is_validity = fault == model::RmpFault::NotAssigned || fault == model::RmpFault::NotValidated;
    return static_cast<std::uint32_t>(is_validity ? abi::ExitCode::PageNotValidated
                                                  : abi::ExitCode::NestedPageFault);
}

/// `not_canonical`: the exception for an address that is none, which the guest's tables and stacks may name.
std::unexpected<DeliveryFault> fault_at(std::uint64_t va, const TranslationError& error,
                                        abi::Vector not_canonical) {
    if (const auto* page = std::get_if<GuestPageFault>(&error))
        return std::unexpected{DeliveryFault{abi::Vector::PageFault, page->error_code, GuestVa{va}}};
    if (const auto* nested = std::get_if<NestedFault>(&error))
        return delivery_fault(abi::Vector::Vc, vc_code(nested->fault));
    return delivery_fault(not_canonical, EventErrorCode::external);
}

abi::Segment unpack(std::uint16_t selector, std::uint64_t descriptor) {
    const auto attributes =
        static_cast<std::uint16_t>((descriptor >> 40 & 0xff) | (descriptor >> 52 & 0xf) << 8);
    const auto limit = static_cast<std::uint32_t>((descriptor & 0xffff) | (descriptor >> 32 & 0xf'0000));
    constexpr std::uint16_t pages = 0x800;
    const std::uint64_t base = (descriptor >> 16 & 0xff'ffff) | (descriptor >> 56) << 24;
    return {selector, attributes, (attributes & pages) != 0 ? limit << 12 | 0xfff : limit, base};
}

}  // namespace

Delivered<void> read_bytes(const View& view, std::uint64_t va, std::span<std::byte> to) {
    const auto read = read_virtual(view.cpu, view.memory, view.vmpl, GuestVa{va}, to, view.c_bit);
    if (!read) return fault_at(va, read.error(), abi::Vector::GeneralProtection);
    return {};
}

Delivered<void> write_bytes(const View& view, std::uint64_t va, std::span<const std::byte> from) {
    const auto written = write_virtual(view.cpu, view.memory, view.vmpl, GuestVa{va}, from, view.c_bit);
    if (!written) return fault_at(va, written.error(), abi::Vector::Stack);
    return {};
}

Delivered<SegmentDescriptor> read_descriptor(const View& view, std::uint16_t selector, abi::Vector wrong) {
    constexpr std::uint16_t local = 4, rpl = 3;
    const abi::VmcbSave& save = view.cpu.save;
    if ((selector & ~rpl) == 0) return delivery_fault(wrong, EventErrorCode::external);
    const abi::Segment& table = (selector & local) != 0 ? save.ldtr : save.gdtr;
    const unsigned offset = selector & ~7u;
    if (table.limit < offset + 7) return delivery_fault(wrong, EventErrorCode::of_selector(selector));
    const auto descriptor = TRY(read_object<std::uint64_t>(view, table.base + offset));
    return SegmentDescriptor{unpack(selector, descriptor)};
}

Delivered<SegmentDescriptor> read_handler_segment(const View& view, std::uint16_t selector) {
    const SegmentDescriptor code = TRY(read_descriptor(view, selector, abi::Vector::GeneralProtection));
    const std::uint32_t error = EventErrorCode::of_selector(selector);
    if (!code.is_code() || code.dpl() > view.cpu.save.cpl)
        return delivery_fault(abi::Vector::GeneralProtection, error);
    if (!code.is_present()) return delivery_fault(abi::Vector::SegmentNotPresent, error);
    return code;
}

std::uint64_t pushed_flags(const View& view, const Event& event) {
    return view.cpu.save.rflags | (event.is_fault ? abi::Rflags::rf : 0);
}

std::uint64_t handler_flags(const View& view, bool masks_interrupts) {
    using abi::Rflags;
    return view.cpu.save.rflags &
           ~(Rflags::tf | Rflags::nt | Rflags::rf | Rflags::vm | (masks_interrupts ? Rflags::interrupt : 0));
}

}  // namespace snpemu

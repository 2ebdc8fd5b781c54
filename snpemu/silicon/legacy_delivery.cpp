// SPDX-License-Identifier: MIT
// Protected mode and real mode. [APM2 "Legacy Protected-Mode Interrupt Control Transfers"]
#include <array>
#include <cstring>

#include "abi/x86/registers.hpp"
#include "base/fixed_vector.hpp"
#include "base/result.hpp"
#include "snpemu/silicon/delivery.hpp"

namespace snpemu {
namespace {

struct LegacyGate {
    std::uint16_t offset_low, selector;
    std::uint8_t reserved, type;
    std::uint16_t offset_high;
    [[nodiscard]] bool is_32_bit() const { return (type & 8) != 0; }
    [[nodiscard]] bool masks_interrupts() const { return (type & 1) == 0; }
    [[nodiscard]] std::uint32_t offset() const {
        return is_32_bit() ? offset_low | std::uint32_t{offset_high} << 16 : offset_low;
    }
};
static_assert(sizeof(LegacyGate) == 8);

Delivered<LegacyGate> read_gate(const View& view, unsigned vector) {
    const abi::Segment& idt = view.cpu.save.idtr;
    const unsigned offset = vector * static_cast<unsigned>(sizeof(LegacyGate));
    const std::uint32_t error = EventErrorCode::of_gate(vector);
    if (idt.limit < offset + sizeof(LegacyGate) - 1)
        return delivery_fault(abi::Vector::GeneralProtection, error);
    const auto gate = TRY(read_object<LegacyGate>(view, idt.base + offset));
    // Interrupt and trap gates of 16 and 32 bits: 6, 7, Eh, Fh.
    if ((gate.type & 0x16) != 0x06) return delivery_fault(abi::Vector::GeneralProtection, error);
    if ((gate.type & 0x80) == 0) return delivery_fault(abi::Vector::SegmentNotPresent, error);
    return gate;
}

/// Words for a stack, pushed all at once when it is known that nothing else can fail.
class Frame {
public:
    explicit Frame(bool is_32_bit) : bytes_{is_32_bit ? 4u : 2u} {}
    void push(std::uint64_t value) { (void)words_.push_back(static_cast<std::uint32_t>(value)); }
    /// Writes it below `sp` of `ss`; the new stack pointer. #SS when it leaves the segment.
    Delivered<std::uint64_t> write(const View& view, const SegmentDescriptor& ss, std::uint64_t sp,
                                   std::uint32_t error) const {
        const std::uint64_t mask = ss.is_32_bit() ? 0xffff'ffff : 0xffff;
        constexpr std::uint16_t expands_down = 4;
        const std::uint64_t size = words_.size() * bytes_, bottom = (sp - size) & mask;
        if ((ss.segment.attributes & expands_down) == 0 && bottom + size - 1 > ss.segment.limit)
            return delivery_fault(abi::Vector::Stack, error);
        std::array<std::byte, 4 * most> image{};
        for (std::size_t i = 0; i < words_.size(); ++i)
            std::memcpy(&image[(words_.size() - 1 - i) * bytes_], &words_.begin()[i], bytes_);
        const std::uint64_t linear = (ss.segment.base + bottom) & 0xffff'ffff;
        TRY_VOID(write_bytes(view, linear, std::span{image}.first(size)));
        return (sp & ~mask) | bottom;
    }

private:
    static constexpr std::size_t most = 10;
    FixedVector<std::uint32_t, most> words_;
    std::size_t bytes_;
};

/// Where the frame goes: the current stack, or that of the handler's privilege.
struct Stack {
    SegmentDescriptor ss;
    std::uint64_t sp;
    std::uint32_t error;  ///< of a #SS
};

Delivered<Stack> read_stack(const View& view, unsigned cpl) {
    const abi::VmcbSave& save = view.cpu.save;
    constexpr std::uint16_t tss_32_bit = 8;
    const bool is_wide = (save.tr.attributes & tss_32_bit) != 0;
    const unsigned offset = is_wide ? 4 + 8 * cpl : 2 + 4 * cpl, ss_offset = offset + (is_wide ? 4 : 2);
    if (save.tr.limit < ss_offset + 1)
        return delivery_fault(abi::Vector::InvalidTss, EventErrorCode::of_selector(save.tr.selector));
    const std::uint64_t sp = is_wide ? TRY(read_object<std::uint32_t>(view, save.tr.base + offset))
                                     : TRY(read_object<std::uint16_t>(view, save.tr.base + offset));
    const auto selector = TRY(read_object<std::uint16_t>(view, save.tr.base + ss_offset));
    const SegmentDescriptor ss = TRY(read_descriptor(view, selector, abi::Vector::InvalidTss));
    const std::uint32_t error = EventErrorCode::of_selector(selector);
    if ((selector & 3u) != cpl || ss.dpl() != cpl || !ss.is_writable_data())
        return delivery_fault(abi::Vector::InvalidTss, error);
    if (!ss.is_present()) return delivery_fault(abi::Vector::Stack, error);
    return Stack{ss, sp, error};
}

bool is_virtual_8086(const abi::VmcbSave& save) { return (save.rflags & abi::Rflags::vm) != 0; }

void push_caller(Frame& frame, const View& view, const Event& event, bool switches) {
    const abi::VmcbSave& save = view.cpu.save;
    if (is_virtual_8086(save))
        for (const auto* segment : {&save.gs, &save.fs, &save.ds, &save.es}) frame.push(segment->selector);
    if (switches) {
        frame.push(save.ss.selector);
        frame.push(save.rsp);
    }
    frame.push(pushed_flags(view, event));
    frame.push(save.cs.selector);
    frame.push(save.rip);
    if (event.error_code) frame.push(*event.error_code);
}

void enter_handler(const View& view, const LegacyGate& gate, const SegmentDescriptor& code, unsigned cpl) {
    abi::VmcbSave& save = view.cpu.save;
    if (is_virtual_8086(save))
        for (auto* segment : {&save.gs, &save.fs, &save.ds, &save.es}) *segment = {};
    save.cs = code.segment;
    save.cs.selector = static_cast<std::uint16_t>((gate.selector & ~3u) | cpl);
    save.cpl = static_cast<std::uint8_t>(cpl);
    save.rip = gate.offset();
    save.rflags = handler_flags(view, gate.masks_interrupts());
    view.cpu.interrupt_shadow = 0;
}

}  // namespace

Delivered<void> deliver_in_protected_mode(const View& view, const Event& event) {
    const LegacyGate gate = TRY(read_gate(view, event.vector));
    const SegmentDescriptor code = TRY(read_handler_segment(view, gate.selector));
    abi::VmcbSave& save = view.cpu.save;
    const unsigned cpl = handler_cpl(view, code);
    if (is_virtual_8086(save) && cpl != 0)
        return delivery_fault(abi::Vector::GeneralProtection, EventErrorCode::of_selector(gate.selector));
    const bool switches = cpl < save.cpl;
    const Stack stack =
        switches ? TRY(read_stack(view, cpl))
                 : Stack{SegmentDescriptor{save.ss}, save.rsp & 0xffff'ffff, EventErrorCode::external};
    Frame frame{gate.is_32_bit()};
    push_caller(frame, view, event, switches);
    const std::uint64_t sp = TRY(frame.write(view, stack.ss, stack.sp, stack.error));
    // From here on nothing can fail.
    enter_handler(view, gate, code, cpl);
    if (switches) save.ss = stack.ss.segment;
    save.rsp = sp;
    return {};
}

Delivered<void> deliver_in_real_mode(const View& view, const Event& event) {
    abi::VmcbSave& save = view.cpu.save;
    const unsigned offset = 4 * event.vector;
    if (save.idtr.limit < offset + 3)
        return std::unexpected{DeliveryFault{abi::Vector::GeneralProtection, std::nullopt}};
    const auto handler = TRY(read_object<std::uint32_t>(view, save.idtr.base + offset));
    Frame frame{false};
    for (const std::uint64_t word : {save.rflags, std::uint64_t{save.cs.selector}, save.rip})
        frame.push(word);
    SegmentDescriptor ss{save.ss};
    ss.segment.attributes &= 0xb;  // 16 bits, and no word about its direction
    ss.segment.limit = 0xffff;
    const std::uint64_t sp = TRY(frame.write(view, ss, save.rsp, 0));
    save.rsp = sp;
    save.rip = handler & 0xffff;
    save.cs.selector = static_cast<std::uint16_t>(handler >> 16);
    save.cs.base = std::uint64_t{save.cs.selector} << 4;
    save.rflags = handler_flags(view, true) & ~abi::Rflags::ac;
    view.cpu.interrupt_shadow = 0;
    return {};
}

}  // namespace snpemu

// SPDX-License-Identifier: MIT
#include "guest/irq/apic.hpp"

#include <array>
#include <atomic>
#include <cstring>

#include "abi/x86/descriptor.hpp"
#include "abi/x86/pc.hpp"
#include "guest/lib/exception.hpp"
#include "guest/lib/fatal.hpp"
#include "guest/lib/ghcb.hpp"
#include "guest/lib/instructions.hpp"
#include "guest/lib/vcpu.hpp"

extern "C" char irq_vectors[];

namespace irq {
namespace {

constexpr std::size_t exceptions = 32, vector_count = 256, stub_bytes = 16;
constexpr std::uint16_t code_selector = 8;
constinit std::array<abi::Gate, vector_count> idt{};
constinit std::array<std::array<std::atomic<unsigned>, vector_count>, guest::max_vcpus> counts{};

bool access(abi::NaeEvent event, Register which) {
    return guest::ghcb::event({.event = event,
                               .info1 = abi::pc::local_apic + static_cast<std::uint64_t>(which),
                               .info2 = sizeof(std::uint32_t),
                               .uses_buffer = true})
        .has_value();
}

}  // namespace

extern "C" void irq_handle(unsigned vector) {
    ++counts[guest::this_vcpu().index][vector];
    // NMIs are not the APIC's to be acknowledged.
    if (vector != nmi_vector) write(Register::Eoi, 0);
}

std::uint32_t read(Register which) {
    if (!access(abi::NaeEvent::MmioRead, which)) guest::fatal("the host refused to read from the local APIC");
    std::uint32_t value = 0;
    std::memcpy(&value, guest::ghcb::buffer().data(), sizeof value);
    return value;
}

void write(Register which, std::uint32_t value) {
    std::memcpy(guest::ghcb::buffer().data(), &value, sizeof value);
    if (!access(abi::NaeEvent::MmioWrite, which)) guest::fatal("the host refused to write to the local APIC");
}

void init() {
    // The exceptions stay the library's, but for NMI.
    std::memcpy(idt.data(), guest::pointer_to<abi::Gate>(guest::idt_base()), exceptions * sizeof(abi::Gate));
    for (std::size_t i = 0; i < vector_count; ++i)
        if (i >= exceptions || i == nmi_vector)
            idt[i] =
                abi::interrupt_gate(guest::gpa_of(irq_vectors).value() + i * stub_bytes, code_selector, 0);
    guest::load_idt({sizeof idt - 1, guest::gpa_of(idt.data()).value()});
    constexpr std::uint32_t enable = 0x1ff, divide_by_one = 0xb;
    write(Register::Spurious, enable);
    write(Register::TimerDivide, divide_by_one);
}

unsigned taken(unsigned index, std::uint8_t vector) { return counts[index][vector]; }

bool is_waiting(std::uint8_t vector) {
    const auto offset = static_cast<std::uint32_t>(Register::Requested) + vector / 32u * 0x10;
    return (read(Register{offset}) >> vector % 32 & 1) != 0;
}

void rest() { asm volatile("sti; hlt; cli" : : : "memory"); }
void open_window() { asm volatile("sti; nop; nop; cli" : : : "memory"); }
void start_timer(std::uint32_t ticks) {
    write(Register::TimerVector, timer_vector);
    write(Register::TimerCount, ticks);
}
void send(std::uint32_t low, std::uint32_t target) {
    write(Register::CommandHigh, target << 24);
    write(Register::CommandLow, low);
}
void complete_nmi() {
    if (!guest::ghcb::event({.event = abi::NaeEvent::NmiComplete}))
        guest::fatal("the host refused NMI complete");
}

}  // namespace irq

// SPDX-License-Identifier: MIT
// xAPIC through its memory window, which QEMU always places at FEE0_0000h. [APM2 "Local APIC"]
#include "snpemu/cpu/apic.hpp"

#include "abi/adyton/limits.hpp"
#include "abi/x86/pc.hpp"
#include "snpemu/cpu/device_bus.hpp"

namespace snpemu::apic {
namespace {

/// APIC id of CPU 0, which no guest ever addresses; FFh is the broadcast id.
constexpr std::uint32_t machine_id = abi::adyton::max_vcpus;
static_assert(machine_id < 0xff);
constexpr std::uint32_t masked = 1u << 16, periodic = 1u << 17, deliver_nmi = 0x400,
                        deliver_from_8259 = 0x700;
constexpr std::uint32_t software_enable = 0x100;

void write(Register which, std::uint32_t value) { apic::write(static_cast<std::uint32_t>(which), value); }
std::uint32_t read(Register which) { return apic::read(static_cast<std::uint32_t>(which)); }

/// ICR low word: delivery mode in 10:8, level assert in 14.
enum class Delivery : std::uint32_t { Nmi = 0x4400, Init = 0x4500, Startup = 0x4600 };

void send(unsigned apic_id, Delivery delivery, std::uint8_t vector) {
    const std::uint32_t guests = read(Register::IcrHigh);
    write(Register::IcrHigh, apic_id << 24);
    write(Register::IcrLow, static_cast<std::uint32_t>(delivery) | vector);
    write(Register::IcrHigh, guests);
}

constexpr std::uint32_t divide_by_one = 0xb;  // of QEMU's 1 GHz

}  // namespace

std::uint32_t read(std::uint32_t offset) {
    const LockGuard guard{device_bus};
    return *reinterpret_cast<volatile std::uint32_t*>(abi::pc::local_apic + offset);
}
void write(std::uint32_t offset, std::uint32_t value) {
    const LockGuard guard{device_bus};
    *reinterpret_cast<volatile std::uint32_t*>(abi::pc::local_apic + offset) = value;
}

void init_machine_cpu() {
    write(Register::Spurious, software_enable | spurious_vector);
    write(Register::TaskPriority, 0);
    write(Register::LvtLint0, masked);
}
void take_machine_id() { write(Register::Id, machine_id << 24); }
void init_vcpu_cpu(unsigned id, bool is_boot_cpu) {
    write(Register::Id, id << 24);
    if (!is_boot_cpu) return;
    write(Register::Spurious, software_enable | spurious_vector);
    write(Register::LvtLint0, deliver_from_8259);
    write(Register::LvtLint1, deliver_nmi);
}
void end_of_interrupt() { write(Register::Eoi, 0); }
void send_init(unsigned apic_id) { send(apic_id, Delivery::Init, 0); }
void send_startup(unsigned apic_id, std::uint8_t page) { send(apic_id, Delivery::Startup, page); }
void send_nmi(unsigned apic_id) { send(apic_id, Delivery::Nmi, 0); }
std::uint32_t spin(std::uint32_t nanoseconds) {
    constexpr std::uint32_t begin = 0xffff'ffff;
    write(Register::TimerDivide, divide_by_one);
    write(Register::LvtTimer, masked | tick_vector);
    write(Register::TimerCount, begin);
    std::uint32_t waited = 0;
    while ((waited = begin - read(Register::TimerLeft)) < nanoseconds) __builtin_ia32_pause();
    write(Register::TimerCount, 0);
    return waited;
}
void recheck_interrupts() { write(Register::TaskPriority, read(Register::TaskPriority)); }
void tick_every(std::uint32_t nanoseconds) {
    write(Register::TimerDivide, divide_by_one);
    write(Register::LvtTimer, periodic | tick_vector);
    write(Register::TimerCount, nanoseconds);
}

}  // namespace snpemu::apic

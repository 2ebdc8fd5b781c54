// SPDX-License-Identifier: MIT
// xAPIC through its memory window, which QEMU always places at FEE0_0000h. [APM2 "Local APIC"]
#include "snpemu/cpu/apic.hpp"

namespace snpemu::apic {
namespace {

enum class Register : std::uint32_t {
    TaskPriority = 0x80,
    Eoi = 0xb0,
    Spurious = 0xf0,
    IcrLow = 0x300,
    IcrHigh = 0x310,
    LvtTimer = 0x320,
    TimerCount = 0x380,
    TimerLeft = 0x390,
    TimerDivide = 0x3e0
};

volatile std::uint32_t& reg(Register which) {
    return *reinterpret_cast<volatile std::uint32_t*>(0xfee0'0000 + static_cast<std::uint64_t>(which));
}

/// ICR low word: delivery mode in 10:8, level assert in 14.
enum class Delivery : std::uint32_t { Fixed = 0x4000, Nmi = 0x4400, Init = 0x4500, Startup = 0x4600 };

void send(unsigned apic_id, Delivery delivery, std::uint8_t vector) {
    reg(Register::IcrHigh) = apic_id << 24;
    reg(Register::IcrLow) = static_cast<std::uint32_t>(delivery) | vector;
}

constexpr std::uint32_t divide_by_one = 0xb;  // of QEMU's 1 GHz
constexpr std::uint32_t masked = 1u << 16;

}  // namespace

void enable() {
    reg(Register::Spurious) = 0x100 | spurious_vector;
    reg(Register::TaskPriority) = 0;
}
void end_of_interrupt() { reg(Register::Eoi) = 0; }
void send_init(unsigned apic_id) { send(apic_id, Delivery::Init, 0); }
void send_startup(unsigned apic_id, std::uint8_t page) { send(apic_id, Delivery::Startup, page); }
void send_nmi(unsigned apic_id) { send(apic_id, Delivery::Nmi, 0); }
void wake_after(std::uint32_t nanoseconds) {
    reg(Register::TimerDivide) = divide_by_one;
    reg(Register::LvtTimer) = wake_vector;  // one shot
    reg(Register::TimerCount) = nanoseconds;
}
std::uint32_t spin(std::uint32_t nanoseconds) {
    constexpr std::uint32_t begin = 0xffff'ffff;
    reg(Register::TimerDivide) = divide_by_one;
    reg(Register::LvtTimer) = masked | wake_vector;
    reg(Register::TimerCount) = begin;
    std::uint32_t waited = 0;
    while ((waited = begin - reg(Register::TimerLeft)) < nanoseconds) __builtin_ia32_pause();
    reg(Register::TimerCount) = 0;
    return waited;
}
void send_wake(unsigned apic_id) { send(apic_id, Delivery::Fixed, wake_vector); }

}  // namespace snpemu::apic

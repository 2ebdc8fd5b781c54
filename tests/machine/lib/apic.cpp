// SPDX-License-Identifier: MIT
#include "tests/machine/lib/apic.hpp"

#include <cstring>

#include "abi/snp/ghcb.hpp"
#include "tests/machine/lib/ghcb.hpp"

namespace rules::apic {
namespace {

constexpr std::uint64_t base = 0xfee0'0000, ticks_a_second = 2'000'000'000;
constexpr std::uint32_t divide_by_one = 0xb;

void access(abi::NaeEvent event, std::uint32_t offset) {
    (void)ghcb::event({.code = static_cast<std::uint64_t>(event),
                       .info1 = base + offset,
                       .info2 = sizeof(std::uint32_t),
                       .scratch = ghcb::buffer_gpa()});
}

template <class Done>
bool wait(std::uint64_t ticks, Done done) {
    const std::uint64_t begin = __builtin_readcyclecounter();
    while (!done())
        if (__builtin_readcyclecounter() - begin > ticks) return done();
    return true;
}

}  // namespace

void write(Register which, std::uint32_t value) {
    std::memcpy(ghcb::page().shared_buffer, &value, sizeof value);
    access(abi::NaeEvent::MmioWrite, static_cast<std::uint32_t>(which));
}

std::uint32_t read(std::uint32_t offset) {
    std::uint32_t value = 0;
    access(abi::NaeEvent::MmioRead, offset);
    std::memcpy(&value, ghcb::page().shared_buffer, sizeof value);
    return value;
}

void mask_devices() {
    ghcb::out_byte(0x21, 0xff);
    ghcb::out_byte(0xa1, 0xff);
}

void start_timer(std::uint8_t vector, std::uint32_t nanoseconds) {
    write(Register::Divide, divide_by_one);
    write(Register::Timer, vector);
    write(Register::InitialCount, nanoseconds);
}

bool is_requested(std::uint8_t vector) {
    return (read(static_cast<std::uint32_t>(Register::Request) + 0x10u * (vector / 32u)) >> vector % 32u &
            1) != 0;
}

void send_to_self(std::uint32_t command) { write(Register::CommandLow, command | Command::to_self); }
void send(unsigned apic_id, std::uint32_t command) {
    write(Register::CommandHigh, apic_id << 24);
    write(Register::CommandLow, command);
}

bool wait_for(const volatile std::uint64_t& flag, std::uint64_t value) {
    return wait(5 * ticks_a_second, [&] { return flag == value; });
}
void wait_a_while() {
    (void)wait(ticks_a_second / 20, [] { return false; });
}

}  // namespace rules::apic

// SPDX-License-Identifier: MIT
// Loads and stores on guest memory. Host and guest can make any of them fault, so each names
// where to continue.
#include "machine/machine.hpp"
#include "machine/snp/fault_table.hpp"

namespace {

template <class T>
T* at(Va va) {
    return reinterpret_cast<T*>(va.value());
}

}  // namespace

std::expected<void, machine::GuestFault> machine::copy_in(std::span<std::byte> to, Va from) {
    auto* target = to.data();
    const auto* source = at<const std::byte>(from);
    // Most of what is copied is a list of quadwords: a step for each.
    auto quadwords = to.size() / 8;
    asm goto("1: rep movsq" ADYTON_ON_FAULT
             : "+D"(target), "+S"(source), "+c"(quadwords)
             :
             : "memory"
             : fault);
    {
        auto left = to.size() % 8;
        asm goto("1: rep movsb" ADYTON_ON_FAULT
                 : "+D"(target), "+S"(source), "+c"(left)
                 :
                 : "memory"
                 : fault);
    }
    return {};
fault:
    return std::unexpected{machine::GuestFault{}};
}

std::expected<void, machine::GuestFault> machine::copy_out(Va to, std::span<const std::byte> from) {
    auto* target = at<std::byte>(to);
    const auto* source = from.data();
    auto left = from.size();
    asm goto("1: rep movsb" ADYTON_ON_FAULT : "+D"(target), "+S"(source), "+c"(left) : : "memory" : fault);
    return {};
fault:
    return std::unexpected{machine::GuestFault{}};
}

std::expected<void, machine::GuestFault> machine::zero(Va where, std::uint64_t bytes) {
    auto* target = at<std::byte>(where);
    // By quadwords: every caller zeroes a calling area's head or whole pages.
    auto left = bytes / 8;
    asm goto("1: rep stosq" ADYTON_ON_FAULT : "+D"(target), "+c"(left) : "a"(0ull) : "memory" : fault);
    return {};
fault:
    return std::unexpected{machine::GuestFault{}};
}

std::expected<std::uint8_t, machine::GuestFault> machine::load_u8(Va from) {
    std::uint8_t value = 0;
    asm goto("1: movb %[memory], %[value]" ADYTON_ON_FAULT
             : [value] "=q"(value)
             : [memory] "m"(*at<const std::uint8_t>(from))
             : "memory"
             : fault);
    return value;
fault:
    return std::unexpected{machine::GuestFault{}};
}

std::expected<std::uint64_t, machine::GuestFault> machine::load_u64(Va from) {
    std::uint64_t value = 0;
    asm goto("1: movq %[memory], %[value]" ADYTON_ON_FAULT
             : [value] "=r"(value)
             : [memory] "m"(*at<const std::uint64_t>(from))
             : "memory"
             : fault);
    return value;
fault:
    return std::unexpected{machine::GuestFault{}};
}

std::expected<void, machine::GuestFault> machine::store_u8(Va to, std::uint8_t value) {
    asm goto("1: movb %[value], %[memory]" ADYTON_ON_FAULT
             :
             : [value] "q"(value), [memory] "m"(*at<std::uint8_t>(to))
             : "memory"
             : fault);
    return {};
fault:
    return std::unexpected{machine::GuestFault{}};
}

std::expected<void, machine::GuestFault> machine::store_u64(Va to, std::uint64_t value) {
    asm goto("1: movq %[value], %[memory]" ADYTON_ON_FAULT
             :
             : [value] "r"(value), [memory] "m"(*at<std::uint64_t>(to))
             : "memory"
             : fault);
    return {};
fault:
    return std::unexpected{machine::GuestFault{}};
}

std::expected<bool, machine::GuestFault> machine::compare_exchange_u64(Va where, std::uint64_t expected,
                                                                       std::uint64_t desired) {
    bool exchanged = false;
    asm goto("1: lock cmpxchgq %[desired], %[memory]" ADYTON_ON_FAULT
             : "=@ccz"(exchanged), "+a"(expected)
             : [desired] "r"(desired), [memory] "m"(*at<std::uint64_t>(where))
             : "memory"
             : fault);
    return exchanged;
fault:
    return std::unexpected{machine::GuestFault{}};
}

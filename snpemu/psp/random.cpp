// SPDX-License-Identifier: MIT
#include "snpemu/psp/random.hpp"

#include <algorithm>
#include <cstring>

#include "snpemu/log/stop.hpp"

namespace snpemu::psp {
namespace {

std::uint64_t random_quadword() {
    unsigned long long value = 0;
    std::uint8_t ok = 0;
    for (int tries = 0; tries < 100 && ok == 0; ++tries)
        asm volatile("rdrand %0\n setc %1" : "=r"(value), "=qm"(ok));
    if (ok == 0) stop_internal("RDRAND gives no numbers");
    return value;
}

}  // namespace

void fill_random(std::span<std::uint8_t> bytes) {
    for (std::size_t done = 0; done < bytes.size(); done += sizeof(std::uint64_t)) {
        const std::uint64_t value = random_quadword();
        std::memcpy(&bytes[done], &value, std::min(sizeof value, bytes.size() - done));
    }
}

}  // namespace snpemu::psp

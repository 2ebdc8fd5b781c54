// SPDX-License-Identifier: MIT
#include "snpemu/psp/launch.hpp"

#include <cstring>

#include "snpemu/cpu/cpu.hpp"
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

model::psp::Secrets make_secrets() {
    model::psp::Secrets secrets{.fms = cpu::cpuid(1).eax};
    for (auto& key : secrets.keys)
        for (std::size_t i = 0; i < sizeof key; i += sizeof(std::uint64_t)) {
            const std::uint64_t value = random_quadword();
            std::memcpy(&key[i], &value, sizeof value);
        }
    return secrets;
}

}  // namespace

Launch::Launch(silicon::Memory& memory) : memory_{memory}, secrets_{make_secrets()} {}

std::expected<model::psp::Page, Refusal> Launch::update(Gpa page, PageType type, Bytes contents,
                                                        LowerRights lower) {
    const LockGuard guard{memory_.rmp_lock};
    if (auto taken = notes_.update(memory_.rmp, page, lower); !taken) return std::unexpected{taken.error()};
    memory_.devices.hide({page, page + page_bytes});
    const model::psp::Page bytes{memory_.through_rmp().find(page), page_bytes};
    model::psp::fill(bytes, type, contents, secrets_);
    return bytes;
}

std::expected<void, Refusal> Launch::update_vmsa(Bytes contents, abi::Vmsa& vmsa,
                                                 model::RmpEntry& entry) const {
    const auto launched = notes_.update_vmsa();
    if (!launched) return std::unexpected{launched.error()};
    model::psp::fill(model::psp::Page{reinterpret_cast<std::byte*>(&vmsa), page_bytes}, PageType::Vmsa,
                     contents, {});
    entry = *launched;
    return {};
}

}  // namespace snpemu::psp

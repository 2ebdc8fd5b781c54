// SPDX-License-Identifier: MIT
// The console: one line is one exchange (REP OUTS through the shared buffer), so lines of different CPUs
// do not mix.
#include <algorithm>
#include <atomic>

#include "abi/adyton/guest_info.hpp"
#include "machine/machine.hpp"
#include "svsm/cpu/cpu.hpp"
#include "svsm/ghcb/exchange.hpp"

namespace {

constexpr std::uint32_t nobody = ~0u;
/// Index of the CPU that is writing.
constinit std::atomic<std::uint32_t> owner{nobody};

/// Holds the console for one scope. A CPU that already holds it continues: it reports a failure in the middle
/// of a line.
class ConsoleLock {
public:
    explicit ConsoleLock(std::uint32_t cpu) : is_nested_{owner.load(std::memory_order_relaxed) == cpu} {
        if (is_nested_) return;
        for (auto seen = nobody; !owner.compare_exchange_weak(seen, cpu, std::memory_order_acquire);
             seen = nobody)
            machine::pause();
    }
    ~ConsoleLock() {
        if (!is_nested_) owner.store(nobody, std::memory_order_release);
    }
    ConsoleLock(ConsoleLock&&) = delete;

private:
    bool is_nested_;
};

void write_chunk(std::string_view text) {
    using Info = abi::IoioInfo;
    constexpr std::uint64_t data_segment = 3;
    constexpr auto rep_outsb = Info::String::mask | Info::Rep::mask | Info::Size8::mask |
                               Info::Address64::mask | Info::Segment::put(data_segment) |
                               Info::Port::put(abi::adyton::console_port);
    svsm::ghcb::write_buffer(0, std::as_bytes(std::span{text}));
    // A host that drops our output denies service; the SVSM has no other channel to report it.
    (void)svsm::ghcb::exchange(
        {.code = abi::NaeEvent::Ioio, .info_1 = rep_outsb, .info_2 = text.size(), .uses_buffer = true});
}

}  // namespace

void machine::console_write(std::string_view text) {
    const auto& cpu = svsm::cpu::this_cpu();
    if (!cpu.has_console) return;
    const ConsoleLock lock{cpu.index};
    while (!text.empty()) {
        const auto chunk = std::min<std::size_t>(text.size(), abi::ghcb_shared_buffer_bytes);
        write_chunk({text.data(), chunk});
        text.remove_prefix(chunk);
    }
}

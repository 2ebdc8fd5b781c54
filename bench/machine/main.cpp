// SPDX-License-Identifier: MIT
// What the machine itself costs: a program at VMPL0, in the SVSM's place, that repeats one thing. Which one and how
// often stands in the boot block where the name of a guest would be, like "cpuid:320". `adyton bench --machine` starts
// it with two numbers and takes the difference.
#include <algorithm>
#include <span>
#include <string_view>

#include "abi/snp/ghcb_msr.hpp"
#include "abi/x86/pc.hpp"
#include "base/format.hpp"
#include "bench/machine/cpu.hpp"
#include "bench/machine/host.hpp"

namespace bench {
namespace {

constexpr std::uint64_t rounds = 10;

/// Memory behind the image, mapped and not validated yet.
constinit std::uint64_t fresh_begin = 0;
constinit std::uint64_t known_page = 0;

using Action = void (*)(std::uint64_t number);

void do_rdmsr(std::uint64_t) { (void)read_msr(abi::Msr::Efer); }
void do_in(std::uint64_t) { (void)in8(abi::pc::Port::com1 + 5); }
void do_cpuid(std::uint64_t) { cpuid(0); }
void do_event(std::uint64_t) { event(abi::NaeEvent::HypervisorFeatures, 0); }
void do_msr(std::uint64_t) { (void)exchange(static_cast<std::uint64_t>(abi::GhcbInfo::FeaturesRequest)); }
void do_pvalidate(std::uint64_t) { (void)pvalidate(known_page, true); }  // it is valid: nothing changes
void do_touch(std::uint64_t number) {
    *reinterpret_cast<volatile std::uint8_t*>(fresh_begin + number * page_bytes) = 1;
}

struct Named {
    std::string_view name;
    Action act;
};
constexpr Named actions[] = {{"rdmsr", do_rdmsr}, {"in", do_in},   {"cpuid", do_cpuid},
                             {"event", do_event}, {"msr", do_msr}, {"pvalidate", do_pvalidate},
                             {"touch", do_touch}};

/// Ticks for one, of the quickest round.
std::uint64_t measure(Action act, std::uint64_t times) {
    const std::uint64_t in_round = times / rounds;
    std::uint64_t least = ~0ull, number = 0;
    for (std::uint64_t round = 0; round < rounds; ++round) {
        const std::uint64_t begin = read_tsc();
        for (std::uint64_t i = 0; i < in_round; ++i) act(number++);
        least = std::min(least, (read_tsc() - begin) / in_round);
    }
    return least;
}

std::uint64_t number_in(std::string_view text) {
    std::uint64_t value = 0;
    for (const char c : text)
        if (c >= '0' && c <= '9') value = 10 * value + static_cast<std::uint64_t>(c - '0');
    return value;
}

/// The pages to be touched, so that the touching itself is nothing else.
void prepare(const abi::adyton::BootBlock& block, std::uint64_t pages) {
    const std::uint64_t in_region = round_up(block.image_end_gpa - block.region_gpa, large_page_bytes);
    fresh_begin = abi::adyton::svsm_link_base + in_region;
    known_page = abi::adyton::svsm_link_base;
    for (std::uint64_t i = 0; i < pages; ++i)
        if (!take_page(fresh_begin + i * page_bytes)) end(4);
}

}  // namespace
}  // namespace bench

extern "C" [[noreturn]] void machine_bench(const abi::adyton::BootBlock& block) {
    using namespace bench;
    init(block);
    const std::string_view asked{block.guest_name.data()};
    const std::string_view name = asked.substr(0, asked.find(':'));
    const std::uint64_t times = number_in(asked);
    const auto* const found = std::ranges::find(actions, name, &Named::name);
    if (found == std::end(actions) || times < rounds) end(5);
    // In every run, whatever it measures and how often: its cost is not in the difference.
    constexpr std::uint64_t most_pages = 640;
    if (times > most_pages) end(6);
    prepare(block, most_pages);
    char line[80];
    say(base::format_to<std::string_view, std::uint64_t, std::uint64_t>(
        std::span{line}, "machine-bench: {} {} {}\n", name, times, measure(found->act, times)));
    end(0);
}

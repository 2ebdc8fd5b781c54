// SPDX-License-Identifier: MIT
// Caches, topology and extended states, and what of them is computed when a guest asks. [APM3 "CPUID
// Fn0000_000D", "CPUID Fn8000_001D", "CPUID Fn8000_001E"]
#include "snpemu/host/cpuid_leaves.hpp"

#include <algorithm>
#include <span>

#include "abi/x86/registers.hpp"
#include "base/bits.hpp"

namespace snpemu {
namespace {

constexpr std::uint32_t caches_function = 4, topology_function = 0xb, states_function = 0xd,
                        amd_caches_function = 0x8000'001d, amd_topology_function = 0x8000'001e;
/// Legacy area and header: what every XSAVE image has.
constexpr std::uint32_t least_bytes = 0x240;
constexpr std::uint64_t reset_xcr0 = 1;

struct Cache {
    using Type = Bits<4, 0>;  // EAX; 0: no more caches
    using Level = Bits<7, 5>;
    using SharedBy = Bits<25, 14>;    ///< threads, less one
    using CoresLess1 = Bits<31, 26>;  ///< function 4 only
};

void add(abi::CpuidPage& page, std::uint32_t function, std::uint32_t sub, CpuidValue v,
         std::uint64_t xcr0 = 0) {
    page.entries[page.count++] = {.eax_in = function,
                                  .ecx_in = sub,
                                  .xcr0_in = xcr0,
                                  .eax = v.eax,
                                  .ebx = v.ebx,
                                  .ecx = v.ecx,
                                  .edx = v.edx};
}

/// Bytes up to and including a state, and its size; both 0 when the page has no such state.
struct State {
    std::uint32_t end = 0, size = 0;
};
State find_state(const abi::CpuidPage& page, unsigned number) {
    const CpuidValue v = find_entry(page, states_function, number);
    return {v.eax + v.ebx, v.eax};
}
constexpr unsigned first_state = 2, last_state = 9;

}  // namespace

CpuidValue find_entry(const abi::CpuidPage& page, std::uint32_t function, std::uint32_t sub) {
    const std::span entries{page.entries.data(), std::min(page.count, abi::cpuid_page_max_entries)};
    for (const abi::CpuidEntry& e : entries)
        if (e.eax_in == function && e.ecx_in == sub) return {e.eax, e.ebx, e.ecx, e.edx};
    return {};
}

void add_cache_leaves(abi::CpuidPage& page, NativeCpuid native, unsigned cpu_count) {
    constexpr unsigned most_caches = 4, last_level = 3;
    for (const std::uint32_t function : {caches_function, amd_caches_function}) {
        for (std::uint32_t sub = 0; sub < most_caches; ++sub) {
            CpuidValue v = native(function, sub);
            if (Cache::Type::get(v.eax) == 0) break;
            const unsigned sharers = Cache::Level::get(v.eax) == last_level ? cpu_count : 1;
            v.eax = static_cast<std::uint32_t>(Cache::SharedBy::set(v.eax, sharers - 1));
            if (function == caches_function)
                v.eax =
                    static_cast<std::uint32_t>(Cache::CoresLess1::set(v.eax, std::min(cpu_count, 64u) - 1));
            add(page, function, sub, v);
        }
    }
}

void add_topology_leaves(abi::CpuidPage& page, unsigned cpu_count, unsigned apic_id_bits) {
    constexpr std::uint32_t thread_level = 1 << 8, core_level = 2 << 8;
    add(page, amd_topology_function, 0, {});
    add(page, topology_function, 0, {.eax = 0, .ebx = 1, .ecx = thread_level, .edx = 0});
    add(page, topology_function, 1, {.eax = apic_id_bits, .ebx = cpu_count, .ecx = core_level | 1, .edx = 0});
}

void add_xsave_leaves(abi::CpuidPage& page, NativeCpuid native) {
    constexpr auto known = static_cast<std::uint32_t>(abi::Xcr0::known);
    constexpr std::uint32_t xsaveopt = 1, xgetbv1 = 4, xsaves = 8;
    const CpuidValue states = native(states_function, 0), ways = native(states_function, 1);
    const std::uint32_t xcr0 = states.eax & known;
    const std::uint32_t place = page.count;
    add(page, states_function, 0, {.eax = xcr0, .ebx = least_bytes, .ecx = 0, .edx = 0}, reset_xcr0);
    add(page, states_function, 1,
        {.eax = (ways.eax & (xsaveopt | xgetbv1)) | xsaves, .ebx = least_bytes, .ecx = 0, .edx = 0},
        reset_xcr0);
    for (unsigned state = first_state; state <= last_state; ++state)
        if ((xcr0 >> state & 1) != 0) add(page, states_function, state, native(states_function, state));
    page.entries[place].ecx = standard_xsave_bytes(page, xcr0);
}

std::uint32_t standard_xsave_bytes(const abi::CpuidPage& page, std::uint64_t xcr0) {
    std::uint32_t bytes = least_bytes;
    for (unsigned state = first_state; state <= last_state; ++state)
        if ((xcr0 >> state & 1) != 0) bytes = std::max(bytes, find_state(page, state).end);
    return bytes;
}

std::uint32_t compacted_xsave_bytes(const abi::CpuidPage& page, std::uint64_t xcr0) {
    std::uint32_t bytes = least_bytes;
    for (unsigned state = first_state; state <= last_state; ++state)
        if ((xcr0 >> state & 1) != 0) bytes += find_state(page, state).size;
    return bytes;
}

}  // namespace snpemu

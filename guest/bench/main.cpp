// SPDX-License-Identifier: MIT
// The bench guest: known numbers of known calls on one vCPU; the machine counts what they cost at VMPL0.
#include "guest/lib/console.hpp"
#include "guest/lib/fatal.hpp"
#include "guest/lib/memory.hpp"
#include "guest/lib/start.hpp"
#include "guest/lib/svsm.hpp"
#include "guest/lib/vcpu.hpp"

using abi::Validity;
using guest::svsm::calling_area_list;

namespace {

constexpr unsigned queries = 1000, remaps = 100, short_lists = 50, long_lists = 2;
constexpr std::uint16_t long_list_entries = 510;  // what fits behind the calling area's first 8 bytes

void must(bool worked, std::string_view what) {
    if (!worked) guest::fatal(what);
}

void query_protocol() {
    for (unsigned i = 0; i < queries; ++i)
        must(guest::svsm::query_protocol(abi::core_protocol, 1).has_value(), "QUERY_PROTOCOL failed");
    guest::say("# {} QUERY_PROTOCOL", queries);
}

void remap_ca() {
    const Gpa areas[] = {guest::allocate_pages(), guest::this_vcpu().calling_area};
    for (unsigned i = 0; i < remaps; ++i)
        must(guest::svsm::remap_ca(areas[i % 2]).has_value(), "REMAP_CA failed");
    guest::say("# {} REMAP_CA", remaps);
}

/// Takes `entries` pages from `first` away and back again, `rounds` times.
void pvalidate(Gpa first, std::uint16_t entries, unsigned rounds) {
    for (unsigned round = 0; round < 2 * rounds; ++round) {
        const auto action = round % 2 == 0 ? Validity::Rescind : Validity::Validate;
        auto& list = calling_area_list();
        list.header = {entries, 0, 0};
        for (unsigned i = 0; i < entries; ++i)
            list.entries[i] = guest::svsm::pvalidate_entry(first + i * page_bytes, PageSize::Size4K, action);
        must(guest::svsm::pvalidate(guest::gpa_of(&list)).has_value(), "PVALIDATE failed");
        must(list.header.next == entries, "PVALIDATE stopped early");
    }
    guest::say("# {} PVALIDATE of {} pages, rescind and validate in turns", 2 * rounds, entries);
}

}  // namespace

std::uint8_t guest_main(const abi::adyton::GuestInfo&) {
    const auto block = guest::allocate_block();
    must(block.has_value(), "no 2 MiB of memory");
    query_protocol();
    remap_ca();
    pvalidate(*block, 1, short_lists);
    pvalidate(*block, long_list_entries, long_lists);
    return 0;
}

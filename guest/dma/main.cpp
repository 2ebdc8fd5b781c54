// SPDX-License-Identifier: MIT
// What a device reaches: pages that are shared, from the moment they become shared until they become private;
// nothing private of a guest, the SVSM, or the machine. [APM2 "RMP and VMPL Access Checks"]
#include <cstring>

#include "guest/dma/edu.hpp"
#include "guest/lib/check.hpp"
#include "guest/lib/console.hpp"
#include "guest/lib/memory.hpp"
#include "guest/lib/psc.hpp"
#include "guest/lib/start.hpp"
#include "guest/lib/svsm.hpp"
#include "guest/lib/vcpu.hpp"

namespace {

constexpr std::uint32_t size = 64;  // bytes of a transfer
constexpr std::uint64_t svsm_memory = 128ull << 20, machine_memory = 2ull << 20;

void fill(std::byte* at, std::uint8_t value) { std::memset(at, value, size); }
/// Read anew: a device wrote it.
bool holds(const std::byte* at, std::uint8_t value) {
    const auto* const bytes = reinterpret_cast<const volatile std::uint8_t*>(at);
    for (std::uint32_t i = 0; i < size; ++i)
        if (bytes[i] != value) return false;
    return true;
}
std::byte* private_view(Gpa page) { return guest::pointer_to<std::byte>(page); }

/// The guest's two shared pages: one that the device fetches from, one that it delivers to.
struct Pages {
    Gpa from = guest::allocate_pages(), to = guest::allocate_pages();
    bool are_shared = guest::make_shared(from) && guest::make_shared(to);
};
const Pages& pages() {
    static constinit bool made = false;
    static Pages* all = nullptr;
    alignas(Pages) static std::byte place[sizeof(Pages)];
    if (!made) all = new (place) Pages;
    made = true;
    return *all;
}

/// Fills the device's buffer with `value`, by way of a page that it may read.
void load_device(std::uint8_t value) {
    fill(guest::shared_view(pages().from), value);
    edu::fetch(pages().from, size);
}
/// Whether the device's buffer holds nothing but `value`.
bool device_holds(std::uint8_t value) {
    fill(guest::shared_view(pages().to), static_cast<std::uint8_t>(~value));
    edu::deliver(pages().to, size);
    return holds(guest::shared_view(pages().to), value);
}

}  // namespace

TEST("a device reads and writes shared pages") {
    CHECK(pages().are_shared);
    load_device(0x5a);
    CHECK(device_holds(0x5a));
}
TEST("a device does not write a private page") {
    const Gpa page = guest::allocate_pages();
    fill(private_view(page), 0x11);
    load_device(0x22);
    edu::deliver(page, size);
    CHECK(holds(private_view(page), 0x11));
}
TEST("a device does not read a private page") {
    const Gpa page = guest::allocate_pages();
    fill(private_view(page), 0x33);
    load_device(0x44);
    edu::fetch(page, size);
    CHECK(!device_holds(0x33));
}
TEST("a page that a device has used is closed when it becomes private, and open when it is shared again") {
    const Gpa page = guest::allocate_pages();
    for (unsigned round = 0; round < 3; ++round) {
        CHECK(guest::make_shared(page));
        load_device(0x55);
        edu::deliver(page, size);
        CHECK(holds(guest::shared_view(page), 0x55));
        CHECK(guest::make_private(page));
        fill(private_view(page), 0x66);
        edu::deliver(page, size);
        CHECK(holds(private_view(page), 0x66));
    }
}
TEST("a large page is open as a whole, and a small one of it can be closed") {
    const auto block = guest::allocate_block();
    CHECK(block.has_value());
    const Gpa last = *block + large_page_bytes - page_bytes;
    CHECK(guest::svsm::set_validity(*block, PageSize::Size2M, abi::Validity::Rescind));
    const guest::PscChange share[] = {{*block, PageSize::Size2M, abi::PscOperation::Shared}};
    CHECK(guest::change_page_states(share));
    load_device(0x77);
    edu::deliver(*block, size);
    edu::deliver(last, size);
    CHECK(holds(guest::shared_view(*block), 0x77) && holds(guest::shared_view(last), 0x77));
    CHECK(guest::make_private(*block));
    fill(private_view(*block), 0x88);
    load_device(0x99);
    edu::deliver(*block, size);
    edu::deliver(last, size);
    CHECK(holds(private_view(*block), 0x88) && holds(guest::shared_view(last), 0x99));
}
TEST("a transfer that begins in a shared page ends where the shared page does") {
    const Gpa first = guest::allocate_pages(2), second = first + page_bytes;
    CHECK(guest::make_shared(first));
    fill(private_view(second), 0xaa);
    load_device(0xbb);
    edu::deliver(second - size / 2, size);
    CHECK(holds(private_view(second), 0xaa));
}
TEST("the memory of SVSM and machine is closed to devices") {
    load_device(0xcc);
    for (const std::uint64_t place : {svsm_memory, svsm_memory + page_bytes, machine_memory})
        for (std::uint32_t page = 0; page < 4; ++page)
            edu::deliver(Gpa{place + page * page_bytes}, edu::most);
    // Both still work.
    CHECK(guest::svsm::query_protocol(0, 1).has_value());
    CHECK(device_holds(0xcc));
}

std::uint8_t guest_main(const abi::adyton::GuestInfo&) {
    guest::map_shared_view();
    if (!edu::find()) {
        guest::say("# dma: no device; run it with --device edu");
        return 1;
    }
    const unsigned failed = guest::run_checks();
    guest::say("# dma: {} of {} checks passed", guest::check_count() - failed, guest::check_count());
    return failed == 0 ? 0 : 1;
}

// SPDX-License-Identifier: MIT
// Asks the hypervisor to end the machine through the GHCB page, the way in which Linux also says which
// features of SEV_STATUS it cannot handle. [GHCB "Termination Request"]
#include "guest/lib/fatal.hpp"
#include "guest/lib/ghcb.hpp"
#include "guest/lib/start.hpp"

std::uint8_t guest_main(const abi::adyton::GuestInfo&) {
    constexpr std::uint64_t set = 0, code = 2, features = 0x24;
    (void)guest::ghcb::event(
        {.event = abi::NaeEvent::Terminate, .info1 = set | code << 4, .info2 = features});
    guest::fatal("the hypervisor came back from a termination request");
}

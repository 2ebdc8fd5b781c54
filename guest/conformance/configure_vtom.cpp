// SPDX-License-Identifier: MIT
// CONFIGURE_VTOM: the query, and a refusal that changes nothing. Vector 23.
#include "guest/conformance/calls.hpp"
#include "guest/conformance/platform.hpp"
#include "guest/conformance/suite.hpp"

using namespace conf;

namespace {

constexpr std::uint64_t query = 1, enable = 2;

Answer configure(std::uint64_t rcx, const Arguments& others = {}) {
    // In the query RCX, RDX and R8 are outputs; elsewhere nothing is.
    const bool asks = (rcx & query) != 0;
    return call(call_id(abi::CoreCall::ConfigureVtom), {rcx, others.rdx, others.r8, others.r9},
                {.rcx = asks, .rdx = asks, .r8 = asks});
}

bool is_supported() {
    const Answer answer = configure(query);
    return answer.result == result::success && (answer.rcx & 2) != 0;
}

}  // namespace

CONFORMS("configure_vtom.query", "SVSM_CORE_CONFIGURE_VTOM Call") {
    const Answer answer = configure(query);
    EXPECT_EQ(answer.result, result::success);
    if ((answer.rcx & 2) == 0) return;  // the other outputs mean nothing then
    EXPECT((answer.rcx >> 12 & 0xff) >= 12);
    EXPECT(answer.rdx <= answer.r8);
}

CHOOSES("configure_vtom.query-reserved-bits", "SVSM_CORE_CONFIGURE_VTOM Call") {
    for (unsigned bit = 1; bit < 64; ++bit) {
        row("bit", bit);
        EXPECT_EQ(call(call_id(abi::CoreCall::ConfigureVtom), {.rcx = query | 1ull << bit}).result,
                  result::invalid_parameter);
    }
}

CHOOSES("configure_vtom.reserved-bits", "SVSM_CORE_CONFIGURE_VTOM Call") {
    for (unsigned bit = 5; bit < 12; ++bit) {
        row("bit", bit);
        EXPECT_EQ(configure(1ull << bit).result, result::invalid_parameter);
        EXPECT_EQ(configure(enable | 1ull << bit).result, result::invalid_parameter);
    }
}

CHOOSES("configure_vtom.unsupported", "SVSM_CORE_CONFIGURE_VTOM Call") {
    if (is_supported()) return skip("this SVSM offers vTOM");
    for (const std::uint64_t rcx : {0ull, 2ull, 1ull << 32 | enable, 1ull << 32 | 0x1eull}) {
        row("RCX", rcx);
        // RIP, RSP and CR3 that must not be loaded: this vCPU would not come back.
        EXPECT_EQ(configure(rcx, {.rdx = 0x1000, .r8 = 0x2000, .r9 = 0x3000}).result,
                  result::invalid_request);
    }
    EXPECT(is_served());
}

CONFORMS("configure_vtom.bad-address", "SVSM_CORE_CONFIGURE_VTOM Call") {
    if (!is_supported()) return skip("this SVSM does not offer vTOM");
    const Answer limits = configure(query);
    EXPECT_EQ(configure(enable | (1ull << 12)).result, result::invalid_address);
    if (limits.rdx >= page_bytes)
        EXPECT_EQ(configure(enable | ((limits.rdx - page_bytes) & ~0xfffull)).result,
                  result::invalid_address);
}

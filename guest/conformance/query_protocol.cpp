// SPDX-License-Identifier: MIT
// QUERY_PROTOCOL: what is there, in which versions. Vector 6 of the project's list.
#include "guest/conformance/calls.hpp"
#include "guest/conformance/suite.hpp"

using namespace conf;

CONFORMS("query_protocol.core-version-1", "SVSM_CORE_QUERY_PROTOCOL Call") {
    const std::uint64_t versions = query_protocol(0, 1);
    EXPECT_EQ(versions & 0xffff'ffff, 1);  // the lowest
    EXPECT(versions >> 32 >= 1);
}

CONFORMS("query_protocol.core-other-versions", "SVSM_CORE_QUERY_PROTOCOL Call") {
    const std::uint64_t highest = query_protocol(0, 1) >> 32;
    for (const std::uint64_t version :
         {std::uint64_t{0}, highest + 1, std::uint64_t{0x8000'0000}, std::uint64_t{0xffff'ffff}}) {
        row("version", version);
        EXPECT_EQ(query_protocol(0, static_cast<std::uint32_t>(version)), 0);
    }
}

CONFORMS("query_protocol.unknown-protocols", "SVSM_CORE_QUERY_PROTOCOL Call") {
    for (const std::uint32_t protocol : {9u, 0x100u, 0x7fff'fff0u, 0xffff'ffffu}) {
        for (const std::uint32_t version : {0u, 1u, 2u, 0xffff'ffffu}) {
            row("RCX", std::uint64_t{protocol} << 32 | version);
            EXPECT_EQ(query_protocol(protocol, version), 0);
        }
    }
}

CONFORMS("query_protocol.agrees-with-calls", "SVSM_CORE_QUERY_PROTOCOL Call") {
    // The SVSM must answer for any protocol, known or not, and refuse the calls of an absent one.
    for (std::uint32_t protocol = 1; protocol < 9; ++protocol) {
        row("protocol", protocol);
        if (query_protocol(protocol, 1) != 0) continue;
        constexpr std::uint32_t no_such_call = 0xffff'fff0;
        EXPECT_EQ(call(call_id(protocol, no_such_call), {}).result, result::unsupported_protocol);
    }
}

CONFORMS("query_protocol.present-ones-know-their-calls", "Table 4: SVSM_ERR_UNSUPPORTED_CALL") {
    for (std::uint32_t protocol = 1; protocol < 9; ++protocol) {
        row("protocol", protocol);
        if (query_protocol(protocol, 1) == 0) continue;
        constexpr std::uint32_t no_such_call = 0xffff'fff0;
        EXPECT_EQ(call(call_id(protocol, no_such_call), {}).result, result::unsupported_call);
    }
}

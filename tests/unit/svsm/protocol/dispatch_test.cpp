// SPDX-License-Identifier: MIT
// Calls that are not served get the refusal with the reason.
#include "svsm/protocol/dispatch.hpp"

#include "tests/unit/svsm/world.hpp"

namespace svsm {
namespace {

class Dispatch : public World {};

TEST_F(Dispatch, an_unknown_protocol_is_unsupported) {
    for (const std::uint64_t protocol : {2ull, 3ull, 9ull, 0xffff'ffffull})
        EXPECT_EQ(call(0, {.rax = protocol << 32}).rax, code(SvsmError::UnsupportedProtocol)) << protocol;
}

TEST_F(Dispatch, an_unknown_call_is_unsupported) {
    for (const std::uint64_t number : {8ull, 9ull, 0xffull, 0xffff'ffffull})
        EXPECT_EQ(call(0, {.rax = number}).rax, code(SvsmError::UnsupportedCall)) << number;
}

TEST_F(Dispatch, a_refused_call_changes_no_register_but_rax) {
    const Registers in{0xff, 0x1111'1111'1111'1111, 2, 3, ~0ull};
    Registers expected = in;
    expected.rax = code(SvsmError::UnsupportedCall);
    EXPECT_EQ(call(0, in), expected);
}

}  // namespace
}  // namespace svsm

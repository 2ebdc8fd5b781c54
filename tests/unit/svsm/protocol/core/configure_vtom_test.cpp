// SPDX-License-Identifier: MIT
// SVSM_CORE_CONFIGURE_VTOM: not supported, and the answer says so.
#include "tests/unit/svsm/world.hpp"

namespace svsm {
namespace {

class ConfigureVtom : public World {
protected:
    Registers configure(std::uint64_t rcx) {
        return call(CoreCall::ConfigureVtom, {.rcx = rcx, .rdx = 2, .r8 = 3, .r9 = 4});
    }
};

TEST_F(ConfigureVtom, a_query_says_that_it_is_not_supported) {
    EXPECT_EQ(configure(1), (Registers{0, 0, 2, 3, 4}));
}

TEST_F(ConfigureVtom, a_query_with_reserved_bits_is_an_invalid_parameter) {
    for (unsigned bit = 1; bit < 64; ++bit) {
        const std::uint64_t rcx = 1ull << bit | 1;
        EXPECT_EQ(configure(rcx), (Registers{code(SvsmError::InvalidParameter), rcx, 2, 3, 4})) << bit;
    }
}

TEST_F(ConfigureVtom, to_configure_is_an_invalid_request) {
    for (const std::uint64_t rcx : Words{0, 0x2, 0x1e, 0x8000'0002, ~0xfe1ull})
        EXPECT_EQ(configure(rcx), (Registers{code(SvsmError::InvalidRequest), rcx, 2, 3, 4})) << rcx;
}

TEST_F(ConfigureVtom, to_configure_with_reserved_bits_is_an_invalid_parameter) {
    for (unsigned bit = 5; bit < 12; ++bit)
        EXPECT_EQ(configure(1ull << bit).rax, code(SvsmError::InvalidParameter)) << bit;
}

TEST_F(ConfigureVtom, changes_nothing_in_the_vmsa_but_the_answer) {
    request(0, {core_call(CoreCall::ConfigureVtom), 0x2, 0x1000, 0x2000, 0x3000});
    auto expected = m.peek<abi::Vmsa>(vmsa(0));
    serve(0);
    expected.rax = code(SvsmError::InvalidRequest);
    const auto after = m.peek<abi::Vmsa>(vmsa(0));
    EXPECT_EQ(std::memcmp(&after, &expected, sizeof after), 0);
}

}  // namespace
}  // namespace svsm

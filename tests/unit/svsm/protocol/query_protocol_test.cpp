// SPDX-License-Identifier: MIT
#include "tests/unit/svsm/world.hpp"

namespace svsm {
namespace {

class QueryProtocol : public World {
protected:
    std::uint64_t answer(std::uint64_t protocol, std::uint64_t version) {
        const Registers out = call(CoreCall::QueryProtocol, {.rcx = protocol << 32 | version});
        EXPECT_EQ(out.rax, abi::svsm_success);
        return out.rcx;
    }
};

TEST_F(QueryProtocol, core_is_offered_in_version_1) { EXPECT_EQ(answer(0, 1), 0x0000'0001'0000'0001u); }

TEST_F(QueryProtocol, other_versions_of_core_are_not) {
    for (const std::uint64_t version : {0ull, 2ull, 0x100ull, 0xffff'ffffull})
        EXPECT_EQ(answer(0, version), 0u);
}

TEST_F(QueryProtocol, attestation_is_offered_in_version_1) {
    EXPECT_EQ(answer(1, 1), 0x0000'0001'0000'0001u);
    EXPECT_EQ(answer(1, 0), 0u);
    EXPECT_EQ(answer(1, 2), 0u);
}

// linux-svsm indexes past the end of an array for the first protocol that it does not have.
TEST_F(QueryProtocol, no_other_protocol_is_offered) {
    for (const std::uint64_t protocol : {2ull, 3ull, 0x8000'0000ull, 0xffff'ffffull})
        EXPECT_EQ(answer(protocol, 1), 0u);
}

TEST_F(QueryProtocol, changes_only_rax_and_rcx) {
    const Registers out = call(CoreCall::QueryProtocol, {.rcx = 1, .rdx = 22, .r8 = 33, .r9 = 44});
    EXPECT_EQ(out, (Registers{0, 0x0000'0001'0000'0001, 22, 33, 44}));
}

}  // namespace
}  // namespace svsm

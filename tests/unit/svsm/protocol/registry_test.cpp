// SPDX-License-Identifier: MIT
// A protocol is a row: a second one here, that no image has, is served, refused and offered as the first is.
#include "svsm/protocol/registry.hpp"

#include "svsm/protocol/core/core.hpp"
#include "tests/unit/svsm/world.hpp"

namespace svsm {
namespace {

// ---- what a protocol of its own would bring along: a folder with this in it

namespace mirror {

enum class MirrorCall : std::uint32_t { Swap = 0, Level = 5 };
constexpr std::array calls{abi::SvsmCall{0, "swap"}, abi::SvsmCall{5, "level"}};
constexpr abi::SvsmProtocol specified{
    .number = 0x8000'0001, .min_version = 1, .max_version = 4, .name = "mirror", .calls = calls};

/// Every register that can carry a parameter comes back in another one.
Answer swap(const Call& call) { return {.rcx = call.r9, .rdx = call.r8, .r8 = call.rdx, .r9 = call.rcx}; }

Answer serve(Guest&, Vcpu& vcpu, const Call& call) {
    switch (static_cast<MirrorCall>(abi::CallId::Call::get(call.rax))) {
        case MirrorCall::Swap: return swap(call);
        case MirrorCall::Level: return {.rcx = static_cast<std::uint64_t>(call.vmpl), .rdx = vcpu.apic_id};
    }
    return to_answer(SvsmError::UnsupportedCall);
}

constexpr Protocol protocol{.specified = specified, .versions = {2, 3}, .serve = serve};

}  // namespace mirror

// ---- and the row

using Two = Registry<core::protocol, mirror::protocol>;
using One = Registry<core::protocol>;

constexpr std::uint64_t ask(std::uint32_t protocol, std::uint32_t version) {
    return abi::QueryProtocol::Protocol::put(protocol) | abi::QueryProtocol::Version::put(version);
}
constexpr std::uint32_t mirror_number = mirror::specified.number;

class RegistryTest : public World {
protected:
    Answer serve(std::uint32_t protocol, std::uint32_t number, const Registers& in = {}) {
        const Call call{.rax = abi::call_id(protocol, number),
                        .rcx = in.rcx,
                        .rdx = in.rdx,
                        .r8 = in.r8,
                        .r9 = in.r9,
                        .vmpl = Vmpl2,
                        .generation = 1,
                        .vmsa = vmsa(1)};
        return Two::serve(guest, guest.vcpus[1], call);
    }
};

TEST_F(RegistryTest, a_row_is_all_that_a_protocol_needs_to_be_served) {
    const Answer swapped = serve(mirror_number, 0, {.rcx = 1, .rdx = 2, .r8 = 3, .r9 = 4});
    EXPECT_EQ(swapped.result, abi::svsm_success);
    EXPECT_EQ(swapped.rcx, 4u);
    EXPECT_EQ(swapped.rdx, 3u);
    EXPECT_EQ(swapped.r8, 2u);
    EXPECT_EQ(swapped.r9, 1u);
    const Answer level = serve(mirror_number, 5);
    EXPECT_EQ(level.rcx, 2u);
    EXPECT_EQ(level.rdx, apic_ids[1]);
    EXPECT_FALSE(level.r8 || level.r9) << "registers that it does not give keep what the guest had";
}

TEST_F(RegistryTest, a_call_that_its_protocol_does_not_know_is_unsupported) {
    for (const std::uint32_t number : {1u, 4u, 6u, ~0u})
        EXPECT_EQ(serve(mirror_number, number).result, code(SvsmError::UnsupportedCall)) << number;
    EXPECT_EQ(serve(abi::core_protocol, 8).result, code(SvsmError::UnsupportedCall));
}

TEST_F(RegistryTest, a_protocol_without_a_row_is_unsupported) {
    for (const std::uint32_t protocol : {1u, 0x8000'0000u, 0x8000'0002u, ~0u})
        EXPECT_EQ(serve(protocol, 0).result, code(SvsmError::UnsupportedProtocol)) << protocol;
}

TEST_F(RegistryTest, the_rows_before_it_are_served_as_before) {
    const Answer vtom = serve(abi::core_protocol, 7, {.rcx = 1});
    EXPECT_EQ(vtom.result, abi::svsm_success);
    EXPECT_EQ(vtom.rcx, 0u);
}

TEST_F(RegistryTest, query_protocol_offers_what_has_a_row) {
    const Answer answer = serve(abi::core_protocol, 6, {.rcx = ask(mirror_number, 2)});
    EXPECT_EQ(answer.rcx, 0x0000'0003'0000'0002u);
    EXPECT_EQ(Two::query(ask(mirror_number, 3)), 0x0000'0003'0000'0002u);
    for (const std::uint32_t version : {0u, 1u, 4u, ~0u})
        EXPECT_EQ(Two::query(ask(mirror_number, version)), 0u) << "specified, but not served: " << version;
    EXPECT_EQ(Two::query(ask(abi::core_protocol, 1)), 0x0000'0001'0000'0001u);
    EXPECT_EQ(One::query(ask(mirror_number, 2)), 0u);
}

// The registry answers queries about every protocol: no row can answer it differently.
TEST_F(RegistryTest, query_protocol_is_no_call_of_the_core_rows) {
    const Call call{.rax = abi::call_id(abi::core_protocol, 6), .rcx = ask(abi::core_protocol, 1)};
    EXPECT_EQ(core::serve(guest, guest.vcpus[0], call).result, code(SvsmError::UnsupportedCall));
}

TEST_F(RegistryTest, what_is_served_must_be_specified) {
    static_assert(mirror::protocol.is_sound() && core::protocol.is_sound());
    static_assert(!Protocol{mirror::specified, {2, 5}, mirror::serve}.is_sound());
    static_assert(!Protocol{mirror::specified, {0, 1}, mirror::serve}.is_sound());
    static_assert(!Protocol{mirror::specified, {3, 2}, mirror::serve}.is_sound());
}

}  // namespace
}  // namespace svsm

// SPDX-License-Identifier: MIT
// The calling convention, seen through QUERY_PROTOCOL and through calls that do not exist.
#include "guest/demo/demo.hpp"
#include "guest/lib/check.hpp"

using abi::SvsmError;
using guest::svsm::call;
using guest::svsm::call_id;
using guest::svsm::query_protocol;
using guest::svsm::Registers;

namespace {

constexpr std::uint64_t code(SvsmError error) { return static_cast<std::uint64_t>(error); }
/// Registers that no call takes as arguments here: they must come back as they went in.
constexpr Registers with_ballast(std::uint64_t rax, std::uint64_t rcx) {
    return {rax, rcx, 0x1111'2222'3333'4444, 0x5555'6666'7777'8888, 0x9999'aaaa'bbbb'cccc};
}

}  // namespace

TEST("query_protocol offers the core protocol in version 1") {
    CHECK(query_protocol(abi::core_protocol, 1) == 0x0000'0001'0000'0001);
}

TEST("query_protocol answers 0 for versions and protocols that do not exist") {
    CHECK(query_protocol(abi::core_protocol, 0) == 0);
    CHECK(query_protocol(abi::core_protocol, 2) == 0);
    CHECK(query_protocol(0x7fff'fff0, 1) == 0);
    CHECK(query_protocol(0xffff'ffff, 1) == 0);
}

TEST("a call leaves every register alone that is not its output") {
    const auto request = with_ballast(call_id(abi::CoreCall::QueryProtocol), 1);
    auto expected = request;
    expected.rax = abi::svsm_success;
    expected.rcx = 0x0000'0001'0000'0001;
    CHECK(call(request) == expected);
}

TEST("an unknown protocol is refused") {
    for (const std::uint32_t protocol : {9u, 0x7fff'fff0u, 0x8000'0000u, 0xffff'ffffu}) {
        const auto request = with_ballast(call_id(protocol, 0), 0x1234);
        auto expected = request;
        expected.rax = code(SvsmError::UnsupportedProtocol);
        CHECK(call(request) == expected);
    }
}

TEST("an unknown call of the core protocol is refused") {
    for (const std::uint32_t number : {8u, 0xffu, 0x8000'0006u, 0xffff'ffffu}) {
        const auto request = with_ballast(call_id(abi::core_protocol, number), 0x1234);
        auto expected = request;
        expected.rax = code(SvsmError::UnsupportedCall);
        CHECK(call(request) == expected);
    }
}

TEST("without a pending call nothing is executed") {
    const auto request = with_ballast(call_id(abi::CoreCall::QueryProtocol), 1);
    const auto done = guest::svsm::exchange(request, 0);
    CHECK(done.ghcb_msr == guest::svsm::run_vmpl_done);
    CHECK(done.registers == request && done.pending == 0);
}

TEST("a reserved value of CALL_PENDING is refused") {
    for (const int pending : {2, 0x80, 0xff}) {
        const auto request = with_ballast(call_id(abi::CoreCall::QueryProtocol), 1);
        auto expected = request;
        expected.rax = code(SvsmError::InvalidFormat);
        CHECK(guest::svsm::exchange(request, static_cast<std::uint8_t>(pending)).registers == expected);
    }
}

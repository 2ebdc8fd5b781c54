// SPDX-License-Identifier: MIT
// The calling convention: what counts as a call, what the SVSM answers, what else may change.
#include <array>
#include <cstring>

#include "abi/snp/secrets.hpp"
#include "guest/conformance/memory.hpp"
#include "guest/conformance/platform.hpp"
#include "guest/conformance/suite.hpp"
#include "guest/lib/exception.hpp"

using namespace conf;

extern "C" void conformance_save_fpu(std::byte* to);
extern "C" void conformance_load_fpu(const std::byte* from);

namespace {

constexpr std::uint64_t question = 1, core_versions = 0x0000'0001'0000'0001;  // QUERY_PROTOCOL(0, 1)
Registers question_registers() { return ballast(call_id(abi::CoreCall::QueryProtocol), question); }

/// What a right answer leaves behind.
Registers answered(Registers registers) {
    registers.rax = result::success;
    registers.rcx = core_versions;
    return registers;
}

const abi::SecretsPage& secrets() { return at<const abi::SecretsPage>(platform::secrets_page()); }

}  // namespace

CONFORMS("discovery.secrets-page", "Table 1: Secrets Page") {
    EXPECT(secrets().svsm_size != 0);
    EXPECT_EQ(secrets().svsm_base % page_bytes, 0);
    EXPECT_EQ(secrets().svsm_size % page_bytes, 0);
    EXPECT_EQ(secrets().svsm_caa, platform::self().calling_area.value());
    EXPECT(secrets().svsm_max_version >= abi::core_protocol_version);
    EXPECT_EQ(secrets().svsm_guest_vmpl, platform::vmpl());
}

CONFORMS("discovery.keys-of-better-vmpls-wiped", "Table 1: Secrets Page") {
    // With VMPCK0 the guest could send messages to the firmware as the SVSM.
    for (unsigned vmpl = 0; vmpl < platform::vmpl(); ++vmpl) {
        row("VMPCK", vmpl);
        for (const auto byte : secrets().vmpck[vmpl]) EXPECT_EQ(byte, 0);
    }
}

CONFORMS("isolation.svsm-memory", "Memory") {
    const Gpa middle{svsm_first_page().value() + secrets().svsm_size / 2};
    for (const Gpa page : {svsm_first_page(), middle.page(), svsm_last_page()}) {
        row("page of the SVSM", page.value());
        EXPECT(!can_read(page) && !can_write(page));
    }
}

CONFORMS("call.msr-form", "Calling Convention") {
    const Exchange done = exchange(question_registers(), 1, Form::Msr);
    EXPECT(done.host_agreed);
    EXPECT_EQ(done.pending, 0);
    EXPECT_EQ(done.registers.rax, result::success);
    EXPECT(done.registers == answered(question_registers()));
}

CONFORMS("call.ghcb-form", "Calling Convention") {
    const Exchange done = exchange(question_registers(), 1, Form::GhcbPage);
    EXPECT(done.host_agreed);
    EXPECT_EQ(done.pending, 0);
    EXPECT_EQ(done.registers.rax, result::success);
    EXPECT(done.registers == answered(question_registers()));
}

CONFORMS("call.forms-alternate", "Calling Convention") {
    for (unsigned i = 0; i < 16; ++i) {
        row("call", i);
        const Exchange done = exchange(question_registers(), 1, i % 2 == 0 ? Form::Msr : Form::GhcbPage);
        EXPECT(done.host_agreed && done.pending == 0);
        EXPECT(done.registers == answered(question_registers()));
    }
}

CONFORMS("call.not-pending-is-no-call", "Calling Convention") {
    for (const Form form : {Form::Msr, Form::GhcbPage}) {
        row("form", static_cast<std::uint64_t>(form));
        const Exchange done = exchange(question_registers(), 0, form);
        EXPECT_EQ(done.pending, 0);
        EXPECT(done.registers == question_registers());
    }
    EXPECT(is_served());
}

CONFORMS("call.not-pending-has-no-effect", "Calling Convention") {
    const Gpa page = platform::take_pages();
    fill(page, page_bytes, 0x5a);
    List& list = new_list(1);
    list.entries[0] = page.value() | rescind;
    const Registers call = ballast(call_id(abi::CoreCall::Pvalidate), gpa_of(&list).value());
    EXPECT(exchange(call, 0).registers == call);
    EXPECT_EQ(list.header.next, 0);
    EXPECT(holds_only(page, page_bytes, 0x5a));
}

CHOOSES("call.reserved-pending-values", "Table 4: SVSM_ERR_INVALID_FORMAT") {
    for (unsigned pending = 2; pending < 256; ++pending) {
        row("CALL_PENDING", pending);
        Registers expected = question_registers();
        expected.rax = result::invalid_format;
        const Exchange done = exchange(question_registers(), static_cast<std::uint8_t>(pending));
        EXPECT_EQ(done.registers.rax, result::invalid_format);
        EXPECT_EQ(done.pending, 0);
        EXPECT(done.registers == expected);
    }
    EXPECT(is_served());
}

CONFORMS("call.reserved-pending-has-no-effect", "Table 4: SVSM_ERR_INVALID_FORMAT") {
    const Gpa page = platform::take_pages();
    List& list = new_list(1);
    list.entries[0] = page.value() | rescind;
    const Registers call = ballast(call_id(abi::CoreCall::Pvalidate), gpa_of(&list).value());
    EXPECT_EQ(exchange(call, 2).registers.rax, result::invalid_format);
    EXPECT_EQ(list.header.next, 0);
    EXPECT(can_write(page));
}

CONFORMS("call.other-exits-are-no-call", "Calling Convention") {
    // A guest cannot provoke a switch to VMPL0 that is not its own VMGEXIT for it. The nearest thing is
    // another VMGEXIT while a call is announced: the SVSM must not take it for a call.
    auto& area = at<abi::CallingArea>(platform::self().calling_area);
    area.call_pending = 1;
    const bool shared = platform::change_page_state(platform::take_pages(), abi::PscOperation::Private);
    EXPECT_EQ(area.call_pending, 1);
    area.call_pending = 0;
    EXPECT(shared);
}

CONFORMS("call.rest-of-the-area-is-the-guests", "Calling Area") {
    const Gpa area = platform::self().calling_area;
    fill(area + sizeof(abi::CallingArea), page_bytes - sizeof(abi::CallingArea), 0xc3);
    EXPECT(is_served());
    EXPECT(holds_only(area + sizeof(abi::CallingArea), page_bytes - sizeof(abi::CallingArea), 0xc3));
}

CONFORMS("call.reserved-bytes-not-judged", "Table 2: Calling Area") {
    auto& area = at<abi::CallingArea>(platform::self().calling_area);
    std::memset(area.reserved, 0xff, sizeof area.reserved);
    EXPECT(is_served());
    std::memset(area.reserved, 0, sizeof area.reserved);
}

CONFORMS("call.unknown-protocol", "Table 4: SVSM_ERR_UNSUPPORTED_PROTOCOL") {
    for (const std::uint32_t protocol : {9u, 0x100u, 0x7fff'fff0u, 0xffff'ffffu}) {
        for (const std::uint32_t number : {0u, 1u, 6u, 0xffff'ffffu}) {
            row("RAX", call_id(protocol, number));
            EXPECT_EQ(call(call_id(protocol, number), {.rcx = question}).result,
                      result::unsupported_protocol);
        }
    }
}

CONFORMS("call.unknown-call", "Table 4: SVSM_ERR_UNSUPPORTED_CALL") {
    for (const std::uint32_t number : {8u, 9u, 0xffu, 0x100u, 0x7fff'ffffu, 0x8000'0006u, 0xffff'ffffu}) {
        row("call", number);
        EXPECT_EQ(call(call_id(abi::core_protocol, number), {.rcx = question}).result,
                  result::unsupported_call);
    }
}

CONFORMS("call.fpu-state-survives", "Calling Convention") {
    alignas(16) static constinit std::array<std::byte, 512> pattern{}, own{}, after{};
    constexpr std::size_t registers_from = 160, registers_to = 416;  // XMM0 to XMM15
    conformance_save_fpu(own.data());
    pattern = own;
    for (std::size_t i = registers_from; i < registers_to; ++i) pattern[i] = static_cast<std::byte>(i * 7);
    conformance_load_fpu(pattern.data());
    const std::uint64_t done = pvalidate_one(platform::take_pages().value() | validate | ignore_cf);
    conformance_save_fpu(after.data());
    conformance_load_fpu(own.data());
    EXPECT_EQ(done, result::success);
    for (std::size_t i = registers_from; i < registers_to; ++i) {
        row("byte of the FXSAVE image", i);
        EXPECT_EQ(after[i], pattern[i]);
    }
}

CONFORMS("call.instructions-of-vmpl0", "Overview") {
    EXPECT(guest::probe_pvalidate(Va{platform::take_pages().value()}).has_value());
}

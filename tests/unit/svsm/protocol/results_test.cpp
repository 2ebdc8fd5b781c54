// SPDX-License-Identifier: MIT
// Each result code of the SVSM, and a call of the guest that gets it.
#include <string>

#include "tests/unit/reached.hpp"
#include "tests/unit/svsm/protocol/core/deposit_fixture.hpp"

namespace svsm {
namespace {

/// Empty for numbers that are no result; the compiler asks for a new one here.
std::string name_of(SvsmError error) {
    switch (error) {
        case SvsmError::Incomplete: return "Incomplete";
        case SvsmError::UnsupportedProtocol: return "UnsupportedProtocol";
        case SvsmError::UnsupportedCall: return "UnsupportedCall";
        case SvsmError::InvalidAddress: return "InvalidAddress";
        case SvsmError::InvalidFormat: return "InvalidFormat";
        case SvsmError::InvalidParameter: return "InvalidParameter";
        case SvsmError::InvalidRequest: return "InvalidRequest";
        case SvsmError::Busy: return "Busy";
        case SvsmError::FailInput: return "FailInput";
        case SvsmError::FailPermission: return "FailPermission";
        case SvsmError::FailInUse: return "FailInUse";
        case SvsmError::FailSizeMismatch: return "FailSizeMismatch";
        case SvsmError::PvalidateUnchanged: return "PvalidateUnchanged";
        case SvsmError::PvalidateUnknown: return "PvalidateUnknown";
    }
    return "";
}

/// What the guest reads in RAX, as the caller of a function would have it.
std::expected<void, SvsmError> read_result(std::uint64_t rax) {
    if (rax == abi::svsm_success) return {};
    return std::unexpected{static_cast<SvsmError>(rax)};
}

class Results : public DepositWorld {
protected:
    void row(const char* scene, std::uint64_t rax, std::optional<SvsmError> expected) {
        table.row(scene, read_result(rax), expected);
    }
    /// One rescind during which the CPU refuses RMPADJUST with `error`, and after which it does not.
    std::uint64_t rescind_refused_with(machine::RmpadjustError error) {
        m.rmpadjust_result = [error](Gpa) { return error; };
        const std::uint64_t rax = run({rescind(page_a)});
        m.rmpadjust_result = nullptr;
        return rax;
    }
    void call_in_a_wrong_way();
    void name_what_cannot_be();
    void let_the_cpu_refuse();

    Reached<SvsmError, std::string (*)(SvsmError)> table{name_of};
};

void Results::call_in_a_wrong_way() {
    constexpr auto none = std::nullopt;
    row("a query", call(CoreCall::QueryProtocol, {.rcx = 1}).rax, none);
    row("no such protocol", call(0, {.rax = 9ull << 32}).rax, SvsmError::UnsupportedProtocol);
    row("no such call", call(0, {.rax = 0xff}).rax, SvsmError::UnsupportedCall);
    request(0, {.rax = core_call(CoreCall::QueryProtocol)}, 2);
    serve(0);
    row("a pending byte of 2", registers(0).rax, SvsmError::InvalidFormat);
    row("vTOM", result_of(CoreCall::ConfigureVtom), SvsmError::InvalidRequest);
}

void Results::name_what_cannot_be() {
    row("a page of the SVSM", run({rescind(svsm_region.begin)}), SvsmError::InvalidAddress);
    row("half a page", result_of(CoreCall::RemapCa, page_a.value() + 8), SvsmError::InvalidParameter);
    row("a page twice", run({validate(page_a)}), SvsmError::PvalidateUnchanged);
    row("more than one call zeroes", run(std::vector(10, validate(large_page, large | ignoring))),
        SvsmError::Incomplete);
    EXPECT_EQ(run({rescind(large_page + 7 * page_bytes)}), abi::svsm_success);
    row("2 MiB without a page of theirs", run({rescind(large_page, large)}), SvsmError::FailSizeMismatch);
    m.set_in_use(vmsa(1), true);
    row("a VMSA that runs", result_of(CoreCall::DeleteVcpu, vmsa(1).value()), SvsmError::FailInUse);
    m.set_in_use(vmsa(1), false);
}

void Results::let_the_cpu_refuse() {
    using machine::RmpadjustError, machine::PvalidateError;
    row("permission", rescind_refused_with(RmpadjustError::FailPermission), SvsmError::FailPermission);
    row("input", rescind_refused_with(RmpadjustError::FailInput), SvsmError::FailInput);
    m.pvalidate_result = [](Gpa) { return PvalidateError::Unknown; };
    row("a result without a name", run({rescind(page_a)}), SvsmError::PvalidateUnknown);
    m.pvalidate_result = nullptr;
}

TEST_F(Results, each_is_given_to_some_call) {
    call_in_a_wrong_way();
    name_what_cannot_be();
    let_the_cpu_refuse();
    accept_far_region();
    use_up_the_table();
    row("no room in the books", result_of(CoreCall::RemapCa, far_page(0).value()), SvsmError::Busy);
    table.expect_all(0x8000'0000, 0x8000'1fff);
}

}  // namespace
}  // namespace svsm

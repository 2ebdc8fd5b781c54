// SPDX-License-Identifier: MIT
// Other protocols than the core and attestation, where an SVSM offers them. Vector 25.
#include "guest/conformance/memory.hpp"
#include "guest/conformance/platform.hpp"
#include "guest/conformance/suite.hpp"

using namespace conf;

namespace {
constexpr std::uint32_t vtpm = 2;
constexpr std::uint32_t vtpm_query = 0, vtpm_command = 1;
}  // namespace

CONFORMS("services.vtpm-query", "vTPM Protocol") {
    if (query_protocol(vtpm, 1) == 0) return skip("no vTPM protocol");
    const Answer answer = call(call_id(vtpm, vtpm_query), {}, {.rcx = true, .rdx = true});
    EXPECT_EQ(answer.result, result::success);
    EXPECT((answer.rcx & 0x100) != 0);
    EXPECT_EQ(answer.rdx, 0);
}

CONFORMS("services.vtpm-locality", "vTPM Protocol") {
    if (query_protocol(vtpm, 1) == 0) return skip("no vTPM protocol");
    const Gpa request = platform::take_pages();
    at<std::uint32_t>(request) = 8;     // TPM_SEND_COMMAND
    at<std::uint8_t>(request + 4) = 1;  // another locality than 0
    EXPECT_EQ(call(call_id(vtpm, vtpm_command), {.rcx = request.value()}).result, result::invalid_parameter);
}

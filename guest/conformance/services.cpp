// SPDX-License-Identifier: MIT
// Protocols beside the core, where an SVSM offers them. Vectors 24 and 25.
#include "guest/conformance/memory.hpp"
#include "guest/conformance/platform.hpp"
#include "guest/conformance/suite.hpp"

using namespace conf;

namespace {
constexpr std::uint32_t attestation = 1, vtpm = 2;
constexpr std::uint32_t attest_services = 0, vtpm_query = 0, vtpm_command = 1;
}  // namespace

CONFORMS("services.attestation-buffer-too-small", "Attestation Protocol") {
    if (query_protocol(attestation, 1) == 0) return skip("no attestation protocol");
    const Gpa request = platform::take_pages(3);
    auto* const words = &at<std::uint64_t>(request);
    words[0] = (request + page_bytes).value();      // report
    words[1] = 0;                                   // of no bytes
    words[2] = (request + 0x800).value();           // nonce
    words[3] = 64;                                  //
    words[4] = (request + 2 * page_bytes).value();  // manifest
    words[5] = page_bytes;                          //
    const Answer answer = call(call_id(attestation, attest_services), {.rcx = request.value()},
                               {.rcx = true, .rdx = true, .r8 = true});
    EXPECT_EQ(answer.result, result::invalid_parameter);
    EXPECT(answer.r8 != 0);
}

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

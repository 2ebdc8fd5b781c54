// SPDX-License-Identifier: MIT
// Protocol 1: a report of the AMD-SP about this guest, for VMPL0, over a nonce of the guest and what the SVSM says of
// its services. [SVSM "Attestation Protocol"]
#pragma once
#include "svsm/guest/guest.hpp"
#include "svsm/protocol/attest/manifest.hpp"
#include "svsm/protocol/protocol.hpp"

namespace svsm::attest {

/// SVSM_ATTEST_SERVICES: attests all `services`. Takes the call's RCX. The answer has the lengths of manifest (RCX),
/// certificates (RDX) and report (R8), with success and with InvalidParameter when a buffer is too small for one of
/// them. Other errors leave these registers: InvalidParameter and InvalidAddress of `read_services`, InvalidAddress also
/// for a buffer that is not the guest's, InvalidRequest when there is no report, for whatever reason. Never Busy:
/// Linux would repeat the call without end, with interrupts off.
[[nodiscard, gnu::noinline]] Answer attest_services(Guest& guest, Vcpu& caller, Gpa at, Services services);
/// SVSM_ATTEST_SINGLE_SERVICE: the same for one of `services`. InvalidParameter also for another GUID.
[[nodiscard, gnu::noinline]] Answer attest_single_service(Guest& guest, Vcpu& caller, Gpa at,
                                                          Services services);

/// Serves both calls for the guest's first level, which owns all of its memory. UnsupportedCall for other numbers,
/// InvalidRequest for levels below it (docs/adr/0067).
[[nodiscard, gnu::noinline]] Answer serve(Guest& guest, Vcpu& vcpu, const Call& call);

inline constexpr Protocol protocol{.specified = abi::svsm_attestation, .versions = {1, 1}, .serve = serve};

}  // namespace svsm::attest

// SPDX-License-Identifier: MIT
// What the AMD-SP says of this launch, held against what the image was built for. The host passes the policy on, so no
// measurement has it; the report does, and the host can neither read nor forge the message that brings it.
#pragma once
#include "abi/adyton/boot_block.hpp"
#include "abi/snp/attestation_report.hpp"
#include "svsm/result.hpp"

namespace svsm {

/// `report` is authentic, new, and says VMPL 0. PolicyDebug, PolicyPageMoves or PolicyLaxer when the launch gives the host
/// more than the image does: a right that the image withholds, or no duty where the image demands one, or a firmware that
/// may be older. TcbFloor when a part of the committed TCB, to which the host can return at any time, is older than the
/// image's floor, or the chip is of a generation whose TCB this SVSM cannot read.
[[nodiscard]] BootResult check_own_report(const abi::AttestationReport& report,
                                          const abi::adyton::BootBlock& block);

}  // namespace svsm

// SPDX-License-Identifier: MIT
// A guest's side of the attestation protocol: pages for everything that a call names.
#pragma once
#include "abi/svsm/attestation.hpp"
#include "guest/conformance/memory.hpp"

namespace conf {

/// Buffers as Linux has them: a page for the report, a page for the manifest, 16 KiB for certificates. There is one set,
/// in pages of the boot vCPU.
struct Attestation {
    Gpa request{}, nonce{}, report{}, manifest{}, certificates{};

    /// The structure in guest memory, which the next call names.
    [[nodiscard]] abi::AttestSingleService& asked() const { return at<abi::AttestSingleService>(request); }
    /// Fills structure, nonce and buffers anew: a call with them is in order.
    void reset() const;
    /// Results, all of them registers of the answer.
    [[nodiscard]] Answer services() const { return services(request); }
    [[nodiscard]] Answer single_service() const;
    /// SVSM_ATTEST_SERVICES with the structure at `where`.
    [[nodiscard]] static Answer services(Gpa where);
    /// The results of a refusal: no register but RAX changes.
    [[nodiscard]] std::uint64_t refusal() const;
    [[nodiscard]] std::uint64_t refusal_of_single_service() const;
    /// No byte of the buffers has changed since `reset`.
    [[nodiscard]] bool are_buffers_untouched() const;
};

/// Reset; its pages are taken at the first use.
[[nodiscard]] const Attestation& new_attestation();

}  // namespace conf

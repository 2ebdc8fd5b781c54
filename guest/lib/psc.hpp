// SPDX-License-Identifier: MIT
// Page state change: which pages belong to the hypervisor, which to the guest. [GHCB "Page State Change"]
#pragma once
#include <cstdint>
#include <span>

#include "abi/snp/ghcb.hpp"
#include "base/address.hpp"

namespace guest {

/// One 4 KiB page through the MSR protocol. Validity is another matter: rescind before Shared,
/// validate after Private.
[[nodiscard]] bool change_page_state(Gpa page, abi::PscOperation operation);

struct PscChange {
    Gpa page;
    PageSize size;
    abi::PscOperation operation;
};
/// Many pages through the GHCB page, at most abi::psc_max_entries; re-issued until the host has
/// done them all.
[[nodiscard]] bool change_page_states(std::span<const PscChange> changes);

/// Rescinds the page through the SVSM and gives it to the hypervisor; read and write
/// it through shared_view().
[[nodiscard]] bool make_shared(Gpa page);
/// Takes the page back and has the SVSM validate it; its contents are zero then.
[[nodiscard]] bool make_private(Gpa page);

}  // namespace guest

// SPDX-License-Identifier: MIT
// Page state changes by the list: collects them and hands them over, many at a time. [GHCB "SNP Page State
// Change"]
#pragma once
#include "abi/snp/ghcb.hpp"
#include "base/address.hpp"
#include "base/fixed_vector.hpp"
#include "svsm/result.hpp"

namespace svsm::ghcb {

/// The entries stay here, in private memory: what the host writes back into the shared list is never looked
/// at, or it could choose which pages we believe to be private.
class PageStateList {
public:
    /// Adds one page; a full list is handed over first.
    [[nodiscard]] BootResult add(Gpa page, PageSize size, abi::PscOperation operation);
    /// Hands over what is left. On error the state of the listed pages is unknown and the boot is over.
    [[nodiscard]] BootResult flush();

private:
    FixedVector<std::uint64_t, abi::psc_max_entries> entries_;
};

}  // namespace svsm::ghcb

// SPDX-License-Identifier: MIT
// Page state changes in lists: collects them and hands many at a time to the hypervisor.
// [GHCB "SNP Page State Change"]
#pragma once
#include "abi/snp/ghcb.hpp"
#include "base/address.hpp"
#include "base/fixed_vector.hpp"
#include "svsm/result.hpp"

namespace svsm::ghcb {

/// The entries stay here, in private memory. The SVSM never reads the entries that the host writes back into
/// the shared list: the host could otherwise choose which pages the SVSM takes for private.
class PageStateList {
public:
    /// Adds one page, after a `flush` if the list is full.
    [[nodiscard]] BootResult add(Gpa page, PageSize size, abi::PscOperation operation);
    /// Hands over the entries collected so far. On error the state of the listed pages is unknown and
    /// the boot ends.
    [[nodiscard]] BootResult flush();

private:
    FixedVector<std::uint64_t, abi::psc_max_entries> entries_;
};

}  // namespace svsm::ghcb

// SPDX-License-Identifier: MIT
// The clock that all VMSAs of a guest share.
#pragma once
#include "abi/snp/vmsa.hpp"

namespace svsm {

/// GUEST_TSC_SCALE and GUEST_TSC_OFFSET. Without Secure TSC the CPU does not look at them.
struct Clock {
    std::uint64_t scale = 0, offset = 0;
    void put_into(abi::Vmsa& vmsa) const {
        vmsa.tsc_scale = scale;
        vmsa.tsc_offset = offset;
    }
};

}  // namespace svsm

// SPDX-License-Identifier: MIT
// SVSM_CORE_CONFIGURE_VTOM. SEV_FEATURES with vTOM are refused at the boot and in every VMSA, so there is
// none.
#include "abi/svsm/core.hpp"
#include "svsm/protocol/core/core.hpp"

namespace svsm::core {

std::expected<std::uint64_t, SvsmError> configure_vtom(std::uint64_t rcx) {
    using V = abi::ConfigureVtom;
    constexpr std::uint64_t not_supported = 0;
    const bool is_query = V::Query::test(rcx);
    // Reserved bits first: a guest that sets them must not learn to rely on them being ignored.
    if (is_query ? V::QueryReserved::test(rcx) : V::ConfigureReserved::test(rcx))
        return std::unexpected{SvsmError::InvalidParameter};
    if (is_query) return not_supported;
    return std::unexpected{SvsmError::InvalidRequest};
}

}  // namespace svsm::core

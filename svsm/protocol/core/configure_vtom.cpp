// SPDX-License-Identifier: MIT
// SVSM_CORE_CONFIGURE_VTOM. There is no vTOM: the SVSM refuses SEV_FEATURES with it, at the boot and
// in every VMSA.
#include "abi/svsm/core.hpp"
#include "svsm/protocol/core/core.hpp"

namespace svsm::core {

std::expected<std::uint64_t, SvsmError> configure_vtom(std::uint64_t rcx) {
    using V = abi::ConfigureVtom;
    constexpr std::uint64_t not_supported = 0;
    const bool is_query = V::Query::test(rcx);
    // Reserved bits are checked first, so that no guest comes to rely on the SVSM ignoring them.
    if (is_query ? V::QueryReserved::test(rcx) : V::ConfigureReserved::test(rcx))
        return std::unexpected{SvsmError::InvalidParameter};
    if (is_query) return not_supported;
    return std::unexpected{SvsmError::InvalidRequest};
}

}  // namespace svsm::core

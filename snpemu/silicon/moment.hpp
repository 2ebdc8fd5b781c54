// SPDX-License-Identifier: MIT
// The moments at which a host may act while its guest works on a page.
#pragma once
#include <cstdint>

#include "abi/snp/rmp.hpp"

namespace snpemu::silicon {

/// The guest's action on a page, about to happen or just done.
enum class Moment : std::uint8_t {
    Validates,
    Rescinds,
    MakesVmsa,  ///< an RMPADJUST that asks for a VMSA
    Adjusts,    ///< any other RMPADJUST: rights are granted or revoked
    Touches,    ///< a load or store that found no translation
};

/// The moment of an RMPADJUST with this RDX.
constexpr Moment moment_of_rmpadjust(std::uint64_t attributes) {
    return abi::RmpAttributes::IsVmsa::test(attributes) ? Moment::MakesVmsa : Moment::Adjusts;
}

}  // namespace snpemu::silicon

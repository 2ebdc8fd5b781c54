// SPDX-License-Identifier: MIT
// What a host that conspires with its guest does to one page of it, before and after each thing that VMPL0
// does to that page. The table alone; host/conspiracy.cpp carries it out.
#pragma once
#include <cstdint>

#include "abi/adyton/adversary.hpp"
#include "snpemu/silicon/moment.hpp"

namespace snpemu {

using silicon::Moment;

enum class Trick : std::uint8_t {
    None,
    ShowFirst,   ///< the system page that was behind the address when the conspiracy began
    ShowSecond,  ///< the one that was bound to it then
    Fault,       ///< #VC "page not validated", and nothing is done
};

struct Tricks {
    Trick before = Trick::None, after = Trick::None;
    friend constexpr bool operator==(const Tricks&, const Tricks&) = default;
};

constexpr bool conspires(abi::adyton::Adversary who) {
    using enum abi::adyton::Adversary;
    return who == TwoPages || who == SwapWhileZeroing || who == HidesWhileZeroing ||
           who == FaultsWhileZeroing || who == FaultsWhileRevoking;
}

/// The second page was the SVSM's, and the guest is not to read what is in it.
constexpr bool exposes_svsm_page(abi::adyton::Adversary who) {
    using enum abi::adyton::Adversary;
    return who == SwapWhileZeroing || who == HidesWhileZeroing || who == FaultsWhileZeroing;
}

constexpr Tricks tricks_of(abi::adyton::Adversary who, Moment moment) {
    using enum abi::adyton::Adversary;
    switch (who) {
        case TwoPages:
            // One page was judged, the other becomes the VMSA.
            if (moment == Moment::MakesVmsa) return {.before = Trick::ShowFirst};
            return {};
        case SwapWhileZeroing:
            if (moment == Moment::Validates) return {.before = Trick::ShowSecond, .after = Trick::ShowFirst};
            if (moment == Moment::Adjusts) return {.before = Trick::ShowSecond};
            return {};
        case HidesWhileZeroing:
            // The first was rescinded: zeroing it faults, and so would whatever undoes the validation.
            if (moment == Moment::Validates) return {.before = Trick::ShowSecond, .after = Trick::ShowFirst};
            return {};
        case FaultsWhileZeroing:
            // Shown anew: whoever touches it next must find no translation.
            if (moment == Moment::Validates) return {.before = Trick::None, .after = Trick::ShowSecond};
            return {.before = Trick::Fault};
        case FaultsWhileRevoking:
            if (moment == Moment::Adjusts) return {.before = Trick::Fault};
            return {};
        default: return {};
    }
}

}  // namespace snpemu

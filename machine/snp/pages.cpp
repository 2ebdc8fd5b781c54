// SPDX-License-Identifier: MIT
// The two instructions with which VMPL0 rules over pages.
#include "machine/machine.hpp"
#include "machine/snp/fault_table.hpp"

namespace {

constexpr std::expected<void, PvalidateError> decode_pvalidate(std::uint32_t eax, bool carry) {
    switch (eax) {
        case 0: break;
        case 1: return std::unexpected{PvalidateError::FailInput};
        case 6: return std::unexpected{PvalidateError::FailSizeMismatch};
        default: return std::unexpected{PvalidateError::Unknown};
    }
    if (carry) return std::unexpected{PvalidateError::Unchanged};
    return {};
}
static_assert(decode_pvalidate(0, false) && decode_pvalidate(0, true).error() == PvalidateError::Unchanged);
static_assert(decode_pvalidate(6, true).error() == PvalidateError::FailSizeMismatch);

constexpr std::expected<void, RmpadjustError> decode_rmpadjust(std::uint32_t eax) {
    switch (eax) {
        case 0: return {};
        case 1:
        case 2:
        case 3:
        case 6: return std::unexpected{RmpadjustError{eax}};
        default: return std::unexpected{RmpadjustError::Unknown};
    }
}
static_assert(decode_rmpadjust(0) && decode_rmpadjust(2).error() == RmpadjustError::FailPermission);

}  // namespace

std::expected<void, PvalidateError> machine::pvalidate(Va page, PageSize size, abi::Validity wanted) {
    std::uint32_t eax = 0;
    bool carry = false;
    asm goto("1: pvalidate" ADYTON_ON_FAULT
             : "=a"(eax), "=@ccc"(carry)
             : "a"(page.value()), "c"(size), "d"(wanted)
             : "memory"
             : fault);
    return decode_pvalidate(eax, carry);
fault:
    return std::unexpected{PvalidateError::Fault};
}

std::expected<void, RmpadjustError> machine::rmpadjust(Va page, PageSize size, std::uint64_t attributes) {
    std::uint32_t eax = 0;
    asm goto("1: rmpadjust" ADYTON_ON_FAULT
             : "=a"(eax)
             : "a"(page.value()), "c"(static_cast<std::uint64_t>(size)), "d"(attributes)
             : "memory", "cc"
             : fault);
    return decode_rmpadjust(eax);
fault:
    return std::unexpected{RmpadjustError::Fault};
}

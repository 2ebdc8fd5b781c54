// SPDX-License-Identifier: MIT
// The two instructions with which VMPL0 controls pages.
#include "machine/machine.hpp"
#include "machine/snp/fault_table.hpp"

namespace {

/// Cold, so that the long way of naming an error stays out of loops over pages.
[[gnu::cold]] constexpr machine::PvalidateError pvalidate_error(std::uint32_t eax) {
    switch (eax) {
        case 1: return machine::PvalidateError::FailInput;
        case 6: return machine::PvalidateError::FailSizeMismatch;
        default: return machine::PvalidateError::Unknown;
    }
}
[[gnu::cold]] constexpr machine::RmpadjustError rmpadjust_error(std::uint32_t eax) {
    switch (eax) {
        case 1:
        case 2:
        case 3:
        case 6: return machine::RmpadjustError{eax};
        default: return machine::RmpadjustError::Unknown;
    }
}
constexpr std::expected<void, machine::RmpadjustError> decode_rmpadjust(std::uint32_t eax) {
    if (eax != 0) [[unlikely]]
        return std::unexpected{rmpadjust_error(eax)};
    return {};
}
static_assert(decode_rmpadjust(0) && decode_rmpadjust(2).error() == machine::RmpadjustError::FailPermission);

}  // namespace

std::expected<void, machine::PvalidateError> machine::pvalidate(Va page, PageSize size,
                                                                abi::Validity wanted) {
    std::uint32_t eax = 0;
    asm goto("1: pvalidate\n jc %l[carry]" ADYTON_ON_FAULT
             : "=a"(eax)
             : "a"(page.value()), "c"(size), "d"(wanted)
             : "memory", "cc"
             : fault, carry);
    if (eax != 0) [[unlikely]]
        return std::unexpected{pvalidate_error(eax)};
    return {};
carry:
    // The flag means something only beside EAX 0. [APM3 "PVALIDATE"]
    return std::unexpected{eax == 0 ? machine::PvalidateError::Unchanged : pvalidate_error(eax)};
fault:
    return std::unexpected{machine::PvalidateError::Fault};
}

std::expected<void, machine::RmpadjustError> machine::rmpadjust(Va page, PageSize size,
                                                                std::uint64_t attributes) {
    std::uint32_t eax = 0;
    asm goto("1: rmpadjust" ADYTON_ON_FAULT
             : "=a"(eax)
             : "a"(page.value()), "c"(static_cast<std::uint64_t>(size)), "d"(attributes)
             : "memory", "cc"
             : fault);
    return decode_rmpadjust(eax);
fault:
    return std::unexpected{machine::RmpadjustError::Fault};
}

// SPDX-License-Identifier: MIT
#include "snpemu/host/launch_request.hpp"

namespace snpemu {

std::uint64_t policy_of(const igvm::File& file) {
    // QEMU's loader asks for it when the image names none: no debugging, SMT allowed.
    std::uint64_t policy = 0x3'0000;
    file.for_each([&](const igvm::Directive& directive) {
        if (const auto* named = std::get_if<igvm::GuestPolicy>(&directive)) policy = named->policy;
        return true;
    });
    return policy;
}

psp::PageType type_of(const igvm::PageData& page) {
    using abi::igvm::PageDataType;
    switch (page.type) {
        case PageDataType::Secrets: return psp::PageType::Secrets;
        case PageDataType::CpuidData:
        case PageDataType::CpuidXf: return psp::PageType::Cpuid;
        case PageDataType::Normal: break;
    }
    if (page.unmeasured) return psp::PageType::Unmeasured;
    return page.data ? psp::PageType::Normal : psp::PageType::Zero;
}

}  // namespace snpemu

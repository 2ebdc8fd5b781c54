// SPDX-License-Identifier: MIT
#include "model/psp/digest.hpp"

#include <span>

namespace model::psp {

void LaunchDigest::add(PageType type, Gpa gpa, Bytes page, LowerRights lower) {
    abi::PageInfo info{.digest_current = value_,
                       .contents = {},
                       .length = sizeof(abi::PageInfo),
                       .page_type = static_cast<std::uint8_t>(type),
                       .imi_page = 0,
                       .reserved = 0,
                       .vmpl1_permissions = lower.vmpl1,
                       .vmpl2_permissions = lower.vmpl2,
                       .vmpl3_permissions = lower.vmpl3,
                       .gpa = gpa.value()};
    if (has_measured_contents(type)) {
        // A shorter page would have the digest of another image.
        if (page.size() != page_bytes) __builtin_trap();
        info.contents = sha384_(page);
    }
    value_ = sha384_(std::as_bytes(std::span{&info, 1}));
    ++pages_;
}

}  // namespace model::psp

// SPDX-License-Identifier: MIT
// The launch digest: a chain of hashes, one link a page, that the AMD-SP extends with each LAUNCH_UPDATE and reports as
// MEASUREMENT. [SNP-ABI "Launch Digest"]
#pragma once
#include "abi/snp/page_info.hpp"
#include "base/address.hpp"
#include "base/bytes.hpp"
#include "model/psp/ciphers.hpp"
#include "model/psp/launch.hpp"

namespace model::psp {

/// Whether the contents of such a page are part of the digest; its type and address always are.
[[nodiscard]] constexpr bool has_measured_contents(PageType type) {
    return type == PageType::Normal || type == PageType::Vmsa;
}

/// Pages count in the order of the commands: the same pages in another order have another digest. A page of 2 MiB is
/// 512 pages of 4 KiB, lowest first.
class LaunchDigest {
public:
    explicit LaunchDigest(Sha384Of sha384) : sha384_{sha384} {}
    /// One page of 4 KiB at `gpa`, with the rights that the host gave VMPL1 to 3. `page` is all of it where the contents
    /// are measured, and counts for nothing otherwise. Traps when a measured page is not 4096 bytes long.
    void add(PageType type, Gpa gpa, Bytes page = {}, LowerRights lower = {});
    /// Zeros before the first page.
    [[nodiscard]] const abi::Sha384& value() const { return value_; }
    /// Pages so far.
    [[nodiscard]] std::uint64_t pages() const { return pages_; }

private:
    Sha384Of sha384_;
    abi::Sha384 value_{};
    std::uint64_t pages_ = 0;
};

}  // namespace model::psp

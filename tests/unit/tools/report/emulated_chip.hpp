// SPDX-License-Identifier: MIT
// The emulated chips of the machine, as files of snpemu/chip: what their AMD-SP signs with, and what it says of them.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "tests/unit/tools/report/scene.hpp"

namespace tools::attestation {

/// In all four TCB fields of its reports. [snpemu/chip/README.md]
[[nodiscard]] abi::TcbVersion emulated_tcb(Product product);
[[nodiscard]] Buffer emulated_chip_id(Product product);

/// What a guest asks the AMD-SP of an emulated chip for, and how it was launched.
struct Asked {
    Product product = Product::Genoa;
    std::uint32_t version = 3, vmpl = 0;
    bool has_id_block = false;  ///< signed by an ID key, which an author key signed
};
/// The report before it is signed, as the AMD-SP of that chip fills it in.
[[nodiscard]] Raw emulated_report(const Asked& asked);

/// Chips, versions, with and without an ID block, VMPL0 and 1: each with each.
[[nodiscard]] std::vector<Asked> matrix();
/// "Genoa_version_3_at_vmpl0_with_an_id_block"
[[nodiscard]] std::string name_of(const Asked& asked);

class ChipFolder {
public:
    explicit ChipFolder(Product product);

    [[nodiscard]] Buffer file(const std::string& name) const;
    [[nodiscard]] Certificates certificates() const;
    [[nodiscard]] crypto::SigningKey key() const;
    /// The SEC1 structure that is in vcek.key.
    [[nodiscard]] Buffer key_der() const;

private:
    std::filesystem::path folder_;
};

}  // namespace tools::attestation

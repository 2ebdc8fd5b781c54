// SPDX-License-Identifier: MIT
// Writes an IGVM file: directives in the order they are added, then the data they point to.
// [IGVM "igvm_defs"]
#pragma once
#include <vector>

#include "abi/igvm/format.hpp"
#include "base/address.hpp"
#include "base/bytes.hpp"
#include "tools/image/memory.hpp"

namespace tools::image {

class IgvmWriter {
public:
    /// Bit of the one platform we describe.
    static constexpr std::uint32_t snp_mask = 1;

    void snp_platform();
    void guest_policy(std::uint64_t policy);
    void parameter_area(std::uint32_t index, std::uint64_t bytes);
    void parameter(abi::igvm::Type type, abi::igvm::Parameter where);
    void parameter_insert(std::uint32_t index, Gpa gpa);
    void required_memory(GpaRange range);
    void page(const Page& page);
    void vp_context(Gpa gpa, Bytes vmsa);

    /// The complete file with its checksum.
    [[nodiscard]] Buffer finish() const;

private:
    void add(abi::igvm::Type type, Bytes payload);
    void add_with_data(abi::igvm::Type type, Bytes payload, std::size_t offset_field, Bytes data);
    Buffer headers_, data_;
    std::vector<std::size_t>
        offsets_;  ///< places in headers_ that hold a file offset, counted from the data so far
};

}  // namespace tools::image

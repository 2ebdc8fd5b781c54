// SPDX-License-Identifier: MIT
// Writes an IGVM file for SEV-SNP: directives in the order they are added, then the data they point to.
// Hosted programs only. [IGVM "igvm_defs"]
#pragma once
#include <expected>
#include <vector>

#include "igvm/directive.hpp"
#include "igvm/error.hpp"

namespace igvm {

class Writer {
public:
    /// Bit of the one platform that the file describes.
    static constexpr std::uint32_t snp_mask = 1;

    /// Begins with the header of that platform.
    Writer();
    /// Copies the data. `finish` reports what the file cannot express.
    void add(const Directive& directive);

    /// The complete file with its checksum, as the reader accepts it. Errors: any of `File::open`, and
    /// FileTooLarge, RequiredTooLarge, NotOnePage. The writer stays as it is and takes further directives.
    [[nodiscard]] std::expected<std::vector<std::byte>, Error> finish() const;

private:
    void put(const PageData& page);
    void put(const VpContext& context);
    void put(const ParameterArea& area);
    void put(const ParameterInsert& insert);
    void put(const VpCount& count);
    void put(const Madt& madt);
    void put(const MemoryMap& map);
    void put(const DeviceTree& tree);
    void put(const EnvironmentInfo& info);
    void put(const RequiredMemory& required);
    void put(const GuestPolicy& policy);

    void append_header(abi::igvm::Type type, Bytes payload);
    void append_with_data(abi::igvm::Type type, Bytes payload, std::size_t offset_field, Bytes data);
    void note(Error error);

    std::vector<std::byte> headers_, data_;
    std::vector<std::size_t> offsets_;  ///< places in headers_ that hold a file offset, from the data's start
    std::expected<void, Error> state_;  ///< the first thing that the format cannot express
};

/// Where the parts of a file lie, in bytes from its start.
struct FileLayout {
    std::uint32_t data_offset, total_bytes;
};
/// FileTooLarge when an offset would not fit into its field.
[[nodiscard]] std::expected<FileLayout, Error> lay_out(std::uint64_t header_bytes, std::uint64_t data_bytes);

}  // namespace igvm

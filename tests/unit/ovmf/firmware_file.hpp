// SPDX-License-Identifier: MIT
// Firmware files put together part by part, sound ones and others.
#pragma once
#include <cstring>
#include <span>
#include <vector>

#include "abi/ovmf/metadata.hpp"
#include "base/bytes.hpp"

namespace ovmf {

class FirmwareFile {
public:
    struct Block {
        abi::ovmf::Guid name;
        std::vector<std::uint32_t> data;
        std::uint16_t bytes = 0;  ///< 0: what fits the data
    };
    using Type = abi::ovmf::SectionType;

    /// As Debian's OVMF of 2026 has it, in a file of two pages: an AP's start, hashes, metadata.
    FirmwareFile() {
        sections = {{0x80'0000, 0x9000, 1},  {0x80'a000, 0x3000, 1}, {0x80'd000, 0x1000, 2},
                    {0x80'e000, 0x1000, 3},  {0x80'f000, 0x1000, 4}, {0x81'0000, 0x1000, 0x10},
                    {0x81'1000, 0x1'f000, 1}};
        blocks = {{abi::ovmf::sev_metadata_block, {distance}},
                  {abi::ovmf::hash_table_block, {0x81'0c00, 0x400}},
                  {abi::ovmf::es_reset_block, {0x0080'b004}}};
    }

    [[nodiscard]] std::vector<std::byte> bytes() const {
        std::vector<std::byte> file(size);
        for (std::size_t i = 0; i < file.size(); ++i) file[i] = static_cast<std::byte>(i * 7 + 1);
        put_metadata(file);
        put_table(file);
        return file;
    }

    std::uint32_t distance = 0x400;  ///< of the metadata from the file's end
    std::size_t size = 0x2000;
    std::vector<abi::ovmf::SevSection> sections;
    std::vector<Block> blocks;  ///< from the file's end to its beginning
    abi::ovmf::SevMetadata head{abi::ovmf::sev_metadata_magic, 0, 1, 0};
    std::uint16_t table_bytes = 0;  ///< 0: what fits the blocks
    abi::ovmf::Guid footer = abi::ovmf::table_footer;

private:
    template <class T>
    static void put(std::vector<std::byte>& file, std::size_t at, const T& value) {
        std::memcpy(&file[at], &value, sizeof value);
    }
    void put_metadata(std::vector<std::byte>& file) const {
        abi::ovmf::SevMetadata whole = head;
        if (whole.sections == 0) whole.sections = static_cast<std::uint32_t>(sections.size());
        if (whole.bytes == 0)
            whole.bytes = static_cast<std::uint32_t>(sizeof whole + sections.size() * sizeof sections[0]);
        const std::size_t at = file.size() - distance;
        put(file, at, whole);
        for (std::size_t i = 0; i < sections.size(); ++i)
            put(file, at + sizeof whole + i * sizeof sections[0], sections[i]);
    }
    void put_table(std::vector<std::byte>& file) const {
        const std::size_t footer_at =
            file.size() - abi::ovmf::bytes_behind_table - sizeof(abi::ovmf::BlockEnd);
        std::size_t at = footer_at;
        for (const Block& block : blocks) {
            const std::size_t data_bytes = block.data.size() * 4;
            const auto bytes = static_cast<std::uint16_t>(sizeof(abi::ovmf::BlockEnd) + data_bytes);
            at -= bytes;
            if (data_bytes != 0) std::memcpy(&file[at], block.data.data(), data_bytes);
            put(file, at + data_bytes,
                abi::ovmf::BlockEnd{block.bytes != 0 ? block.bytes : bytes, block.name});
        }
        const auto bytes = static_cast<std::uint16_t>(footer_at - at + sizeof(abi::ovmf::BlockEnd));
        put(file, footer_at, abi::ovmf::BlockEnd{table_bytes != 0 ? table_bytes : bytes, footer});
    }
};

}  // namespace ovmf

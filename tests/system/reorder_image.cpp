// SPDX-License-Identifier: MIT
// reorder_image IN OUT: moves the REQUIRED_MEMORY directive of an IGVM image behind its parameter inserts,
// where a loader that does as QEMU does loses the parameters. Only the order and the checksum change.
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "abi/igvm/format.hpp"
#include "base/address.hpp"
#include "base/bytes.hpp"
#include "igvm/crc32.hpp"

namespace {

using namespace abi::igvm;
using Chars = std::vector<char>;

Bytes bytes_of(const Chars& chars) { return std::as_bytes(std::span{chars}); }

/// The variable headers, one each, in new order.
Chars reordered(const Chars& headers) {
    Chars before, required, after;
    bool has_inserted = false;
    for (std::size_t at = 0; at + sizeof(VariableHeader) <= headers.size();) {
        VariableHeader header;
        std::memcpy(&header, &headers[at], sizeof header);
        const auto end =
            std::min<std::size_t>(at + round_up(sizeof header + header.length, 8), headers.size());
        const auto type = Type{header.type};
        // The area's page comes after every insert: the first page directive ends the parameters.
        has_inserted |= type == Type::PageData || type == Type::VpContext;
        Chars& to = type == Type::RequiredMemory ? required : has_inserted ? after : before;
        to.insert(to.end(), headers.begin() + static_cast<std::ptrdiff_t>(at),
                  headers.begin() + static_cast<std::ptrdiff_t>(end));
        at = end;
    }
    before.insert(before.end(), required.begin(), required.end());
    before.insert(before.end(), after.begin(), after.end());
    return before;
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 3) return 2;
    std::ifstream in{arguments[1], std::ios::binary};
    Chars file{std::istreambuf_iterator<char>{in}, {}};
    FixedHeader fixed;
    if (file.size() < sizeof fixed) return 1;
    std::memcpy(&fixed, file.data(), sizeof fixed);
    const auto begin = file.begin() + fixed.variable_header_offset;
    const Chars headers = reordered({begin, begin + fixed.variable_header_size});
    if (headers.size() != fixed.variable_header_size) return 1;
    std::ranges::copy(headers, begin);
    fixed.checksum = 0;
    fixed.checksum = igvm::crc32(bytes_of(headers), igvm::crc32(std::as_bytes(std::span{&fixed, 1})));
    std::memcpy(file.data(), &fixed, sizeof fixed);
    std::ofstream out{arguments[2], std::ios::binary};
    return out.write(file.data(), static_cast<std::streamsize>(file.size())) ? 0 : 1;
}

// SPDX-License-Identifier: MIT
#include "igvm/append.hpp"

#include "base/address.hpp"
#include "igvm/headers.hpp"

namespace igvm {

namespace format = abi::igvm;

void append_header(std::vector<std::byte>& to, format::Type type, Bytes payload) {
    const format::VariableHeader header{static_cast<std::uint32_t>(type),
                                        static_cast<std::uint32_t>(payload.size())};
    append(to, bytes_of_object(header));
    append(to, payload);
    to.resize(round_up(to.size(), header_alignment));
}

}  // namespace igvm

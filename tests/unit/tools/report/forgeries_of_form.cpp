// SPDX-License-Identifier: MIT
#include "tests/unit/tools/report/forgeries.hpp"

namespace tools::attestation {
namespace {

/// Sets a byte of the finished report: form is judged before the signature.
template <std::size_t at, unsigned value>
void set_byte(Scene& s) {
    s.after_signing = [](Buffer& bytes) { bytes[at] = static_cast<std::byte>(value); };
}
template <std::size_t at, unsigned value>
void add_bits(Scene& s) {
    s.after_signing = [](Buffer& bytes) { bytes[at] |= static_cast<std::byte>(value); };
}

void cut(Scene& s) {
    s.after_signing = [](Buffer& bytes) { bytes.pop_back(); };
}
void longer(Scene& s) {
    s.after_signing = [](Buffer& bytes) { bytes.push_back({}); };
}
void whole_message(Scene& s) {
    s.after_signing = [](Buffer& bytes) { bytes.insert(bytes.begin(), 0x20, std::byte{}); };
}
void no_bit_17(Scene& s) {
    s.after_signing = [](Buffer& bytes) { bytes[0x0a] &= std::byte{0xfd}; };
}

constexpr std::string_view format = "format";

}  // namespace

std::vector<Forgery> forgeries_of_form() {
    return {
        {"cut", cut, format, "it has 0x49f bytes, and a report has 0x4a0"},
        {"a byte longer", longer, format, "it has 0x4a1 bytes"},
        {"the whole message", whole_message, format, "leave out its first 0x20"},
        {"version 1", set_byte<0, 1>, format, "byte 0x0: version 1 of the report is not known"},
        {"version 6", set_byte<0, 6>, format, "byte 0x0: version 6 of the report is not known"},
        {"policy without bit 17", no_bit_17, format, "byte 0x8: bit 17 of the policy"},
        {"policy bit 26", add_bits<0x0b, 4>, format,
         "byte 0x8: the policy 0x4030133 has reserved bits, 0x4000000"},
        {"policy bit 63", add_bits<0x0f, 0x80>, format, "has reserved bits, 0x8000000000000000"},
        {"VMPL 4", set_byte<0x30, 4>, format, "byte 0x30: there is no VMPL 4"},
        {"algorithm 0", set_byte<0x34, 0>, format, "byte 0x34: signature algorithm 0 is not known"},
        {"algorithm 2", set_byte<0x34, 2>, format, "signature algorithm 2 is not known"},
        {"PLATFORM_INFO bit 6", add_bits<0x40, 0x40>, format,
         "byte 0x40: PLATFORM_INFO 0x61 has reserved bits, 0x40"},
        {"PLATFORM_INFO bit 8", add_bits<0x41, 1>, format, "has reserved bits, 0x100"},
        {"flags bit 5", add_bits<0x48, 0x20>, format, "byte 0x48: the flags 0x20 has reserved bits"},
        {"signing key 2", set_byte<0x48, 8>, format, "byte 0x48: there is no signing key 2"},
        {"byte 4Ch", set_byte<0x4c, 1>, format,
         "byte 0x4c is reserved in version 3 and must be zero, but is 0x1"},
        {"byte 4Fh", set_byte<0x4f, 1>, format, "byte 0x4f is reserved"},
        {"family in version 2", set_byte<0x188, 0x19>, format, "byte 0x188 is reserved in version 2",
         Product::Milan, 2},
        {"byte 18Bh", set_byte<0x18b, 1>, format, "byte 0x18b is reserved"},
        {"byte 19Fh", set_byte<0x19f, 1>, format, "byte 0x19f is reserved"},
        {"byte 1EBh", set_byte<0x1eb, 1>, format, "byte 0x1eb is reserved"},
        {"byte 1EFh", set_byte<0x1ef, 1>, format, "byte 0x1ef is reserved"},
        {"fixes in version 3", set_byte<0x1f8, 1>, format, "byte 0x1f8 is reserved in version 3"},
        {"fixes in version 4", set_byte<0x200, 1>, format, "byte 0x200 is reserved in version 4",
         Product::Genoa, 4},
        {"byte 208h in version 5", set_byte<0x208, 1>, format, "byte 0x208 is reserved", Product::Genoa, 5},
        {"byte 29Fh", set_byte<0x29f, 1>, format, "byte 0x29f is reserved"},
        {"R of 49 bytes", set_byte<0x2a0 + 48, 1>, format, "byte 0x2d0 is reserved"},
        {"S of 49 bytes", set_byte<0x2e8 + 48, 1>, format, "byte 0x318 is reserved"},
        {"behind S", set_byte<0x330, 1>, format, "byte 0x330 is reserved"},
        {"the last byte", set_byte<0x49f, 1>, format, "byte 0x49f is reserved"},
        {"a spare part of the TCB", set_byte<0x182, 1>, format,
         "byte 0x182 of a TCB version of Genoa is reserved"},
        {"a spare part of Turin's TCB", set_byte<0x1e4, 1>, format, "byte 0x1e4 of a TCB version of Turin",
         Product::Turin, 3},
        {"a long chip id of Turin's", set_byte<0x1a8, 1>, format,
         "byte 0x1a8: the chip id of Turin has 8 bytes", Product::Turin, 3},
    };
}

}  // namespace tools::attestation

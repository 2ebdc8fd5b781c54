// SPDX-License-Identifier: MIT
// What the machine reads of a guest: instruction bytes, MSR protocol requests, GHCB pages.
#include <memory>

#include "model/ghcb_msr.hpp"
#include "model/host/ghcb_page.hpp"
#include "snpemu/silicon/decode.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

void decode_instruction(Bytes code) {
    const auto decoded = snpemu::decode(code, true);
    (void)snpemu::is_move_to_cr3_or_cr4(code);
    if (decoded.instruction == snpemu::Instruction::Unknown) return;
    fuzz::expect(decoded.bytes != 0 && decoded.bytes <= code.size(), "longer than the bytes that were there");
    fuzz::expect(snpemu::decode(code.first(decoded.bytes), true).instruction == decoded.instruction,
                 "bytes behind the instruction changed it");
    fuzz::expect(
        snpemu::decode(code.first(decoded.bytes - 1u), true).instruction == snpemu::Instruction::Unknown,
        "half an instruction was recognised");
}

void read_page(Bytes input) {
    const auto page = std::make_unique<abi::Ghcb>(fuzz::from_input<abi::Ghcb>(input));
    const auto request = model::host::take_request(*page);
    if (!request) return;
    for (const std::uint64_t word : page->valid_bitmap)
        fuzz::expect(word == 0, "inputs of this event stay valid for the next");
    constexpr Gpa at{0x12'3000};
    for (const std::uint64_t bytes : {std::uint64_t{1}, std::uint64_t{8},
                                      std::uint64_t{abi::ghcb_shared_buffer_bytes}, ~std::uint64_t{0}}) {
        const auto offset = model::host::scratch_offset(at, request->scratch, bytes);
        if (offset)
            fuzz::expect(
                *offset <= abi::ghcb_shared_buffer_bytes && bytes <= abi::ghcb_shared_buffer_bytes - *offset,
                "scratch space outside the shared buffer");
    }
}

}  // namespace

void fuzz::one_input(Bytes input) {
    if (input.empty()) return;
    const auto which = std::to_integer<unsigned>(input[0]);
    input = input.subspan(1);
    switch (which % 3) {
        case 0: return decode_instruction(input);
        case 1: (void)model::ghcb_msr::decode(from_input<std::uint64_t>(input)); return;
        default: return read_page(input);
    }
}

// SPDX-License-Identifier: MIT
#include "snpemu/psp/chips.hpp"

#include <cstring>
#include <span>

namespace snpemu::psp {
namespace {

// clang-format off
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wc23-extensions"
constexpr unsigned char genoa_vcek[] = {
#embed "snpemu/chip/genoa/vcek.der"
};
constexpr unsigned char genoa_ask[] = {
#embed "snpemu/chip/genoa/ask.der"
};
constexpr unsigned char genoa_ark[] = {
#embed "snpemu/chip/genoa/ark.der"
};
// Not unsigned: clang 19 takes the first byte of an embedded file for a signed one.
constexpr char genoa_key[] = {
#embed "snpemu/chip/genoa/vcek.bin"
};
constexpr unsigned char milan_vcek[] = {
#embed "snpemu/chip/milan/vcek.der"
};
constexpr unsigned char milan_ask[] = {
#embed "snpemu/chip/milan/ask.der"
};
constexpr unsigned char milan_ark[] = {
#embed "snpemu/chip/milan/ark.der"
};
constexpr char milan_key[] = {
#embed "snpemu/chip/milan/vcek.bin"
};
#pragma clang diagnostic pop
// clang-format on

Bytes bytes_of(std::span<const unsigned char> file) { return std::as_bytes(file); }

/// The VCEK's certificate names the same TCB and the same id.
constexpr char genoa_id[] = "ADYTON EMULATED CHIP 0000000000000000000000000000000000000000001",
               milan_id[] = "ADYTON EMULATED CHIP 0000000000000000000000000000000000000000002";

void set_secrets(model::psp::Chip& chip, const char (&id)[65], const char (&key)[48]) {
    std::memcpy(chip.id.data(), id, chip.id.size());
    std::memcpy(chip.key.data(), key, chip.key.size());
}

}  // namespace

KnownChip genoa() {
    KnownChip known{
        .chip = {.family = 0x19, .model = 0x11, .stepping = 1, .tcb = {{0x0a, 0, 0, 0, 0, 0, 0x17, 0x54}}},
        .vcek = bytes_of(genoa_vcek),
        .ask = bytes_of(genoa_ask),
        .ark = bytes_of(genoa_ark)};
    set_secrets(known.chip, genoa_id, genoa_key);
    return known;
}

KnownChip milan() {
    KnownChip known{
        .chip = {.family = 0x19, .model = 0x01, .stepping = 1, .tcb = {{0x04, 0, 0, 0, 0, 0, 0x18, 0xdb}}},
        .vcek = bytes_of(milan_vcek),
        .ask = bytes_of(milan_ask),
        .ark = bytes_of(milan_ark)};
    set_secrets(known.chip, milan_id, milan_key);
    return known;
}

}  // namespace snpemu::psp

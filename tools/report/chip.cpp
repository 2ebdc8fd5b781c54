// SPDX-License-Identifier: MIT
#include "tools/report/chip.hpp"

#include <array>

#include "tools/support/format.hpp"

namespace tools::attestation {
namespace {

struct Models {
    std::uint8_t family, first, last;
    Product product;
};
constexpr std::array models{
    Models{0x19, 0x00, 0x0f, Product::Milan},
    Models{0x19, 0x10, 0x1f, Product::Genoa},
    Models{0x19, 0xa0, 0xaf, Product::Genoa},
    Models{0x1a, 0x00, 0x1f, Product::Turin},
};

/// Where the parts lie, and which bytes are reserved. [SNP-ABI "TCB_VERSION"]
struct Layout {
    bool has_fmc;
    std::size_t bootloader, tee, snp, microcode, first_reserved, last_reserved;
};
constexpr Layout before_turin{false, 0, 1, 6, 7, 2, 5}, since_turin{true, 1, 2, 3, 7, 4, 6};

const Layout& layout_of(Product product) { return product == Product::Turin ? since_turin : before_turin; }

}  // namespace

std::string_view name_of(Product product) {
    switch (product) {
        case Product::Milan: return "Milan";
        case Product::Genoa: return "Genoa";
        case Product::Turin: return "Turin";
    }
    return "?";
}

std::optional<Product> product_of(std::string_view name) {
    const std::string_view chip = name.substr(0, name.find('-'));
    for (const Product product : {Product::Milan, Product::Genoa, Product::Turin})
        if (chip == name_of(product)) return product;
    return std::nullopt;
}

std::optional<Product> product_of(std::uint8_t family, std::uint8_t model) {
    for (const Models& row : models)
        if (row.family == family && row.first <= model && model <= row.last) return row.product;
    return std::nullopt;
}

bool is_at_least(const TcbParts& a, const TcbParts& b) {
    return a.fmc.value_or(0) >= b.fmc.value_or(0) && a.bootloader >= b.bootloader && a.tee >= b.tee &&
           a.snp >= b.snp && a.microcode >= b.microcode;
}

TcbParts parts_of(const abi::TcbVersion& tcb, Product product) {
    const Layout& at = layout_of(product);
    TcbParts parts{.fmc = {},
                   .bootloader = tcb.bytes[at.bootloader],
                   .tee = tcb.bytes[at.tee],
                   .snp = tcb.bytes[at.snp],
                   .microcode = tcb.bytes[at.microcode]};
    if (at.has_fmc) parts.fmc = tcb.bytes[0];
    return parts;
}

std::optional<std::size_t> reserved_byte_in(const abi::TcbVersion& tcb, Product product) {
    const Layout& at = layout_of(product);
    for (std::size_t i = at.first_reserved; i <= at.last_reserved; ++i)
        if (tcb.bytes[i] != 0) return i;
    return std::nullopt;
}

std::string text_of(const TcbParts& parts) {
    std::string text;
    if (parts.fmc) text = formatted("FMC {}, ", *parts.fmc);
    return text + formatted("bootloader {}, TEE {}, SNP {}, microcode {}", parts.bootloader, parts.tee,
                            parts.snp, parts.microcode);
}

}  // namespace tools::attestation

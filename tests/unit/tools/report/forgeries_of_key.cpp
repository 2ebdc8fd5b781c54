// SPDX-License-Identifier: MIT
#include <algorithm>

#include "tests/unit/tools/crypto/keys.hpp"
#include "tests/unit/tools/report/forgeries.hpp"

namespace tools::attestation {
namespace {

std::string id(std::string_view last) { return formatted("{}{}", amd_extension, last); }
Buffer& value(Scene& s, std::string_view last) { return s.key.extension(id(last)).value; }

void added_extension(Scene& s) { s.key.extensions.push_back({"1.2.3.4", false, bytes_from({5, 0})}); }
void key_identifier(Scene& s) { s.key.extensions.push_back({"2.5.29.14", false, bytes_from({4, 1, 7})}); }
void unknown_of_amds(Scene& s) { s.key.extensions.push_back({id("6"), false, der_integer(0)}); }
void critical(Scene& s) { s.key.extension(id("3.3")).is_critical = true; }
void no_microcode(Scene& s) { s.key.remove(id("3.8")); }
void no_version(Scene& s) { s.key.remove(id("1")); }
void spare_part(Scene& s) { value(s, "3.5") = der_integer(1); }
void long_integer(Scene& s) { value(s, "3.3") = bytes_from({2, 2, 0, 24}); }
void negative(Scene& s) { value(s, "3.8") = bytes_from({2, 1, 0xdb}); }
void octets(Scene& s) { value(s, "3.8") = bytes_from({4, 1, 0x54}); }
void of_turins_form(Scene& s) { value(s, "1") = der_integer(1); }
void unknown_chip(Scene& s) { value(s, "2") = der_text("Naples"); }
void utf8_product(Scene& s) { value(s, "2")[0] = std::byte{0x0c}; }
void fmc(Scene& s) { s.key.extensions.push_back({id("3.9"), false, der_integer(0)}); }
void tagged_chip_id(Scene& s) {
    Buffer& chip = value(s, "4");
    chip.insert(chip.begin(), {std::byte{4}, std::byte{64}});
}
void no_chip_id(Scene& s) { s.key.remove(id("4")); }
void provider_without_name(Scene& s) {
    s.ask = asvk_spec(s.product);
    s.key = vlek_spec(s.product, good_tcb(s.product));
    s.key.remove(id("5"));
    s.raw.flags = static_cast<std::uint32_t>(abi::ReportFlags::SigningKey::put(1));
}

void milan_says_genoa(Scene& s) {
    s.raw.model = 0x01;
    s.raw.platform_info |= abi::PlatformInfo::AliasCheckComplete::mask;
}
void chip_of_qemu(Scene& s) { s.raw.family = 0x17; }
void chip_of_tomorrow(Scene& s) {
    s.raw.family = 0x1a;
    s.raw.model = 0x50;
}
void chain_of_milan(Scene& s) {
    s.ask.subject[5].value = "SEV-Milan";
    s.key.issuer[5].value = "SEV-Milan";
}
void layout_of_turin(Scene& s) {
    s.key = vcek_spec(Product::Milan, good_tcb(Product::Milan));
    s.key.issuer = s.ask.subject;
}

template <unsigned TcbParts::*part>
void other_part(Scene& s) {
    TcbParts tcb = good_tcb(s.product);
    tcb.*part += 1;
    s.key = vcek_spec(s.product, tcb);
}
void other_fmc(Scene& s) {
    TcbParts tcb = good_tcb(s.product);
    *tcb.fmc += 1;
    s.key = vcek_spec(s.product, tcb);
}

void another_chip(Scene& s) { value(s, "4")[63] ^= std::byte{1}; }
void masked(Scene& s) { s.raw.flags = static_cast<std::uint32_t>(abi::ReportFlags::MaskChipKey::mask); }
void no_key(Scene& s) { s.raw.flags = static_cast<std::uint32_t>(abi::ReportFlags::SigningKey::put(7)); }
void key_of_a_provider(Scene& s) {
    s.raw.flags = static_cast<std::uint32_t>(abi::ReportFlags::SigningKey::put(1));
}

template <std::size_t at>
void flip(Scene& s) {
    s.after_signing = [](Buffer& bytes) { bytes[at] ^= std::byte{1}; };
}
void big_endian(Scene& s) {
    s.after_signing = [](Buffer& bytes) {
        for (const std::ptrdiff_t at : {0x2a0, 0x2e8})
            std::reverse(bytes.begin() + at, bytes.begin() + at + 48);
    };
}
template <std::size_t at>
void zero_number(Scene& s) {
    s.after_signing = [](Buffer& bytes) { std::fill_n(bytes.begin() + at, 48, std::byte{}); };
}
template <std::size_t at>
void huge_number(Scene& s) {
    s.after_signing = [](Buffer& bytes) { std::fill_n(bytes.begin() + at, 48, std::byte{0xff}); };
}
void exchanged(Scene& s) {
    s.after_signing = [](Buffer& bytes) {
        std::swap_ranges(bytes.begin() + 0x2a0, bytes.begin() + 0x2d0, bytes.begin() + 0x2e8);
    };
}
void key_of_another(Scene& s) { s.key.key_pem = crypto::author_key_pem; }

constexpr std::string_view extensions_only = "key extensions", signature = "signature";

}  // namespace

std::vector<Forgery> forgeries_of_key() {
    return {
        {"an extension more", added_extension, extensions_only, "the extension 1.2.3.4 is none of AMD's"},
        {"a subject key id", key_identifier, extensions_only, "the extension 2.5.29.14 is none of AMD's"},
        {"AMD's number 6", unknown_of_amds, extensions_only, "3704.1.6 is none of AMD's"},
        {"critical", critical, extensions_only, "3704.1.3.3 is critical"},
        {"no microcode", no_microcode, extensions_only, "3704.1.3.8 is missing"},
        {"no structure version", no_version, extensions_only, "3704.1.1 is missing"},
        {"a spare part in use", spare_part, extensions_only, "3704.1.3.5 is no INTEGER from 0 to 0"},
        {"a number in too many bytes", long_integer, extensions_only, "3704.1.3.3 is no INTEGER"},
        {"a negative number", negative, extensions_only, "3704.1.3.8 is no INTEGER from 0 to 255"},
        {"octets for a number", octets, extensions_only, "3704.1.3.8 is no INTEGER"},
        {"Turin's structure", of_turins_form, extensions_only, "3704.1.1 does not belong to Genoa"},
        {"a chip that has no SNP", unknown_chip, extensions_only, "3704.1.2 names a chip that is not known"},
        {"a product in UTF-8", utf8_product, extensions_only, "3704.1.2 is no IA5String"},
        {"an FMC before Turin", fmc, extensions_only, "3704.1.3.9 names an FMC, which Genoa does not have"},
        {"a chip id with a tag", tagged_chip_id, "key extensions, chip", "has 66 bytes, not 64"},
        {"no chip id", no_chip_id, "key extensions, chip", "has 0 bytes, not 64"},
        {"a provider without a name", provider_without_name, extensions_only, "a VLEK names a provider"},
        {"a report of another product", milan_says_genoa, "product",
         "the report is of Milan, the certificate of the key of Genoa"},
        {"QEMU's processor", chip_of_qemu, "product", "family 0x17 and model 0x11, is not known"},
        {"a chip of tomorrow", chip_of_tomorrow, "product", "family 0x1a and model 0x50, is not known"},
        {"an ASK of another product", chain_of_milan, "product", "the key is of Genoa, and ask.der is not"},
        {"a TCB of Turin's layout", layout_of_turin,
         "product, TCB of the key, chip, attack EntrySign (CVE-2024-56161)",
         "the TCB of the report does not have the layout of Milan", Product::Turin, 2},
        {"another bootloader", other_part<&TcbParts::bootloader>, "TCB of the key",
         "the key is for bootloader 11"},
        {"another TEE", other_part<&TcbParts::tee>, "TCB of the key",
         "TEE 1, SNP 24, microcode 219; the report says"},
        {"another SNP", other_part<&TcbParts::snp>, "TCB of the key",
         "SNP 25, microcode 219; the report says"},
        {"another microcode", other_part<&TcbParts::microcode>, "TCB of the key",
         "microcode 220; the report says"},
        {"another FMC", other_fmc, "TCB of the key", "the key is for FMC 2", Product::Turin, 5},
        {"another chip", another_chip, "chip", "of another chip than CHIP_ID"},
        {"a masked chip", masked, "signing key", "the host masks the key"},
        {"no key", no_key, "signing key", "the flags say that no key signs"},
        {"a provider's flag", key_of_a_provider, "certificates", "there is no VLEK among them"},
        {"another measurement", flip<0x90>, "signature, measurement", "did not sign these bytes"},
        {"another guest SVN", flip<0x04>, "signature, ID block", "did not sign these bytes"},
        {"another host data", flip<0xc0>, signature, "did not sign these bytes"},
        {"another R", flip<0x2a0>, signature, "did not sign these bytes"},
        {"another S", flip<0x2e8>, signature, "did not sign these bytes"},
        {"R and S big-endian", big_endian, signature, "did not sign these bytes"},
        {"R and S exchanged", exchanged, signature, "did not sign these bytes"},
        {"R is zero", zero_number<0x2a0>, signature, "did not sign these bytes"},
        {"S is zero", zero_number<0x2e8>, signature, "did not sign these bytes"},
        {"S beyond the order", huge_number<0x2e8>, signature, "did not sign these bytes"},
        {"signed by another key", key_of_another, signature, "the key in vcek.der did not sign"},
    };
}

}  // namespace tools::attestation

// SPDX-License-Identifier: MIT
// The key that signs: it belongs to this chip and to this firmware, and the signature is its own.
#include <algorithm>
#include <array>

#include "tools/report/check.hpp"
#include "tools/report/key_extensions.hpp"
#include "tools/support/terminal.hpp"

namespace tools::attestation {
namespace {

Finding no_key() { return not_asked("there is no certificate of the key that can be read"); }

std::optional<KeyExtensions> extensions_in(const Evidence& e) {
    const auto* const key = e.chain().key;
    if (key == nullptr) return std::nullopt;
    auto extensions = key_extensions_of(*key);
    return extensions ? std::optional{std::move(*extensions)} : std::nullopt;
}

Finding extensions_are_amds(const Evidence& e) {
    const auto chain = e.chain();
    if (chain.key == nullptr) return no_key();
    const auto extensions = key_extensions_of(*chain.key);
    if (!extensions) return fails(extensions.error().sentence);
    const std::size_t id_bytes =
        extensions->product == Product::Turin ? turin_chip_id_bytes : sizeof(abi::AttestationReport::chip_id);
    if (chain.key_role == Role::Vcek && extensions->chip_id.size() != id_bytes)
        return fails(
            formatted("the chip id in the VCEK has {} bytes, not {}", extensions->chip_id.size(), id_bytes));
    if (chain.key_role == Role::Vlek && (!extensions->chip_id.empty() || extensions->provider.empty()))
        return fails("a VLEK names a provider and no chip, and this one does not");
    if (chain.key_role == Role::Vlek)
        return holds(formatted("the VLEK is of {}", printable(extensions->provider)));
    return holds("chip, product and TCB are in the VCEK");
}

/// The common name behind its prefix.
std::optional<Product> product_in_name(const crypto::Certificate* certificate) {
    if (certificate == nullptr) return std::nullopt;
    const std::string name = crypto::only_value(certificate->facts().subject, "CN");
    return product_of(std::string_view{name}.substr(name.rfind('-') + 1));
}

Finding product_is_one(const Evidence& e) {
    const auto chain = e.chain();
    const auto extensions = extensions_in(e);
    if (!extensions || !chain.is_complete()) return no_key();
    const bool says_chip = e.report.raw.version > 2;
    if (says_chip && !e.report.product)
        return fails(formatted("the chip of the report, family {:#x} and model {:#x}, is not known",
                               e.report.raw.family, e.report.raw.model));
    if (says_chip && e.report.product != extensions->product)
        return fails(formatted("the report is of {}, the certificate of the key of {}",
                               name_of(*e.report.product), name_of(extensions->product)));
    // Version 2 does not say, but its TCB was read in the layout of one.
    if ((e.report.tcb_layout == Product::Turin) != (extensions->product == Product::Turin))
        return fails(
            formatted("the TCB of the report does not have the layout of {}", name_of(extensions->product)));
    for (const auto* certificate : {chain.ark, chain.intermediate})
        if (product_in_name(certificate) != extensions->product)
            return fails(formatted("the key is of {}, and {} is not", name_of(extensions->product),
                                   certificate->name()));
    return holds(formatted("{}, in report and certificates", name_of(extensions->product)));
}

Finding tcb_is_the_keys(const Evidence& e) {
    const auto extensions = extensions_in(e);
    if (!extensions || !e.report.tcb_layout) return no_key();
    const TcbParts reported = parts_of(e.report.raw.reported_tcb, *e.report.tcb_layout);
    if (reported != extensions->tcb)
        return fails(
            formatted("the key is for {}; the report says {}", text_of(extensions->tcb), text_of(reported)));
    return holds(text_of(reported));
}

Finding chip_is_the_keys(const Evidence& e) {
    const auto extensions = extensions_in(e);
    if (!extensions) return no_key();
    if (e.chain().key_role == Role::Vlek) return not_asked("a VLEK is for all chips of its provider");
    const auto id = std::as_bytes(std::span{e.report.raw.chip_id});
    const std::size_t bytes = std::min(extensions->chip_id.size(), id.size());
    const bool is_equal =
        bytes != 0 && std::ranges::equal(id.first(bytes), Bytes{extensions->chip_id}.first(bytes));
    if (!is_equal) return fails("the certificate of the key is of another chip than CHIP_ID");
    return holds(formatted("CHIP_ID {}... is that of the key", crypto::hex(id.first(8))));
}

Finding is_signed(const Evidence& e) {
    using F = abi::ReportFlags;
    const auto key = abi::signing_key_of(e.report.raw.flags);
    if (key == abi::ReportKey::None) return fails("the flags say that no key signs");
    if (F::MaskChipKey::test(e.report.raw.flags))
        return fails("the host masks the key of the chip, so the report has no signature");
    return holds(formatted("the {}", name_of(e.chain().key_role)));
}

Finding signature_is_good(const Evidence& e) {
    const auto* const key = e.chain().key;
    if (key == nullptr) return no_key();
    if (!key->has_signed(e.report.signed_bytes(), e.report.signature()))
        return fails(formatted("the key in {} did not sign these bytes", key->name()));
    return holds("ECDSA P-384 over bytes 0x0 to 0x29f");
}

constexpr std::array checks{
    Check{"key extensions", extensions_are_amds},
    Check{"product", product_is_one},
    Check{"TCB of the key", tcb_is_the_keys},
    Check{"chip", chip_is_the_keys},
    Check{"signing key", is_signed},
    Check{"signature", signature_is_good},
};

}  // namespace

std::span<const Check> key_checks() { return checks; }

}  // namespace tools::attestation

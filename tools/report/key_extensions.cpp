// SPDX-License-Identifier: MIT
#include "tools/report/key_extensions.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/result.hpp"

namespace tools::attestation {
namespace {

constexpr std::string_view amd = "1.3.6.1.4.1.3704.1.", authority_key_id = "2.5.29.35";
constexpr std::string_view structure_id = "1", product_id = "2", chip_id_id = "4", provider_id = "5";
constexpr std::string_view bootloader_id = "3.1", tee_id = "3.2", snp_id = "3.3", microcode_id = "3.8",
                           fmc_id = "3.9";
/// Parts that no chip has yet; they are zero.
constexpr std::array<std::string_view, 4> spare_ids{"3.4", "3.5", "3.6", "3.7"};
constexpr std::array<std::string_view, 9> other_ids{
    structure_id, product_id, chip_id_id, provider_id, bootloader_id, tee_id, snp_id, microcode_id, fmc_id};

class Reader {
public:
    explicit Reader(const crypto::Certificate& key) : key_{key} {}

    [[nodiscard]] Result<void> check_profile() const;
    [[nodiscard]] Result<std::int64_t> integer(std::string_view id, std::int64_t most) const;
    [[nodiscard]] Result<std::string> text(std::string_view id) const;
    [[nodiscard]] const crypto::Extension* find(std::string_view id) const {
        for (const crypto::Extension& extension : key_.facts().extensions)
            if (extension.oid == std::string{amd} + std::string{id}) return &extension;
        return nullptr;
    }
    [[nodiscard]] std::unexpected<Problem> wrong(std::string_view id, std::string_view what) const {
        return problem("{}: the extension {}{} {}", key_.name(), amd, id, what);
    }

private:
    const crypto::Certificate& key_;
};

bool is_known(std::string_view id) {
    return std::ranges::find(spare_ids, id) != spare_ids.end() ||
           std::ranges::find(other_ids, id) != other_ids.end();
}

Result<void> Reader::check_profile() const {
    for (const crypto::Extension& extension : key_.facts().extensions) {
        if (extension.oid == authority_key_id) continue;
        if (!extension.oid.starts_with(amd) || !is_known(std::string_view{extension.oid}.substr(amd.size())))
            return problem("{}: the extension {} is none of AMD's", key_.name(), extension.oid);
        if (extension.is_critical)
            return problem("{}: the extension {} is critical; AMD's are not", key_.name(), extension.oid);
    }
    for (const std::string_view id : spare_ids)
        if (find(id) != nullptr) (void)TRY(integer(id, 0));
    return {};
}

/// DER has one encoding for each number: 0 to 127 in one byte, 128 to 255 in two.
Result<std::int64_t> Reader::integer(std::string_view id, std::int64_t most) const {
    constexpr std::byte tag{2};
    const crypto::Extension* const extension = find(id);
    if (extension == nullptr) return wrong(id, "is missing");
    const Buffer& der = extension->value;
    std::int64_t value = -1;
    if (der.size() == 3 && der[0] == tag && der[1] == std::byte{1} && der[2] < std::byte{0x80})
        value = std::to_integer<std::int64_t>(der[2]);
    if (der.size() == 4 && der[0] == tag && der[1] == std::byte{2} && der[2] == std::byte{} &&
        der[3] >= std::byte{0x80})
        value = std::to_integer<std::int64_t>(der[3]);
    if (value < 0 || value > most) return wrong(id, formatted("is no INTEGER from 0 to {}", most));
    return value;
}

Result<std::string> Reader::text(std::string_view id) const {
    constexpr std::byte tag{0x16};
    constexpr std::size_t header = 2, most = 127;
    const crypto::Extension* const extension = find(id);
    if (extension == nullptr) return wrong(id, "is missing");
    const Buffer& der = extension->value;
    const bool is_text = der.size() >= header && der.size() <= header + most && der[0] == tag &&
                         std::to_integer<std::size_t>(der[1]) == der.size() - header;
    if (!is_text) return wrong(id, "is no IA5String");
    return std::string{reinterpret_cast<const char*>(der.data()) + header, der.size() - header};
}

Result<TcbParts> tcb_of(const Reader& reader, Product product) {
    constexpr std::int64_t most = 255;
    const auto part = [&](std::string_view id) -> Result<unsigned> {
        return static_cast<unsigned>(TRY(reader.integer(id, most)));
    };
    TcbParts tcb{.fmc = {},
                 .bootloader = TRY(part(bootloader_id)),
                 .tee = TRY(part(tee_id)),
                 .snp = TRY(part(snp_id)),
                 .microcode = TRY(part(microcode_id))};
    if (product == Product::Turin) tcb.fmc = TRY(part(fmc_id));
    if (product != Product::Turin && reader.find(fmc_id) != nullptr)
        return reader.wrong(fmc_id, formatted("names an FMC, which {} does not have", name_of(product)));
    return tcb;
}

}  // namespace

Result<KeyExtensions> key_extensions_of(const crypto::Certificate& key) {
    const Reader reader{key};
    TRY_VOID(reader.check_profile());
    KeyExtensions all;
    all.structure_version = TRY(reader.integer(structure_id, 1));
    all.product_name = TRY(reader.text(product_id));
    const auto product = product_of(all.product_name);
    if (!product) return reader.wrong(product_id, "names a chip that is not known");
    all.product = *product;
    if ((all.structure_version == 1) != (all.product == Product::Turin))
        return reader.wrong(structure_id, formatted("does not belong to {}", name_of(all.product)));
    all.tcb = TRY(tcb_of(reader, all.product));
    if (const auto* const id = reader.find(chip_id_id)) all.chip_id = id->value;
    if (reader.find(provider_id) != nullptr) all.provider = TRY(reader.text(provider_id));
    return all;
}

}  // namespace tools::attestation

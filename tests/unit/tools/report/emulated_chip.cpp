// SPDX-License-Identifier: MIT
#include "tests/unit/tools/report/emulated_chip.hpp"

#include <openssl/evp.h>

#include <algorithm>

namespace tools::attestation {
namespace {

std::string folder_name(Product product) {
    std::string name{name_of(product)};
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
    return name;
}

}  // namespace

abi::TcbVersion emulated_tcb(Product product) {
    if (product == Product::Milan) return {{4, 0, 0, 0, 0, 0, 24, 219}};
    return {{10, 0, 0, 0, 0, 0, 23, 84}};
}

Buffer emulated_chip_id(Product product) {
    const std::string id = formatted("ADYTON EMULATED CHIP {:043}", product == Product::Milan ? 2 : 1);
    const Bytes bytes = std::as_bytes(std::span{id});
    return {bytes.begin(), bytes.end()};
}

Raw emulated_report(const Asked& asked) {
    Raw raw = good_report(asked.product, asked.version);
    raw.vmpl = asked.vmpl;
    const Buffer id = emulated_chip_id(asked.product);
    std::memcpy(raw.chip_id, id.data(), id.size());
    raw.current_tcb = raw.reported_tcb = raw.committed_tcb = raw.launch_tcb = emulated_tcb(asked.product);
    raw.current_firmware = raw.committed_firmware = {.build = 1, .minor = 55, .major = 1, .reserved = 0};
    raw.launch_mit_vector = raw.current_mit_vector = 0;
    if (!asked.has_id_block) return raw;
    raw.guest_svn = 7;
    std::ranges::fill(raw.family_id, std::uint8_t{0xfa});
    std::ranges::fill(raw.image_id, std::uint8_t{0x1a});
    std::ranges::fill(raw.id_key_digest, std::uint8_t{0x5a});
    std::ranges::fill(raw.author_key_digest, std::uint8_t{0xa5});
    raw.flags = static_cast<std::uint32_t>(abi::ReportFlags::AuthorKeyEnabled::mask);
    return raw;
}

std::vector<Asked> matrix() {
    std::vector<Asked> all;
    for (const Product product : {Product::Genoa, Product::Milan})
        for (const std::uint32_t version : {2u, 3u, 5u})
            for (const bool has_id_block : {false, true})
                for (const std::uint32_t vmpl : {0u, 1u})
                    all.push_back({product, version, vmpl, has_id_block});
    return all;
}

std::string name_of(const Asked& asked) {
    return formatted("{}_version_{}_at_vmpl{}{}", name_of(asked.product), asked.version, asked.vmpl,
                     asked.has_id_block ? "_with_an_id_block" : "");
}

ChipFolder::ChipFolder(Product product)
    : folder_{std::filesystem::path{ADYTON_CHIPS} / folder_name(product)} {}

Buffer ChipFolder::file(const std::string& name) const {
    auto bytes = read_file(folder_ / name);
    if (!bytes) std::abort();
    return *std::move(bytes);
}

Certificates ChipFolder::certificates() const { return *read_certificates(folder_); }
crypto::SigningKey ChipFolder::key() const { return *crypto::SigningKey::read(folder_ / "vcek.key"); }

Buffer ChipFolder::key_der() const {
    const Buffer pem = file("vcek.key");
    const std::string text{reinterpret_cast<const char*>(pem.data()), pem.size()};
    std::string base64;
    for (std::size_t at = 0, end = 0; at < text.size(); at = end + 1) {
        end = std::min(text.find('\n', at), text.size());
        if (text[at] != '-') base64 += text.substr(at, end - at);
    }
    Buffer der(base64.size());
    const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(der.data()),
                                     reinterpret_cast<const unsigned char*>(base64.data()),
                                     static_cast<int>(base64.size()));
    if (size < 0) std::abort();
    return der;
}

}  // namespace tools::attestation

// SPDX-License-Identifier: MIT
// Reads keys, and computes ECDSA with the nonce of RFC 6979. OpenSSL 3.0 has no such nonces (3.2 has), so the nonce and
// the few lines of ECDSA around it are here; OpenSSL computes on the curve, and verifies what came out.
// [docs/adr/0055-rfc6979.md]
#include "tools/crypto/key.hpp"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "tools/crypto/ecdsa.hpp"
#include "tools/crypto/hash.hpp"
#include "tools/crypto/nonce.hpp"
#include "tools/crypto/openssl.hpp"
#include "tools/support/file.hpp"

namespace tools::crypto {
namespace {

P384Number bytes_of(const BIGNUM* number) {
    P384Number bytes;
    if (BN_bn2binpad(number, reinterpret_cast<unsigned char*>(bytes.data()), bytes.size()) < 0) std::abort();
    return bytes;
}

Number parameter_of(const EVP_PKEY* key, const char* name) {
    BIGNUM* number = nullptr;
    must(EVP_PKEY_get_bn_param(key, name, &number));
    return Number{number};
}

/// What the reader of PEM asks for a password: there is none, and the answer must not come from a terminal.
int no_password(char*, int, int, void* asked) {
    *static_cast<bool*>(asked) = true;
    return -1;
}

Result<void> check_kind(const EVP_PKEY* key, const std::string& name) {
    std::array<char, 80> curve{};
    if (EVP_PKEY_is_a(key, "EC") != 1)
        return problem("{} holds a key of kind {}; ID blocks are signed with EC keys of the curve P-384",
                       name, EVP_PKEY_get0_type_name(key));
    if (EVP_PKEY_get_group_name(key, curve.data(), curve.size(), nullptr) != 1 ||
        std::string_view{curve.data()} != SN_secp384r1)
        return problem("{} holds an EC key of the curve {}; ID blocks are signed with P-384 (secp384r1)",
                       name, curve.data());
    return {};
}

}  // namespace

struct SigningKey::Impl {
    Pkey key;
    Group group;
    Number secret, order;

    /// Empty when the nonce leads to a zero, for which another one has to be tried. [FIPS186 "ECDSA Signature Generation"]
    [[nodiscard]] std::optional<P384Signature> sign_with(const BIGNUM* nonce, const BIGNUM* hash) const;
};

Result<SigningKey> SigningKey::parse(Bytes pem, const std::string& name) {
    const Bio bio = reader_of(pem);
    bool is_encrypted = false;
    Pkey key{PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, &is_encrypted)};
    ERR_clear_error();
    if (is_encrypted)
        return problem("{} holds an encrypted key; decrypt it first: openssl ec -in {} -out KEY", name, name);
    if (!key)
        return problem(
            "{} holds no private key in PEM; make one: openssl ecparam -name secp384r1 -genkey -noout "
            "-out {}",
            name, name);
    TRY_VOID(check_kind(key.get(), name));
    auto impl = std::make_shared<Impl>();
    impl->group.reset(must_have(EC_GROUP_new_by_curve_name(NID_secp384r1)));
    impl->secret = parameter_of(key.get(), OSSL_PKEY_PARAM_PRIV_KEY);
    BN_set_flags(impl->secret.get(), BN_FLG_CONSTTIME);
    impl->order.reset(must_have(BN_dup(must_have(EC_GROUP_get0_order(impl->group.get())))));
    impl->key = std::move(key);
    return SigningKey{std::move(impl)};
}

Result<SigningKey> SigningKey::read(const std::filesystem::path& path) {
    Buffer pem = TRY(read_file(path));
    auto key = parse(pem, path.string());
    OPENSSL_cleanse(pem.data(), pem.size());
    return key;
}

P384Point SigningKey::public_point() const {
    return {bytes_of(parameter_of(impl_->key.get(), OSSL_PKEY_PARAM_EC_PUB_X).get()),
            bytes_of(parameter_of(impl_->key.get(), OSSL_PKEY_PARAM_EC_PUB_Y).get())};
}

std::optional<P384Signature> SigningKey::Impl::sign_with(const BIGNUM* nonce, const BIGNUM* hash) const {
    const NumberContext context{must_have(BN_CTX_secure_new())};
    const Point point{must_have(EC_POINT_new(group.get()))};
    const Number r{must_have(BN_new())}, s{must_have(BN_secure_new())}, inverse{must_have(BN_secure_new())};
    must(EC_POINT_mul(group.get(), point.get(), nonce, nullptr, nullptr, context.get()));
    must(EC_POINT_get_affine_coordinates(group.get(), point.get(), r.get(), nullptr, context.get()));
    must(BN_nnmod(r.get(), r.get(), order.get(), context.get()));
    // s = (hash + r * secret) / nonce
    must(BN_mod_mul(s.get(), r.get(), secret.get(), order.get(), context.get()));
    must(BN_mod_add(s.get(), s.get(), hash, order.get(), context.get()));
    must_have(BN_mod_inverse(inverse.get(), nonce, order.get(), context.get()));
    must(BN_mod_mul(s.get(), s.get(), inverse.get(), order.get(), context.get()));
    if (BN_is_zero(r.get()) == 1 || BN_is_zero(s.get()) == 1) return std::nullopt;
    return P384Signature{bytes_of(r.get()), bytes_of(s.get())};
}

P384Signature SigningKey::sign(Bytes message) const {
    const abi::Sha384 hash = sha384(message);
    const Number hash_number = number_of(hash);
    Nonces nonces{bytes_of(impl_->secret.get()), bytes_of(impl_->order.get()), hash};
    for (;;) {
        const Number nonce = number_of(nonces.next());
        const auto signature = impl_->sign_with(nonce.get(), hash_number.get());
        if (!signature) continue;
        // A fault in the computation could reveal the key: a wrong signature never leaves this function.
        if (!verifies(impl_->key.get(), message, *signature)) std::abort();
        return *signature;
    }
}

}  // namespace tools::crypto

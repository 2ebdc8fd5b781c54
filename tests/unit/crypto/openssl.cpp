// SPDX-License-Identifier: MIT
// The older interface of keys takes numbers as they are; it is deprecated, and enough for tests.
#define OPENSSL_API_COMPAT 10100
#define OPENSSL_SUPPRESS_DEPRECATED
#include "tests/unit/crypto/openssl.hpp"

#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>

#include <memory>

namespace openssl {
namespace {

template <class T, void (*release)(T*)>
struct Release {
    void operator()(T* object) const { release(object); }
};
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, Release<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>>;
using Number = std::unique_ptr<BIGNUM, Release<BIGNUM, BN_free>>;
using Point = std::unique_ptr<EC_POINT, Release<EC_POINT, EC_POINT_free>>;
using Key = std::unique_ptr<EC_KEY, Release<EC_KEY, EC_KEY_free>>;
using Signature = std::unique_ptr<ECDSA_SIG, Release<ECDSA_SIG, ECDSA_SIG_free>>;

template <class T>
auto* raw(T* bytes) {
    using Raw = std::conditional_t<std::is_const_v<T>, const unsigned char, unsigned char>;
    return reinterpret_cast<Raw*>(bytes);
}

std::vector<std::byte> digest(const EVP_MD* kind, Bytes bytes) {
    std::vector<std::byte> value(static_cast<std::size_t>(EVP_MD_size(kind)));
    EVP_Digest(bytes.data(), bytes.size(), raw(value.data()), nullptr, kind, nullptr);
    return value;
}

BIGNUM* number(const crypto::P384Number& bytes) { return BN_bin2bn(raw(bytes.data()), 48, nullptr); }
crypto::P384Number bytes_of(const BIGNUM* number) {
    crypto::P384Number bytes;
    BN_bn2binpad(number, raw(bytes.data()), 48);
    return bytes;
}

Key empty_key() { return Key{EC_KEY_new_by_curve_name(NID_secp384r1)}; }

}  // namespace

std::vector<std::byte> sha384(Bytes bytes) { return digest(EVP_sha384(), bytes); }
std::vector<std::byte> sha512(Bytes bytes) { return digest(EVP_sha512(), bytes); }

Sealed seal(const crypto::AesKey& key, const crypto::GcmNonce& nonce, Bytes authenticated, Bytes text) {
    Sealed sealed{std::vector<std::byte>(text.size()), {}};
    const Cipher context{EVP_CIPHER_CTX_new()};
    int done = 0;
    EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, raw(key.data()), raw(nonce.data()));
    EVP_EncryptUpdate(context.get(), nullptr, &done, raw(authenticated.data()),
                      static_cast<int>(authenticated.size()));
    EVP_EncryptUpdate(context.get(), raw(sealed.text.data()), &done, raw(text.data()),
                      static_cast<int>(text.size()));
    EVP_EncryptFinal_ex(context.get(), nullptr, &done);
    EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, 16, sealed.tag.data());
    return sealed;
}

crypto::P384Point public_point(const crypto::P384Number& key) {
    const Key curve = empty_key();
    const EC_GROUP* const group = EC_KEY_get0_group(curve.get());
    const Point point{EC_POINT_new(group)};
    const Number secret{number(key)}, x{BN_new()}, y{BN_new()};
    EC_POINT_mul(group, point.get(), secret.get(), nullptr, nullptr, nullptr);
    EC_POINT_get_affine_coordinates(group, point.get(), x.get(), y.get(), nullptr);
    return {bytes_of(x.get()), bytes_of(y.get())};
}

crypto::P384Signature sign(const crypto::P384Number& key, Bytes digest) {
    const Key signer = empty_key();
    const Number secret{number(key)};
    EC_KEY_set_private_key(signer.get(), secret.get());
    const Signature signature{
        ECDSA_do_sign(raw(digest.data()), static_cast<int>(digest.size()), signer.get())};
    return {bytes_of(ECDSA_SIG_get0_r(signature.get())), bytes_of(ECDSA_SIG_get0_s(signature.get()))};
}

bool verifies(const crypto::P384Point& key, Bytes digest, const crypto::P384Signature& signature) {
    const Key verifier = empty_key();
    const Number x{number(key.x)}, y{number(key.y)};
    if (EC_KEY_set_public_key_affine_coordinates(verifier.get(), x.get(), y.get()) != 1) return false;
    const Signature given{ECDSA_SIG_new()};
    ECDSA_SIG_set0(given.get(), number(signature.r), number(signature.s));
    return ECDSA_do_verify(raw(digest.data()), static_cast<int>(digest.size()), given.get(),
                           verifier.get()) == 1;
}

}  // namespace openssl

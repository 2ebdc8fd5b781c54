// SPDX-License-Identifier: MIT
#include "tools/crypto/ecdsa.hpp"

#include <openssl/ecdsa.h>
#include <openssl/err.h>

namespace tools::crypto {

Number number_of(Bytes big_endian) {
    Number number{BN_secure_new()};
    must_have(BN_bin2bn(reinterpret_cast<const unsigned char*>(big_endian.data()),
                        static_cast<int>(big_endian.size()), must_have(number.get())));
    BN_set_flags(number.get(), BN_FLG_CONSTTIME);
    return number;
}

bool verifies(EVP_PKEY* key, Bytes message, const P384Signature& signature) {
    const Owned<ECDSA_SIG, ECDSA_SIG_free> pair{must_have(ECDSA_SIG_new())};
    must(ECDSA_SIG_set0(pair.get(), number_of(signature.r).release(), number_of(signature.s).release()));
    unsigned char* der = nullptr;
    const int bytes = i2d_ECDSA_SIG(pair.get(), &der);
    if (bytes <= 0) std::abort();
    const Owned<EVP_MD_CTX, EVP_MD_CTX_free> context{must_have(EVP_MD_CTX_new())};
    must(EVP_DigestVerifyInit_ex(context.get(), nullptr, "SHA2-384", nullptr, nullptr, key, nullptr));
    const int result =
        EVP_DigestVerify(context.get(), der, static_cast<std::size_t>(bytes),
                         reinterpret_cast<const unsigned char*>(message.data()), message.size());
    OPENSSL_free(der);
    ERR_clear_error();
    return result == 1;
}

}  // namespace tools::crypto

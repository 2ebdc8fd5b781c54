// SPDX-License-Identifier: MIT
// OpenSSL's objects, each freed by the function that belongs to it.
#pragma once
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

#include <cstdlib>
#include <memory>

#include "base/bytes.hpp"

namespace tools::crypto {

template <auto free>
struct FreedBy {
    template <class T>
    void operator()(T* object) const {
        free(object);
    }
};
template <class T, auto free>
using Owned = std::unique_ptr<T, FreedBy<free>>;

using Bio = Owned<BIO, BIO_free_all>;
using Pkey = Owned<EVP_PKEY, EVP_PKEY_free>;
using Number = Owned<BIGNUM, BN_clear_free>;  ///< cleared: it may be a secret
using NumberContext = Owned<BN_CTX, BN_CTX_free>;
using Group = Owned<EC_GROUP, EC_GROUP_free>;
using Point = Owned<EC_POINT, EC_POINT_clear_free>;

/// OpenSSL's 1 for success. What is asked here fails for lack of memory only, and then nothing sensible can follow.
inline void must(int result) {
    if (result != 1) std::abort();
}
template <class T>
T* must_have(T* object) {
    if (object == nullptr) std::abort();
    return object;
}

/// Reads `bytes`, which outlive it. OpenSSL makes none of a null pointer, which is where no bytes are.
inline Bio reader_of(Bytes bytes) {
    const char* const data = bytes.empty() ? "" : reinterpret_cast<const char*>(bytes.data());
    return Bio{must_have(BIO_new_mem_buf(data, static_cast<int>(bytes.size())))};
}

}  // namespace tools::crypto

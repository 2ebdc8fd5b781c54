// SPDX-License-Identifier: MIT
#include "crypto/hash.hpp"

#include <bearssl.h>

#include <new>
#include <type_traits>

#include "crypto/wipe.hpp"

namespace crypto {
namespace {

/// BearSSL's functions and context for a length of the digest. SHA-384 and SHA-512 differ in their first state and in
/// how much of the last one counts.
template <std::size_t DigestBytes>
struct Api;
template <>
struct Api<48> {
    using Context = br_sha384_context;
    static void init(Context* context) { br_sha384_init(context); }
    static void add(Context* context, Bytes bytes) { br_sha384_update(context, bytes.data(), bytes.size()); }
    static void out(const Context* context, std::byte* digest) { br_sha384_out(context, digest); }
};
template <>
struct Api<64> {
    using Context = br_sha512_context;
    static void init(Context* context) { br_sha512_init(context); }
    static void add(Context* context, Bytes bytes) { br_sha512_update(context, bytes.data(), bytes.size()); }
    static void out(const Context* context, std::byte* digest) { br_sha512_out(context, digest); }
};

template <std::size_t DigestBytes, class Storage>
auto* context_in(Storage& storage) {
    using Context = Api<DigestBytes>::Context;
    static_assert(sizeof(Context) == sizeof storage && alignof(Context) <= 8);
    static_assert(std::is_trivially_copyable_v<Context>);
    using Result = std::conditional_t<std::is_const_v<Storage>, const Context, Context>;
    return std::launder(reinterpret_cast<Result*>(storage.data()));
}

}  // namespace

template <std::size_t DigestBytes>
Sha2<DigestBytes>::Sha2() {
    Api<DigestBytes>::init(context_in<DigestBytes>(context_));
}

template <std::size_t DigestBytes>
Sha2<DigestBytes>::~Sha2() {
    wipe(context_);
}

template <std::size_t DigestBytes>
void Sha2<DigestBytes>::add(Bytes bytes) {
    if (!bytes.empty()) Api<DigestBytes>::add(context_in<DigestBytes>(context_), bytes);
}

template <std::size_t DigestBytes>
auto Sha2<DigestBytes>::value() const -> Digest {
    Digest digest;
    Api<DigestBytes>::out(context_in<DigestBytes>(context_), digest.data());
    return digest;
}

template class Sha2<48>;
template class Sha2<64>;

Sha384::Digest sha384(Bytes bytes) {
    Sha384 hash;
    hash.add(bytes);
    return hash.value();
}

Sha512::Digest sha512(Bytes bytes) {
    Sha512 hash;
    hash.add(bytes);
    return hash.value();
}

}  // namespace crypto

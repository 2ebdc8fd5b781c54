// SPDX-License-Identifier: MIT
#include "snpemu/psp/messages.hpp"

#include "base/result.hpp"
#include "crypto/aes_gcm.hpp"
#include "crypto/ecdsa_p384.hpp"
#include "snpemu/psp/ciphers.hpp"

namespace snpemu::psp {
namespace {

using model::psp::MessageKey, model::psp::MessageNonce, model::psp::MessageTag;

MessageTag seal(const MessageKey& key, const MessageNonce& nonce, Bytes authenticated,
                std::span<std::byte> text) {
    return crypto::seal(key, nonce, authenticated, text);
}
bool open(const MessageKey& key, const MessageNonce& nonce, Bytes authenticated, std::span<std::byte> text,
          const MessageTag& tag) {
    return crypto::open(key, nonce, authenticated, text, tag);
}
std::optional<model::psp::P384Pair> sign(const model::psp::P384Number& key, const abi::Sha384& digest) {
    const auto signature = crypto::sign_p384(key, digest);
    if (!signature) return std::nullopt;
    return model::psp::P384Pair{signature->r, signature->s};
}

constexpr model::psp::Ciphers ciphers{sha384, seal, open, sign};

}  // namespace

std::expected<void, model::psp::MessageRefusal> serve(Context& context, abi::GuestMessage& request,
                                                      abi::GuestMessage& response) {
    const model::psp::Firmware firmware{context.known.chip, context.platform, ciphers,
                                        context.report_version};
    TRY_VOID(model::psp::answer(context.guest, firmware, request, response));
    model::psp::consumed(context.guest, response);
    return {};
}

}  // namespace snpemu::psp

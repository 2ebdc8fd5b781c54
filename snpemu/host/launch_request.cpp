// SPDX-License-Identifier: MIT
#include "snpemu/host/launch_request.hpp"

#include <algorithm>

namespace snpemu {
namespace {

void put(abi::EcdsaSignature& to, const abi::igvm::IdBlockSignature& from) {
    std::ranges::copy(from.r, to.r);
    std::ranges::copy(from.s, to.s);
}
void put(abi::EcdsaPublicKey& to, const abi::igvm::IdBlockPublicKey& from) {
    to.curve = from.curve;
    std::ranges::copy(from.qx, to.qx);
    std::ranges::copy(from.qy, to.qy);
}

void put(abi::IdBlock& to, const abi::igvm::SnpIdBlock& from) {
    std::ranges::copy(from.ld, to.ld);
    std::ranges::copy(from.family_id, to.family_id);
    std::ranges::copy(from.image_id, to.image_id);
    to.version = from.version;
    to.guest_svn = from.guest_svn;
}
void put(abi::IdAuth& to, const abi::igvm::SnpIdBlock& from) {
    to.id_key_algorithm = from.id_key_algorithm;
    to.author_key_algorithm = from.author_key_algorithm;
    put(to.id_block_signature, from.id_key_signature);
    put(to.id_key, from.id_public_key);
    put(to.id_key_signature, from.author_key_signature);
    put(to.author_key, from.author_public_key);
}

constinit psp::IdBlockRequest id_block{};

}  // namespace

const psp::IdBlockRequest* id_block_of(const igvm::File& file) {
    const auto in_file = file.id_block();
    if (!in_file) return nullptr;
    put(id_block.block, *in_file);
    put(id_block.auth, *in_file);
    id_block.block.policy = policy_of(file);
    id_block.has_author = in_file->author_key_enabled != 0;
    return &id_block;
}

std::uint64_t policy_of(const igvm::File& file) {
    // QEMU's loader asks for it when the image names none: no debugging, SMT allowed.
    std::uint64_t policy = 0x3'0000;
    file.for_each([&](const igvm::Directive& directive) {
        if (const auto* named = std::get_if<igvm::GuestPolicy>(&directive)) policy = named->policy;
        return true;
    });
    return policy;
}

psp::PageType type_of(const igvm::PageData& page) {
    using abi::igvm::PageDataType;
    switch (page.type) {
        case PageDataType::Secrets: return psp::PageType::Secrets;
        case PageDataType::CpuidData:
        case PageDataType::CpuidXf: return psp::PageType::Cpuid;
        case PageDataType::Normal: break;
    }
    if (page.unmeasured) return psp::PageType::Unmeasured;
    return page.data ? psp::PageType::Normal : psp::PageType::Zero;
}

}  // namespace snpemu

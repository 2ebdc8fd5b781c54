// SPDX-License-Identifier: MIT
// ID blocks at the end of a launch, signed here: each change of one is refused for its own reason.
#include "model/psp/id_block.hpp"

#include <algorithm>

#include "base/bytes.hpp"
#include "crypto/ecdsa_p384.hpp"
#include "crypto/hash.hpp"
#include "tests/unit/reached.hpp"

namespace model::psp {
namespace {

std::string name_of(IdRefusal refusal) {
    switch (refusal) {
        case IdRefusal::Digest: return "Digest";
        case IdRefusal::Policy: return "Policy";
        case IdRefusal::Version: return "Version";
        case IdRefusal::Algorithm: return "Algorithm";
        case IdRefusal::Signature: return "Signature";
        case IdRefusal::AuthorAlgorithm: return "AuthorAlgorithm";
        case IdRefusal::AuthorSignature: return "AuthorSignature";
    }
    return "";
}

/// "0a0b..." as a number of the curve.
P384Number number(std::string_view text) {
    const auto digit = [](char c) { return static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10); };
    P384Number bytes;
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<std::byte>(digit(text.at(2 * i)) << 4 | digit(text.at(2 * i + 1)));
    return bytes;
}

/// A private key 01 01 .. or 02 02 .., its point as other programs computed it, and the digest of its structure.
struct Key {
    std::byte fill;
    P384Number x, y, digest;
};
const Key id_key{
    std::byte{1},
    number(
        "43e3af2a0db9086750976877650f426d2157a45e10de646ff857198b226df0d4b2243408e03ba711d9c34c51cb344413"),
    number(
        "dd12e3cea20d5112f06b0831d2ea139ba34061f8310e9744fd18d915ef34f6f2c670e34c63eeb80bcc613ecb91f2c196"),
    number(
        "070fb0a1cdfa094726c80f5a9cb4a5d0a8bb5195225d026f6102e04f6e676bbbc214e4c477f8ade7c2b37d0a470a33dd")};
const Key author_key{
    std::byte{2},
    number(
        "316140c268c8841cddd1dcbb51a11d516d285cdda6979f1db9230b9a9436f07ea3bacb8f4200e382634338484d19cdf4"),
    number(
        "94a1a457df42b3e7e22a255300495305b5d6f0208f2aada1741af1a9baaa73c39db971ef06d180d9524e1a2a4d33dfa0"),
    number(
        "88e72344ccbedcafc0468a2fa0d26bf8b76595347a4620fe597169f2451298b7d0b92d917ff81bf380ffbf325a216a64")};

void put_point(abi::EcdsaPublicKey& to, const Key& key) {
    to.curve = abi::curve_p384;
    put_number(to.qx, key.x);
    put_number(to.qy, key.y);
}
template <class T>
void sign(abi::EcdsaSignature& to, const T& message, const Key& key) {
    P384Number secret;
    secret.fill(key.fill);
    const auto signature = crypto::sign_p384(secret, crypto::sha384(bytes_of_object(message)));
    put_number(to.r, signature.value().r);
    put_number(to.s, signature.value().s);
}

constexpr std::uint64_t policy = 0x3'0000;

class PspIdBlock : public testing::Test {
protected:
    PspIdBlock() {
        digest.fill(std::byte{0x5a});
        std::ranges::fill(request.block.ld, std::uint8_t{0x5a});
        std::ranges::fill(request.block.family_id, std::uint8_t{0xfa});
        std::ranges::fill(request.block.image_id, std::uint8_t{0x1a});
        request.block.version = abi::id_block_version;
        request.block.guest_svn = 7;
        request.block.policy = policy;
        request.auth.id_key_algorithm = request.auth.author_key_algorithm = abi::ecdsa_p384_sha384;
        put_point(request.auth.id_key, id_key);
        put_point(request.auth.author_key, author_key);
        sign_all();
    }
    void sign_all() {
        sign(request.auth.id_block_signature, request.block, id_key);
        sign(request.auth.id_key_signature, request.auth.id_key, author_key);
    }
    [[nodiscard]] std::expected<Identity, IdRefusal> check() const {
        return check_id_block(
            request, digest, policy, [](Bytes bytes) -> abi::Sha384 { return crypto::sha384(bytes); },
            [](const P384Pair& point, const abi::Sha384& hash, const P384Pair& signature) {
                return crypto::verifies_p384({point.first, point.second}, hash,
                                             {signature.first, signature.second});
            });
    }
    IdBlockRequest request{.has_author = true};
    abi::Sha384 digest;
};

TEST_F(PspIdBlock, names_the_owner_in_reports) {
    const auto identity = check();
    ASSERT_TRUE(identity);
    EXPECT_EQ(identity->family_id[15], 0xfa);
    EXPECT_EQ(identity->image_id[0], 0x1a);
    EXPECT_EQ(identity->guest_svn, 7u);
    EXPECT_EQ(identity->id_key_digest, id_key.digest) << "as four other programs have it";
    EXPECT_EQ(identity->author_key_digest, author_key.digest);
    EXPECT_TRUE(identity->has_author);
}

TEST_F(PspIdBlock, without_an_author_looks_at_nothing_of_one) {
    request.has_author = false;
    request.auth.author_key_algorithm = 9;
    request.auth.id_key_signature = {};
    request.auth.author_key = {};
    const auto identity = check();
    ASSERT_TRUE(identity);
    EXPECT_EQ(identity->author_key_digest, abi::Sha384{});
    EXPECT_FALSE(identity->has_author);
}

TEST_F(PspIdBlock, is_refused_for_each_reason) {
    using enum IdRefusal;
    struct Row {
        const char* what;
        void (*change)(IdBlockRequest&);
        bool signs_again;  ///< so that only the change itself is wrong
        IdRefusal why;
    };
    static constexpr Row rows[] = {
        {"first byte of the digest", [](IdBlockRequest& r) { r.block.ld[0] ^= 1; }, true, Digest},
        {"last byte of the digest", [](IdBlockRequest& r) { r.block.ld[47] ^= 1; }, true, Digest},
        {"debugging", [](IdBlockRequest& r) { r.block.policy |= 1 << 19; }, true, Policy},
        {"version 2", [](IdBlockRequest& r) { r.block.version = 2; }, true, Version},
        {"algorithm 0", [](IdBlockRequest& r) { r.auth.id_key_algorithm = 0; }, true, Algorithm},
        {"curve 1", [](IdBlockRequest& r) { r.auth.id_key.curve = 1; }, true, Algorithm},
        {"SVN", [](IdBlockRequest& r) { ++r.block.guest_svn; }, false, Signature},
        {"family", [](IdBlockRequest& r) { r.block.family_id[3] ^= 1; }, false, Signature},
        {"R", [](IdBlockRequest& r) { r.auth.id_block_signature.r[0] ^= 1; }, false, Signature},
        {"S behind its 48 bytes", [](IdBlockRequest& r) { r.auth.id_block_signature.s[48] = 1; }, false,
         Signature},
        {"another key", [](IdBlockRequest& r) { put_point(r.auth.id_key, author_key); }, false, Signature},
        {"a point beside the curve", [](IdBlockRequest& r) { r.auth.id_key.qx[0] ^= 1; }, false, Signature},
        {"author's algorithm", [](IdBlockRequest& r) { r.auth.author_key_algorithm = 2; }, true,
         AuthorAlgorithm},
        {"author's curve", [](IdBlockRequest& r) { r.auth.author_key.curve = 1; }, true, AuthorAlgorithm},
        {"author's signature", [](IdBlockRequest& r) { r.auth.id_key_signature.s[1] ^= 1; }, false,
         AuthorSignature},
        {"reserved byte of the ID key", [](IdBlockRequest& r) { r.auth.id_key.reserved[9] = 1; }, false,
         AuthorSignature},
        {"another author", [](IdBlockRequest& r) { put_point(r.auth.author_key, id_key); }, false,
         AuthorSignature},
    };
    Reached<IdRefusal, std::string (*)(IdRefusal)> table{name_of};
    const IdBlockRequest right = request;
    for (const Row& row : rows) {
        request = right;
        row.change(request);
        if (row.signs_again) sign_all();
        table.row(row.what, check(), row.why);
    }
    table.expect_all();
}

TEST(PspIdRefusal, has_the_firmwares_status) {
    using enum IdRefusal;
    using Status = abi::FirmwareStatus;
    EXPECT_EQ(status_of(Digest), Status::BadMeasurement);
    EXPECT_EQ(status_of(Policy), Status::PolicyFailure);
    EXPECT_EQ(status_of(Version), Status::BadVersion);
    EXPECT_EQ(status_of(Algorithm), Status::InvalidParameter);
    EXPECT_EQ(status_of(AuthorAlgorithm), Status::InvalidParameter);
    EXPECT_EQ(status_of(Signature), Status::BadSignature);
    EXPECT_EQ(status_of(AuthorSignature), Status::BadSignature);
    for (unsigned i = 0; i < 256; ++i)
        if (!name_of(static_cast<IdRefusal>(i)).empty())
            EXPECT_FALSE(describe(static_cast<IdRefusal>(i)).empty());
}

}  // namespace
}  // namespace model::psp

// SPDX-License-Identifier: MIT
#include "crypto/hash.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>
#include <vector>

#include "tests/unit/crypto/hexadecimal.hpp"
#include "tests/unit/crypto/openssl.hpp"

namespace {

Bytes bytes_of(std::string_view text) { return std::as_bytes(std::span{text}); }

std::vector<std::byte> counted(std::size_t size) {
    std::vector<std::byte> bytes(size);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i * 7 + i / 256);
    return bytes;
}

TEST(Hash, has_the_values_of_the_standard) {
    EXPECT_EQ(to_hex(crypto::sha384(bytes_of("abc"))),
              "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
              "8086072ba1e7cc2358baeca134c825a7");
    EXPECT_EQ(to_hex(crypto::sha512(bytes_of("abc"))),
              "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
              "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
    EXPECT_EQ(to_hex(crypto::sha384({})),
              "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da"
              "274edebfe76f65fbd51ad2f14898b95b");
}

TEST(Hash, of_a_zero_page_is_that_of_launches) {
    EXPECT_EQ(to_hex(crypto::sha384(std::vector<std::byte>(4096))),
              "c0e59a3e3ffbd3b5c75428fb36432facabc745944296ff515f737c4fef4efc64"
              "586809f7a16f56354a1eaecf2aa8d774");
}

/// Around the 128 bytes of a block the padding takes one block or two.
TEST(Hash, equals_openssl_for_every_length) {
    for (std::size_t size = 0; size < 400; ++size) {
        const auto bytes = counted(size);
        EXPECT_EQ(to_hex(crypto::sha384(bytes)), to_hex(openssl::sha384(bytes))) << size;
        EXPECT_EQ(to_hex(crypto::sha512(bytes)), to_hex(openssl::sha512(bytes))) << size;
    }
}

TEST(Hash, does_not_depend_on_the_pieces) {
    const auto bytes = counted(1000);
    for (const std::size_t piece : {1u, 3u, 127u, 128u, 129u, 999u}) {
        crypto::Sha512 hash;
        for (std::size_t done = 0; done < bytes.size(); done += piece)
            hash.add(Bytes{bytes}.subspan(done, std::min(piece, bytes.size() - done)));
        EXPECT_EQ(hash.value(), crypto::sha512(bytes)) << piece;
    }
}

TEST(Hash, goes_on_after_its_value_and_in_a_copy) {
    crypto::Sha384 hash;
    hash.add(bytes_of("a"));
    EXPECT_EQ(hash.value(), crypto::sha384(bytes_of("a")));
    crypto::Sha384 copy = hash;
    hash.add(bytes_of("bc"));
    copy.add(bytes_of("cb"));
    EXPECT_EQ(hash.value(), crypto::sha384(bytes_of("abc")));
    EXPECT_EQ(copy.value(), crypto::sha384(bytes_of("acb")));
}

}  // namespace

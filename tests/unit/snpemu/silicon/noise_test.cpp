// SPDX-License-Identifier: MIT
// Deferred scramble: memory is noise at its first use.
#include "snpemu/silicon/noise.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include <gtest/gtest.h>

namespace snpemu {
namespace {

constexpr std::uint64_t granule = NoiseDebt::granule_bytes;
constexpr std::uint64_t memory_bytes = 66 * granule;  // more than one word of the map

class Noise : public testing::Test {
protected:
    [[nodiscard]] bool is_zero(std::uint64_t at) const {
        return std::all_of(&bytes[at], &bytes[at] + page_bytes,
                           [](std::byte b) { return b == std::byte{0}; });
    }

    std::vector<std::byte> bytes = std::vector<std::byte>(memory_bytes);
    std::array<std::uint64_t, NoiseDebt::words_for(Spa{memory_bytes})> map{};
    NoiseDebt debt{map};
};

TEST_F(Noise, comes_at_the_first_look) {
    EXPECT_TRUE(debt.owe({Spa{granule}, Spa{3 * granule}}));
    EXPECT_TRUE(is_zero(granule));
    debt.settle(Spa{2 * granule - 1}, bytes.data());
    for (std::uint64_t at = 0; at < memory_bytes; at += page_bytes)
        EXPECT_EQ(is_zero(at), at < granule || at >= 2 * granule) << at;
    EXPECT_TRUE(debt.is_owed(Spa{2 * granule}));
}

TEST_F(Noise, comes_once) {
    EXPECT_TRUE(debt.owe({Spa{0}, Spa{granule}}));
    debt.settle(Spa{0}, bytes.data());
    std::fill_n(bytes.begin(), page_bytes, std::byte{0});
    debt.settle(Spa{8}, bytes.data());
    EXPECT_TRUE(is_zero(0));
}

TEST_F(Noise, is_not_owed_where_nobody_promised_any) {
    debt.settle(Spa{0}, bytes.data());
    EXPECT_TRUE(is_zero(0));
    NoiseDebt{}.settle(Spa{0}, bytes.data());
    EXPECT_TRUE(is_zero(0));
}

TEST_F(Noise, is_forgiven_to_whoever_overwrites_the_page) {
    EXPECT_TRUE(debt.owe({Spa{0}, Spa{memory_bytes}}));
    debt.forgive({Spa{granule}, Spa{2 * granule}});
    EXPECT_FALSE(debt.is_owed(Spa{granule}));
    EXPECT_TRUE(debt.is_owed(Spa{granule - 1}));
    EXPECT_TRUE(debt.is_owed(Spa{2 * granule}));
    EXPECT_TRUE(debt.is_owed(Spa{65 * granule}));
}

TEST_F(Noise, differs_from_page_to_page) {
    fill_with_noise(bytes.data(), Spa{0x20'0000}, 2 * page_bytes);
    EXPECT_FALSE(std::equal(bytes.begin(), bytes.begin() + page_bytes, bytes.begin() + page_bytes));
}

TEST_F(Noise, cannot_be_owed_in_parts_or_beyond_the_map) {
    EXPECT_FALSE(debt.owe({Spa{0}, Spa{page_bytes}}));
    EXPECT_FALSE(debt.owe({Spa{page_bytes}, Spa{granule}}));
    EXPECT_FALSE(debt.owe({Spa{0}, Spa{64 * 3 * granule}}));
    EXPECT_FALSE(debt.is_owed(Spa{0}));
    debt.forgive({Spa{64 * 3 * granule}, Spa{64 * 4 * granule}});
}

}  // namespace
}  // namespace snpemu

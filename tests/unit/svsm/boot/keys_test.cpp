// SPDX-License-Identifier: MIT
// VMPCK0 is in one place at a time.
#include "svsm/boot/keys.hpp"

#include <algorithm>
#include <span>

#include <gtest/gtest.h>

#include "machine/sim/machine.hpp"
#include "svsm/launch/boot_region.hpp"

namespace svsm {
namespace {

class Keys : public testing::Test {
protected:
    Keys() {
        original.version = 3;
        original.tsc_factor = 7;
        for (std::uint8_t vmpl = 0; vmpl < 4; ++vmpl)
            std::ranges::fill(original.vmpck[vmpl], static_cast<std::uint8_t>(0xa0 + vmpl));
    }
    /// Any quarter of the key, which a half-wiped copy would leave.
    template <class T>
    static bool holds_vmpck0(const T& object) {
        constexpr std::array<std::uint8_t, 8> part{0xa0, 0xa0, 0xa0, 0xa0, 0xa0, 0xa0, 0xa0, 0xa0};
        const std::span bytes{reinterpret_cast<const std::uint8_t*>(&object), sizeof object};
        return !std::ranges::search(bytes, part).empty();
    }
    abi::SecretsPage original{};
    KeyPage keys{};
};

TEST_F(Keys, vmpck0_moves_and_the_rest_stays) {
    ASSERT_TRUE(holds_vmpck0(original));
    take_keys(keys, original);
    EXPECT_TRUE(std::ranges::all_of(keys.vmpck0, [](std::uint8_t byte) { return byte == 0xa0; }));
    EXPECT_FALSE(holds_vmpck0(original));
    EXPECT_EQ(original.vmpck[1][0], 0xa1);
    EXPECT_EQ(original.vmpck[3][31], 0xa3);
    EXPECT_EQ(original.version, 3u);
}

TEST_F(Keys, the_guests_copy_is_made_from_a_page_without_it) {
    take_keys(keys, original);
    Guest guest;
    for (const auto vmpl : guest_levels) {
        guest.vmpl = vmpl;
        abi::SecretsPage copy{};
        fill_guest_secrets(copy, {guest, abi::CpuidPage{}, original, {}, 47, false});
        EXPECT_FALSE(holds_vmpck0(copy));
        EXPECT_EQ(copy.vmpck[static_cast<std::size_t>(vmpl)][0], 0xa0 + static_cast<unsigned>(vmpl));
    }
}

TEST_F(Keys, nothing_is_left_in_the_page_that_the_firmware_filled) {
    wipe_secrets(original);
    const std::span bytes{reinterpret_cast<const std::uint8_t*>(&original), sizeof original};
    EXPECT_TRUE(std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; }));
}

}  // namespace
}  // namespace svsm

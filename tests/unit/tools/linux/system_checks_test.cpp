// SPDX-License-Identifier: MIT
// The disk with the checks of a whole system, and the list of units that may fail.
#include "tools/linux/system_checks.hpp"

#include <gtest/gtest.h>

namespace tools::linux_boot {
namespace {

TEST(SystemChecks, are_a_script_that_knows_what_it_is_to_find) {
    const Buffer disk = system_checks(2, 3);
    EXPECT_EQ(disk.size() % 512, 0u);
    const std::string_view text{reinterpret_cast<const char*>(disk.data()), disk.size()};
    EXPECT_TRUE(text.starts_with("adyton_vmpl=2\nadyton_cpus=3\nmay_fail='"));
    EXPECT_NE(text.find("\nno_unit_has_failed() {"), std::string_view::npos);
    EXPECT_NE(text.find("\nall_cpus_are_up() {"), std::string_view::npos);
}

TEST(SystemChecks, a_unit_may_fail_for_a_reason_only) {
    EXPECT_EQ(listed_units("# words\n\na.service it has no device\nb.mount another\n").value_or("refused"),
              "a.service b.mount");
    for (const char* list : {"a.service\n", "a.service  \n"}) {
        const auto listed = listed_units(list);
        ASSERT_FALSE(listed) << list;
        EXPECT_EQ(listed.error().sentence, "the unit a.service may fail for no reason; write one behind its name");
    }
}

TEST(SystemChecks, every_unit_in_the_tree_has_a_reason) { EXPECT_TRUE(listed_units(failed_units_list())); }

}  // namespace
}  // namespace tools::linux_boot

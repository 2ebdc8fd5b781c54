// SPDX-License-Identifier: MIT
// Runs the tests of one program. A run in which nothing ran is a failure: a mistyped filter must not
// look like success.
#include <cstdio>

#include <gtest/gtest.h>

int main(int argc, char** argv) {
    testing::InitGoogleTest(&argc, argv);
    const int failed = RUN_ALL_TESTS();
    if (testing::GTEST_FLAG(list_tests) || testing::UnitTest::GetInstance()->test_to_run_count() > 0)
        return failed;
    std::fputs("no test ran\n", stderr);
    return 1;
}

// SPDX-License-Identifier: MIT
// Tests inside a guest: TEST("behaviour") { CHECK(condition); } in any file of the guest, TAP on the console.
#pragma once
#include <cstdint>
#include <string_view>

namespace guest {

/// One test; the linker gathers them in the order of the guest's source files.
struct Check {
    const char* title;
    void (*run)();
};

/// Marks the running test as failed and says where.
void fail_check(std::string_view file, int line, std::string_view condition);

/// Runs every test on this vCPU and returns how many failed; a guest without tests counts as one failure.
[[nodiscard]] unsigned run_checks();
/// How many there are.
[[nodiscard]] unsigned check_count();

}  // namespace guest

#define CHECK_NAME_2(line) check_of_line_##line
#define CHECK_NAME(line) CHECK_NAME_2(line)
#define CHECK_ENTRY_2(line) check_entry_of_line_##line
#define CHECK_ENTRY(line) CHECK_ENTRY_2(line)

#define TEST(title)                                                                               \
    static void CHECK_NAME(__LINE__)();                                                           \
    [[gnu::used, gnu::section(".checks")]] static constexpr ::guest::Check CHECK_ENTRY(__LINE__){ \
        title, CHECK_NAME(__LINE__)};                                                             \
    static void CHECK_NAME(__LINE__)()

/// Ends the test when the condition does not hold.
#define CHECK(...)                                                                             \
    do {                                                                                       \
        if (!(__VA_ARGS__)) return ::guest::fail_check(__FILE_NAME__, __LINE__, #__VA_ARGS__); \
    } while (false)

// SPDX-License-Identifier: MIT
// Checks of the suite: CONFORMS("name", "heading") { EXPECT(...); } in any file, TAP 13 on the console. CHOOSES instead where
// the specification is silent about some of what is expected; docs/conformance.md has a row for each of those.
#pragma once
#include <cstdint>

namespace conf {

/// One check; the linker gathers them in the order of the files, which is that of the output.
struct Check {
    const char* name;       ///< what.about-what, the handle by which a failure is spoken of
    const char* reference;  ///< heading in AMD 58019, or a document and a heading
    void (*run)();
    bool is_choice = false;  ///< another SVSM may differ and be right
};

/// Where and why. Any context may complain; the first complaint of a check is printed.
struct Complaint {
    const char* file;
    int line;
    const char* what;
    bool has_values;
    std::uint64_t found, expected;
};
void complain(const Complaint& complaint);

/// Names the row of a table that is being tried; printed with a complaint.
void row(const char* text, std::uint64_t number = 0);
/// The running check does not apply here; `why` is shown.
void skip(const char* why);
/// True when the running check has failed already: long races end early then.
[[nodiscard]] bool has_failed();

/// Runs all checks, or the one that is to run alone, and returns how many failed; a suite without checks has failed once.
[[nodiscard]] unsigned run_suite();

}  // namespace conf

#define CONFORMS_NAME_2(line) check_of_line_##line
#define CONFORMS_NAME(line) CONFORMS_NAME_2(line)
#define CONFORMS_ENTRY_2(line) check_entry_of_line_##line
#define CONFORMS_ENTRY(line) CONFORMS_ENTRY_2(line)

#define CONFORMS_CHECK(name, reference, is_choice)                                                  \
    static void CONFORMS_NAME(__LINE__)();                                                          \
    [[gnu::used, gnu::section(".checks")]] static constexpr ::conf::Check CONFORMS_ENTRY(__LINE__){ \
        name, reference, CONFORMS_NAME(__LINE__), is_choice};                                       \
    static void CONFORMS_NAME(__LINE__)()
#define CONFORMS(name, reference) CONFORMS_CHECK(name, reference, false)
#define CHOOSES(name, reference) CONFORMS_CHECK(name, reference, true)

/// Ends the check when the condition does not hold.
#define EXPECT(...)                                                                                        \
    do {                                                                                                   \
        if (!(__VA_ARGS__)) return ::conf::complain({__FILE_NAME__, __LINE__, #__VA_ARGS__, false, 0, 0}); \
    } while (false)

/// Ends the check when two numbers differ, and shows both.
#define EXPECT_EQ(found_value, expected_value)                                                 \
    do {                                                                                       \
        const auto found_number = static_cast<std::uint64_t>(found_value);                     \
        const auto expected_number = static_cast<std::uint64_t>(expected_value);               \
        if (found_number != expected_number)                                                   \
            return ::conf::complain(                                                           \
                {__FILE_NAME__, __LINE__, #found_value, true, found_number, expected_number}); \
    } while (false)

#define NEEDS_VCPUS(count) \
    if (::conf::platform::vcpu_count() < (count)) return ::conf::skip("needs " #count " vCPUs")
/// For checks with a second, less privileged guest VMPL.
#define NEEDS_LOWER_VMPL() \
    if (::conf::platform::vmpl() >= 3) return ::conf::skip("there is no less privileged VMPL")

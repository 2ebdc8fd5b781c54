// SPDX-License-Identifier: MIT
// A rule of the manuals as a test of the machine: RULE(...) declares one, the linker collects them.
#pragma once
#include <cstdint>

namespace rules {

struct Rule {
    void (*run)();
    const char* name;     ///< unique among all programs
    const char* heading;  ///< the manual and its heading, as in "APM3: PVALIDATE"
    /// Empty: the rule returns. Else the machine ends while it runs, with the verdict of this kind, and the rule has a
    /// launch of its own.
    const char* ends = "";
    const char* options =
        "";  ///< of `adyton run`, as in "--cpus 2"; rules with the same options share a launch
    const char* image = "";  ///< of the image maker, as in "--vmsa 3e8=7"; the same
};

/// RULE(a_sentence_about_behaviour, "APM3: PVALIDATE", .ends = "shutdown") { body }
#define RULE(rule, manual, ...)                                                                          \
    static void rule();                                                                                  \
    [[gnu::used, gnu::retain, gnu::section(".rules")]] static constinit const ::rules::Rule rule##_rule{ \
        .run = rule, .name = #rule, .heading = manual __VA_OPT__(, ) __VA_ARGS__};                       \
    static void rule()

/// Where an expectation stands.
struct Place {
    const char* file;
    unsigned line;
    const char* text;
};
/// Notes that the running rule has failed and prints both values; the rule goes on. True when they are equal.
bool expect_equal(std::uint64_t value, std::uint64_t wanted, const Place& place);
/// The rule goes no further.
[[noreturn]] void give_up();

#define CHECK_EQ(value, wanted)                                                                  \
    ::rules::expect_equal(static_cast<std::uint64_t>(value), static_cast<std::uint64_t>(wanted), \
                          {__FILE__, __LINE__, #value " == " #wanted})
#define CHECK(condition) ::rules::expect_equal((condition) ? 1 : 0, 1, {__FILE__, __LINE__, #condition})
#define REQUIRE(condition) (CHECK(condition) ? (void)0 : ::rules::give_up())

/// A line "# text" and two numbers, for the person that looks into a rule.
void note(const char* text, std::uint64_t a, std::uint64_t b = 0);

}  // namespace rules

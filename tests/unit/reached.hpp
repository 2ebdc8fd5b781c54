// SPDX-License-Identifier: MIT
// Which reasons of a refusal enum the tests of a file have provoked. A value that no row provokes fails its
// test, so an enumerator without a test cannot be added.
#pragma once
#include <gtest/gtest.h>

#include <initializer_list>
#include <optional>
#include <set>
#include <string>
#include <utility>

/// Checks each row {what was decided, the reason that is expected; none: it is granted} and that the rows
/// together give every reason of E. `name_of` is a switch over E without a default, so that the compiler asks
/// for a new enumerator there; it returns an empty string for numbers that are none.
template <class E, class NameOf>
class Reached {
public:
    explicit Reached(NameOf name_of) : name_of_{name_of} {}
    template <class Expected>
    void row(const char* scene, const Expected& decided, std::optional<E> expected) {
        const auto reason = decided ? std::nullopt : std::optional{decided.error()};
        EXPECT_EQ(reason, expected) << scene;
        if (reason) seen_.insert(*reason);
    }
    /// The numbers of E's values lie in [first, last].
    void expect_all(unsigned first = 0, unsigned last = 255) const {
        for (unsigned i = first; i <= last; ++i)
            if (const std::string name = name_of_(static_cast<E>(i)); !name.empty())
                EXPECT_TRUE(seen_.contains(static_cast<E>(i))) << "no row provokes " << name;
    }

private:
    NameOf name_of_;
    std::set<E> seen_;
};

// SPDX-License-Identifier: MIT
// Early return for std::expected.
#pragma once
#include <expected>
#include <utility>

/// Unwraps an expected or returns its error from the enclosing function (which returns an expected too).
#define TRY(...)                                                                \
    __extension__({                                                             \
        auto try_result = (__VA_ARGS__);                                        \
        if (!try_result) return std::unexpected{std::move(try_result).error()}; \
        *std::move(try_result);                                                 \
    })
/// The same for expected<void, E>.
#define TRY_VOID(...)                                              \
    do {                                                           \
        if (auto try_result = (__VA_ARGS__); !try_result)          \
            return std::unexpected{std::move(try_result).error()}; \
    } while (false)

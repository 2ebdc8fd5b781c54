// SPDX-License-Identifier: MIT
// What the machine's AMD-SP measured, held against what the image has to measure.
#pragma once
#include <string>

#include "tools/qemu/session.hpp"
#include "tools/run/prepare.hpp"

namespace tools::run {

/// Whether the machine launched the image: same digest, same policy, with its ID block if it has one.
[[nodiscard]] bool is_launch_of(const Prepared& prepared, const qemu::Fields& launch);

/// A launch that is not that of the image ends the session. Points to `prepared`.
void expect_launch(qemu::Watch& watch, const Prepared& prepared);

/// What a launch that is not that of the image has in place of what, lines for stderr. When the digests differ, `spec` is
/// launched once more, to list its pages: the first that differs is named. Nothing runs in it.
[[nodiscard]] Result<std::string> explain_launch(const Prepared& prepared, qemu::Spec spec,
                                                 const qemu::Fields& launch);

/// The first page of `launched` that is not the one of `expected`, in half a sentence.
[[nodiscard]] std::string first_difference(const std::vector<qemu::LaunchedPage>& launched,
                                           const measure::Links& expected);

}  // namespace tools::run

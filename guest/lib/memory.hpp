// SPDX-License-Identifier: MIT
// Pages of this guest: where they come from and how they look without the C-bit.
#pragma once
#include <cstddef>
#include <optional>

#include "base/address.hpp"

namespace guest {

/// Hands out adjacent zeroed private pages, never 2 MiB aligned ones: those of the image, then of blocks outside it.
/// Boot vCPU only; ends the guest when none is left.
[[nodiscard]] Gpa allocate_pages(std::size_t count = 1);
/// A 2 MiB block of validated RAM outside the image, a new one at each call; empty when there are no more.
[[nodiscard]] std::optional<Gpa> allocate_block();

/// Adds a second view of the first GiB, without C-bit, 512 GiB higher. Called once, before the first other
/// vCPU. A view of its own needs no page-table change - hence no TLB shootdown - when a page becomes shared.
void map_shared_view();
/// The page or byte at `at` without the C-bit: meaningful while the hypervisor owns the page.
[[nodiscard]] std::byte* shared_view(Gpa at);

}  // namespace guest

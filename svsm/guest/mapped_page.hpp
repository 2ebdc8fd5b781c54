// SPDX-License-Identifier: MIT
// One use of guest memory: a window is mapped exactly as long as this object lives.
#pragma once
#include "machine/machine.hpp"

namespace svsm {

/// Cannot fail, and cannot be copied or moved. The simulated machine refuses a second guard of the same
/// window and any address used after its guard is gone. The host may take the page at any time:
/// accesses can fault.
class [[nodiscard]] MappedPage {
public:
    MappedPage(machine::Window window, Gpa page) : window_{window}, va_{machine::map_window(window, page)} {}
    ~MappedPage() { machine::unmap_window(window_); }
    MappedPage(MappedPage&&) = delete;
    [[nodiscard]] Va va() const { return va_; }

private:
    machine::Window window_;
    Va va_;
};

/// The scratch window for a page of that size.
[[nodiscard]] constexpr machine::Window scratch_window(PageSize size) {
    return size == PageSize::Size2M ? machine::Window::Scratch2M : machine::Window::Scratch4K;
}

}  // namespace svsm

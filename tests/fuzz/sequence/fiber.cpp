// SPDX-License-Identifier: MIT
#include "tests/fuzz/sequence/fiber.hpp"

#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>

#include <cstdint>
#include <utility>

#include "tests/fuzz/fuzz.hpp"

namespace fuzz {

Fiber::Fiber(std::span<std::byte> stack, std::function<void()> body) : stack_{stack}, body_{std::move(body)} {
    // A fiber that ran here before has left the red zones of frames that never returned.
    ASAN_UNPOISON_MEMORY_REGION(stack.data(), stack.size());
    expect(getcontext(&here_) == 0, "no context to start from");
    here_.uc_stack.ss_sp = stack.data();
    here_.uc_stack.ss_size = stack.size();
    here_.uc_link = nullptr;
    const auto self = reinterpret_cast<std::uintptr_t>(this);
    makecontext(&here_, reinterpret_cast<void (*)()>(&Fiber::enter), 2, static_cast<unsigned>(self),
                static_cast<unsigned>(self >> 32));
    current_ = sim::current;
}

// makecontext passes integers only.
void Fiber::enter(unsigned low, unsigned high) {
    auto* self = reinterpret_cast<Fiber*>(std::uintptr_t{low} | std::uintptr_t{high} << 32);
    __sanitizer_finish_switch_fiber(nullptr, &self->outside_stack_, &self->outside_bytes_);
    self->body_();
    self->is_done_ = true;
    self->leave(nullptr);  // nothing to come back to
}

void Fiber::resume() {
    void* own_fake_stack = nullptr;
    std::swap(sim::current, current_);
    __sanitizer_start_switch_fiber(&own_fake_stack, stack_.data(), stack_.size());
    swapcontext(&outside_, &here_);
    __sanitizer_finish_switch_fiber(own_fake_stack, nullptr, nullptr);
    std::swap(sim::current, current_);
}

void Fiber::suspend() {
    leave(&fake_stack_);
    __sanitizer_finish_switch_fiber(fake_stack_, &outside_stack_, &outside_bytes_);
}

void Fiber::leave(void** fake_stack) {
    __sanitizer_start_switch_fiber(fake_stack, outside_stack_, outside_bytes_);
    swapcontext(&here_, &outside_);
}

}  // namespace fuzz

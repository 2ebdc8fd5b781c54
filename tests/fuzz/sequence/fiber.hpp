// SPDX-License-Identifier: MIT
// A simulated CPU of the sequence fuzzer: a stack of its own, on one thread, so that the fuzzer alone decides
// which CPU runs, and decides the same for the same input.
#pragma once
#include <ucontext.h>

#include <cstddef>
#include <functional>
#include <span>

#include "machine/sim/current.hpp"

namespace fuzz {

class Fiber {
public:
    /// `body` runs on `stack`, from the first `resume` on; it must not let an exception out.
    Fiber(std::span<std::byte> stack, std::function<void()> body);
    Fiber(const Fiber&) = delete;
    Fiber& operator=(const Fiber&) = delete;

    /// Runs it until it suspends itself or ends.
    void resume();
    /// Leaves the running fiber and continues the one that resumed it.
    void suspend();
    [[nodiscard]] bool is_done() const { return is_done_; }

private:
    static void enter(unsigned low, unsigned high);
    void leave(void** fake_stack);

    std::span<std::byte> stack_;
    std::function<void()> body_;
    ucontext_t here_{}, outside_{};
    /// Which CPU calls machine:: on this stack, and in which hook: machine/sim keeps that per thread.
    sim::Current current_{};
    void* fake_stack_ = nullptr;  ///< of the address sanitizer
    const void* outside_stack_ = nullptr;
    std::size_t outside_bytes_ = 0;
    bool is_done_ = false;
};

}  // namespace fuzz

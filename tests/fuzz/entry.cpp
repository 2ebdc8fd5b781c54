// SPDX-License-Identifier: MIT
// What libFuzzer calls.
#include <cstdio>
#include <cstdlib>

#include "tests/fuzz/fuzz.hpp"

namespace fuzz {

void (*before_finding)() = nullptr;

void finding(const char* sentence) {
    std::fprintf(stderr, "\nFINDING: %s\n", sentence);
    if (before_finding != nullptr) before_finding();
    std::fflush(stderr);
    std::abort();
}

}  // namespace fuzz

/// A short quarantine, because a target creates and destroys a whole machine per input.
extern "C" const char* __asan_default_options() {
    return "quarantine_size_mb=4:detect_stack_use_after_return=0";
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    fuzz::one_input(std::as_bytes(std::span{data, size}));
    return 0;
}

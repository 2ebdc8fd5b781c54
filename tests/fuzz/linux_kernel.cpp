// SPDX-License-Identifier: MIT
// The reader of Linux kernels: a file that a user hands in, or that a mirror sent.
#include "abi/adyton/boot_block.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tools/linux/kernel_file.hpp"

void fuzz::one_input(Bytes input) {
    const auto kernel = tools::linux_boot::read_kernel(input, "input");
    if (!kernel) {
        expect(!kernel.error().sentence.empty(), "refused without a sentence");
        return;
    }
    const Bytes code = kernel->protected_mode;
    expect(code.data() >= input.data() && code.data() + code.size() <= input.data() + input.size(),
           "what is loaded lies outside the file");
    const GpaRange free{Gpa{abi::adyton::guest_image_begin}, Gpa{abi::adyton::guest_image_end}};
    const GpaRange memory = kernel->memory();
    const GpaRange loaded{memory.begin, memory.begin + code.size()};
    expect(free.contains(memory) && free.contains(loaded), "the kernel wants memory that is not free");
    expect(loaded.contains(Gpa{kernel->entry()}), "the entry lies outside what is loaded");
    expect(!kernel->version.empty() &&
               std::ranges::all_of(kernel->version, [](char c) { return c > ' ' && c <= '~'; }),
           "a version that cannot be printed");
}

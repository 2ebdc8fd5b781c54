// SPDX-License-Identifier: MIT
// Marks one instruction that may fault, and where to continue then: a pair {instruction, continuation} in a
// section that the #VC and #PF handlers search (svsm/cpu/exception.cpp). Both are 32-bit distances from
// their own field.
#pragma once
#include <cstdint>

struct FaultTableEntry {
    std::int32_t instruction, continuation;
};
static_assert(sizeof(FaultTableEntry) == 8);

/// The same for one that the processor may lack: #UD at it, and nothing else, continues at the
/// C++ label `missing`.
#define ADYTON_ON_UNDEFINED                               \
    "\n.pushsection .undefined_table, \"a\", @progbits\n" \
    ".balign 4\n"                                         \
    ".long 1b - ., %l[missing] - .\n"                     \
    ".popsection"

/// Ends an `asm goto` whose faulting instruction carries the local label 1 and whose C++ label is `fault`.
#define ADYTON_ON_FAULT                               \
    "\n.pushsection .fault_table, \"a\", @progbits\n" \
    ".balign 4\n"                                     \
    ".long 1b - ., %l[fault] - .\n"                   \
    ".popsection"

// SPDX-License-Identifier: MIT
// The way into a random instruction; an exception is the way out.

.macro load_registers               // RSI: 15 registers
    mov 0(%rsi), %rax
    mov 8(%rsi), %rcx
    mov 16(%rsi), %rdx
    mov 24(%rsi), %rbx
    mov 40(%rsi), %rdi
    mov 48(%rsi), %rbp
    mov 56(%rsi), %r8
    mov 64(%rsi), %r9
    mov 72(%rsi), %r10
    mov 80(%rsi), %r11
    mov 88(%rsi), %r12
    mov 96(%rsi), %r13
    mov 104(%rsi), %r14
    mov 112(%rsi), %r15
    mov 32(%rsi), %rsi
.endm

.text
.globl fuzz_enter, fuzz_enter_32
fuzz_enter:                         // RDI: code, RSI: registers
    push %rdi
    load_registers
    ret                             // to the code

fuzz_enter_32:
    pushq $0x18                     // Selector::code32
    push %rdi
    load_registers
    lretq

.section .note.GNU-stack, "", @progbits

// SPDX-License-Identifier: MIT
// Entry points of the exceptions, all at one size, and their common path into C++.
//
//   stack when svsm_exception is called (ExceptionFrame, exception.hpp)
//     ss rsp rflags cs rip   the CPU, after aligning RSP to 16
//     error                  the CPU, or 0 from the stub
//     vector                 the stub
//     rax .. r15             the common path;  RSP and RDI point at r15

    .section .text.exception, "ax", @progbits

    .balign 16
    .globl exception_stubs
exception_stubs:
    vector = 0
    .rept 32
    .balign 16
    // NMI (2) and #HV (28) tell that the host has an event for the guest. The SVSM waits for no event, so its
    // handler is this one instruction, on a stack of its own. A host that injects the next one at this
    // instruction makes it return to itself without end: that denies service, no more.
    .if vector == 2 || vector == 28
    iretq
    .else
    // Vectors 8, 10..14, 17, 21, 29 (#VC) and 30 bring an error code. [APM2 "Error Codes"]
    .if !(vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21 || vector == 29 || vector == 30)
    pushq $0
    .endif
    pushq $vector
    jmp exception_common
    .endif
    vector = vector + 1
    .endr

exception_common:
    pushq %rax
    pushq %rbx
    pushq %rcx
    pushq %rdx
    pushq %rsi
    pushq %rdi
    pushq %rbp
    pushq %r8
    pushq %r9
    pushq %r10
    pushq %r11
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    cld
    movq %rsp, %rdi
    call svsm_exception
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %r11
    popq %r10
    popq %r9
    popq %r8
    popq %rbp
    popq %rdi
    popq %rsi
    popq %rdx
    popq %rcx
    popq %rbx
    popq %rax
    addq $(2 * 8), %rsp             // vector and error code
    iretq

    .section .note.GNU-stack, "", @progbits

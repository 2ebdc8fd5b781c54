// SPDX-License-Identifier: MIT
// Entry points of the machine's own exceptions and interrupts: one 16-byte stub a vector, one common frame.
//
//   RSP+0  r15 r14 r13 r12 r11 r10 r9 r8 rdi rsi rbp rbx rdx rcx rax  vector error rip cs rflags rsp ss
    .text
    .globl trap_stubs
    .align 16
trap_stubs:
    .set vector, 0
    .rept 256
    .align 16
    .if vector == 8 || (vector >= 10 && vector <= 14) || vector == 17
    testb $8, %spl              // A guest may send itself an interrupt of this number, which the machine takes in its
    jz 1f                       // place: one without an error code, so RSP is not a multiple of 16.
    .endif
    pushq $0                    // what has no error code gets a zero, so that all frames look alike
1:
    pushq $vector
    jmp trap_common
    .set vector, vector + 1
    .endr
trap_common:
    push %rax
    push %rcx
    push %rdx
    push %rbx
    push %rbp
    push %rsi
    push %rdi
    push %r8
    push %r9
    push %r10
    push %r11
    push %r12
    push %r13
    push %r14
    push %r15
    mov %rsp, %rdi
    cld
    call handle_trap
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %r11
    pop %r10
    pop %r9
    pop %r8
    pop %rdi
    pop %rsi
    pop %rbp
    pop %rbx
    pop %rdx
    pop %rcx
    pop %rax
    add $16, %rsp
    iretq
    .section .note.GNU-stack, "", @progbits

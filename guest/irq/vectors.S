// SPDX-License-Identifier: MIT
// Ways into the interrupt handler: one stub of 16 bytes per vector, all registers that C++ may change saved.
.text
.balign 16
.globl irq_vectors
irq_vectors:
.set vector, 0
.rept 256
    .balign 16
    push $vector
    jmp irq_common
    .set vector, vector + 1
.endr

irq_common:
    push %rax
    push %rcx
    push %rdx
    push %rsi
    push %rdi
    push %r8
    push %r9
    push %r10
    push %r11
    cld
    mov 72(%rsp), %rdi              // vector
    mov %rsp, %rax
    and $-16, %rsp                  // what was interrupted may have left any alignment
    push %rax
    push %rax
    and $0xff, %edi                 // PUSH extends the sign
    call irq_handle
    pop %rax
    mov %rax, %rsp
    pop %r11
    pop %r10
    pop %r9
    pop %r8
    pop %rdi
    pop %rsi
    pop %rdx
    pop %rcx
    pop %rax
    add $8, %rsp
    iretq
.section .note.GNU-stack, "", @progbits

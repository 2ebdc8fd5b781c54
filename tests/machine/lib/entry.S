// SPDX-License-Identifier: MIT
// First instructions at VMPL0, entry of the other levels and vCPUs, and the way into and out of every exception.

.section .text.entry, "ax"
.globl rules_entry
rules_entry:                        // RDI: Info. 64-bit mode, identity map, no IDT, GS base 0.
    cld
    lea stack_top(%rip), %rsp
    xor %ebp, %ebp
    call rules_main
    ud2

.section .bss.stack, "aw", @nobits
.balign 4096
    .skip 32768
stack_top:

.text
// bool rules_catch(void (*call)(void*), void* argument): 1 when an exception ended the call. GS:0 is where it continues.
.globl rules_catch, rules_throw
rules_catch:
    push %rbp
    push %rbx
    push %r12
    push %r13
    push %r14
    push %r15
    pushf
    push %gs:0
    mov %rsp, %gs:0
    sub $8, %rsp
    mov %rdi, %rax
    mov %rsi, %rdi
    call *%rax
    add $8, %rsp
    xor %eax, %eax
1:  pop %gs:0
    popf
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbx
    pop %rbp
    ret
rules_throw:                        // does not return; a stack of its own is not needed
    mov %gs:0, %rsp
    mov $1, %eax
    jmp 1b

// One stub of 16 bytes per vector. `Frame` of exception.hpp is what it leaves, lowest address first.
.balign 16
.globl rules_vectors
rules_vectors:
.set vector, 0
.rept 256
    .balign 16
    .if !(vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21 || vector == 29 || vector == 30)
    push $0                         // no error code from the CPU: keep the frame uniform
    .endif
    push $vector
    jmp exception_common
    .set vector, vector + 1
.endr

exception_common:
    push %rax
    push %rbx
    push %rcx
    push %rdx
    push %rsi
    push %rdi
    push %rbp
    push %r8
    push %r9
    push %r10
    push %r11
    push %r12
    push %r13
    push %r14
    push %r15
    cld
    mov %rsp, %rdi
    mov %rsp, %rbp
    and $-16, %rsp                  // a frame on a stack of the rule's own may lie anywhere
    call rules_exception
    mov %rbp, %rsp
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %r11
    pop %r10
    pop %r9
    pop %r8
    pop %rbp
    pop %rdi
    pop %rsi
    pop %rdx
    pop %rcx
    pop %rbx
    pop %rax
    add $16, %rsp                   // vector and error code
    iretq

.section .note.GNU-stack, "", @progbits

// SPDX-License-Identifier: MIT
// First instructions of a guest built on this library, and the way into and out of every exception.

.section .text.entry, "ax"
.globl guest_entry
guest_entry:                        // RDI: GuestInfo. Long mode, identity map, no IDT.
    cld
    lea boot_stack_top(%rip), %rsp
    lgdt gdt_pointer(%rip)          // same selectors as the SVSM's, so nothing needs reloading
    xor %ebp, %ebp
    call guest_start
    ud2

.section .bss.boot_stack, "aw", @nobits
.balign 4096
    .skip 16384
boot_stack_top:

.section .rodata.gdt, "a"
.balign 8
.globl guest_gdt, guest_gdt_limit
guest_gdt:
    .quad 0
    .quad 0x00af9b000000ffff        // 0x08: 64-bit code
    .quad 0x00cf93000000ffff        // 0x10: data
guest_gdt_end:
gdt_pointer:
    .word guest_gdt_end - guest_gdt - 1
    .quad guest_gdt

// One stub of 16 bytes per vector. Frame that `guest_exception` sees, lowest address first:
//   r15 r14 r13 r12 r11 r10 r9 r8 rbp rdi rsi rdx rcx rbx rax | vector error | rip cs rflags rsp ss
.text
.balign 16
.globl guest_vectors
guest_vectors:
.set vector, 0
.rept 32
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
    call guest_exception
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

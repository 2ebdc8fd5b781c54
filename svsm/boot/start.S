// SPDX-License-Identifier: MIT
// First instruction of the SVSM on the boot CPU: 64-bit, paging on, RDI = virtual address of the boot block.
//
//     .stack   | guard page (never mapped) | boot_stack ...... boot_stack_top |
//                                                        RSP starts here ^

    .section .text.start, "ax", @progbits
    .globl start
    .type start, @function
start:
    leaq boot_stack_top(%rip), %rsp
    xorl %ebp, %ebp                 // ends the chain of frames
    cld
    // Chooses the word that guards stack frames, before the first function that compares it: the CPU's random
    // number, mixed with the time in case RDRAND fails. Its last byte is zero, so that an overlong string
    // cannot copy it.
    movl $16, %ecx
1:  rdrandq %rbx
    jc 2f
    decl %ecx
    jnz 1b
2:  rdtsc
    shlq $32, %rdx
    orq %rdx, %rax
    movabsq $0x9e3779b97f4a7c15, %rcx   // spreads the lower bits, which the host knows least, over the word
    imulq %rcx, %rax
    xorq %rbx, %rax
    xorb %al, %al
    movq %rax, __stack_chk_guard(%rip)
    call svsm_main
    ud2                             // svsm_main does not return
    .size start, . - start

    // The boot CPU keeps this stack. It lies in a segment of its own, behind a hole in the image (link.ld).
    .section .stack, "aw", @nobits
    .balign 4096
boot_stack:
    .skip 4 * 4096
    .globl boot_stack_top
boot_stack_top:

    .section .note.GNU-stack, "", @progbits

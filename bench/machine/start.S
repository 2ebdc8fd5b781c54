// SPDX-License-Identifier: MIT
// First instruction, in the SVSM's place: 64-bit, paging on, RDI = virtual address of the boot block. And #VC, which
// is how a guest learns that it has to ask its host.
    .section .text.start, "ax", @progbits
    .globl start
start:
    leaq stack_top(%rip), %rsp
    xorl %ebp, %ebp
    cld
    call machine_bench
    ud2

    .globl vc_entry
vc_entry:                           // above: the error code, then RIP CS RFLAGS RSP SS
    pushq %rax
    pushq %rcx
    pushq %rdx
    pushq %rbx
    pushq %rsi
    pushq %rdi
    pushq %r8
    pushq %r9
    pushq %r10
    pushq %r11
    movq %rsp, %rdi
    call serve_vc
    popq %r11
    popq %r10
    popq %r9
    popq %r8
    popq %rdi
    popq %rsi
    popq %rbx
    popq %rdx
    popq %rcx
    popq %rax
    addq $8, %rsp
    iretq

// Loads the GDT and the code segment of its first entry, which IRETQ reads.
    .globl load_segments
load_segments:
    lgdt (%rdi)
    leaq 1f(%rip), %rax
    pushq $0x08
    pushq %rax
    lretq
1:  movl $0x10, %eax
    movl %eax, %ss
    movl %eax, %ds
    movl %eax, %es
    ret

    .section .stack, "aw", @nobits
    .balign 4096
    .skip 4 * 4096
stack_top:
    .section .note.GNU-stack, "", @progbits

// SPDX-License-Identifier: MIT
// Code of other modes, and code that steps.

    .text
// Entry of a vCPU in 32-bit protected mode: ESI where the answer goes: error code, CS, 1 when done.
    .code32
    .globl rules_vc32, rules_vc32_handler
rules_vc32:
    xor %eax, %eax
    xor %ecx, %ecx
    cpuid
    movl $1, 8(%esi)
1:  cli
    hlt
    jmp 1b
rules_vc32_handler:
    pop %eax
    mov %eax, (%esi)
    mov 4(%esp), %eax
    mov %eax, 4(%esi)
    addl $2, (%esp)
    iretl

// The same in real mode, copied below 64 KiB: ESI is a linear address, DS has base 0 and no limit. No error code.
    .code16
    .globl rules_vc16, rules_vc16_handler, rules_vc16_end
rules_vc16:
    xorl %eax, %eax
    cpuid
    movl $1, 8(%esi)
1:  cli
    hlt
    jmp 1b
rules_vc16_handler:
    movw %sp, %ax
    movw %ax, (%esi)
    popw %ax
    addw $2, %ax
    pushw %ax
    iretw
rules_vc16_end:

// Sets RFLAGS.TF and steps over RDMSR (ECX), NOP, PVALIDATE of the page in RDI without effect, NOP; clears TF.
    .code64
    .globl rules_step, rules_behind_rdmsr, rules_behind_nop, rules_behind_pvalidate
rules_step:
    push %rbx
    pushfq
    orq $0x100, (%rsp)
    popfq
    rdmsr
rules_behind_rdmsr:
    nop
rules_behind_nop:
    mov %rdi, %rax
    mov $0, %ecx
    mov $1, %edx
    .byte 0xf2, 0x0f, 0x01, 0xff
rules_behind_pvalidate:
    nop
    pushfq
    andq $~0x100, (%rsp)
    popfq
    pop %rbx
    ret
    .section .note.GNU-stack, "", @progbits

// SPDX-License-Identifier: MIT
// One switch to VMPL0 with every general register under control.

.text
// RDI: sixteen quadwords rax rbx rcx rdx rsi rdi rbp r8..r15 and one unused; RSI: value for the GHCB MSR, 0: leave it.
.globl conformance_exchange
conformance_exchange:
    push %rbx
    push %rbp
    push %r12
    push %r13
    push %r14
    push %r15
    test %rsi, %rsi
    jz 1f
    mov $0xc0010130, %ecx
    mov %esi, %eax
    mov %rsi, %rdx
    shr $32, %rdx
    wrmsr
1:  push %rdi
    mov 0x00(%rdi), %rax
    mov 0x08(%rdi), %rbx
    mov 0x10(%rdi), %rcx
    mov 0x18(%rdi), %rdx
    mov 0x20(%rdi), %rsi
    mov 0x30(%rdi), %rbp
    mov 0x38(%rdi), %r8
    mov 0x40(%rdi), %r9
    mov 0x48(%rdi), %r10
    mov 0x50(%rdi), %r11
    mov 0x58(%rdi), %r12
    mov 0x60(%rdi), %r13
    mov 0x68(%rdi), %r14
    mov 0x70(%rdi), %r15
    mov 0x28(%rdi), %rdi
    rep; vmmcall                    // VMGEXIT
    push %rdi
    mov 8(%rsp), %rdi               // the block again: RSP must have survived, or this fails loudly
    mov %rax, 0x00(%rdi)
    mov %rbx, 0x08(%rdi)
    mov %rcx, 0x10(%rdi)
    mov %rdx, 0x18(%rdi)
    mov %rsi, 0x20(%rdi)
    mov %rbp, 0x30(%rdi)
    mov %r8, 0x38(%rdi)
    mov %r9, 0x40(%rdi)
    mov %r10, 0x48(%rdi)
    mov %r11, 0x50(%rdi)
    mov %r12, 0x58(%rdi)
    mov %r13, 0x60(%rdi)
    mov %r14, 0x68(%rdi)
    mov %r15, 0x70(%rdi)
    pop %rax
    mov %rax, 0x28(%rdi)
    pop %rdi
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbp
    pop %rbx
    ret

// RDI: 512 bytes, 16-byte aligned.
.globl conformance_save_fpu, conformance_load_fpu
conformance_save_fpu:
    fxsave64 (%rdi)
    ret
conformance_load_fpu:
    fxrstor64 (%rdi)
    ret

.section .note.GNU-stack, "", @progbits

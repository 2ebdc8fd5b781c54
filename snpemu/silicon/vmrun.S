// SPDX-License-Identifier: MIT
// The world switch. Order of the general registers is that of the instruction encoding: RAX RCX RDX RBX RSP RBP RSI
// RDI R8..R15; RAX and RSP travel in the VMCB.

// void svm_run(Vmcb* vmcb, std::uint64_t* gpr, LocalCpu* self, std::uint64_t* ticks)
//      RDI: guest VMCB   RSI: 16 registers   RDX: target of the machine's GS
//      RCX: two quadwords, the TSC before and after
//
// The machine itself needs only GS of the state that VMLOAD loads, so the guest's FS, TR, LDTR and system call
// registers stay: a VMLOAD of the machine's own would cost a tenth of the whole switch.
//
// Stack after the pushes:  0 self | 8 gpr | 16 ticks | 24.. callee-saved
// Interrupts stay pending, or go to the guest, or end its run where the caller has set IF, with the global flag clear;
// the machine's IF is clear behind it. An NMI makes the guest exit and is taken after STGI.
    .text
    .globl svm_run
svm_run:
    push %rbp
    push %rbx
    push %r12
    push %r13
    push %r14
    push %r15
    push %rcx
    push %rsi
    push %rdx
    clgi
    mov %rcx, %r8
    rdtsc                       // -- svm_overhead_instructions counts from here ...
    mov %eax, (%r8)
    mov %edx, 4(%r8)
    mov %rdi, %rax
    mov 0x08(%rsi), %rcx
    mov 0x10(%rsi), %rdx
    mov 0x18(%rsi), %rbx
    mov 0x28(%rsi), %rbp
    mov 0x38(%rsi), %rdi
    mov 0x40(%rsi), %r8
    mov 0x48(%rsi), %r9
    mov 0x50(%rsi), %r10
    mov 0x58(%rsi), %r11
    mov 0x60(%rsi), %r12
    mov 0x68(%rsi), %r13
    mov 0x70(%rsi), %r14
    mov 0x78(%rsi), %r15
    mov 0x30(%rsi), %rsi
    vmload %rax
    vmrun %rax
    vmsave %rax
    push %rsi
    mov 16(%rsp), %rsi
    mov %rcx, 0x08(%rsi)
    mov %rdx, 0x10(%rsi)
    rdtsc                       // -- ... to here
    mov 24(%rsp), %rcx
    mov %eax, 8(%rcx)
    mov %edx, 12(%rcx)
    mov %rbx, 0x18(%rsi)
    mov %rbp, 0x28(%rsi)
    mov %rdi, 0x38(%rsi)
    mov %r8, 0x40(%rsi)
    mov %r9, 0x48(%rsi)
    mov %r10, 0x50(%rsi)
    mov %r11, 0x58(%rsi)
    mov %r12, 0x60(%rsi)
    mov %r13, 0x68(%rsi)
    mov %r14, 0x70(%rsi)
    mov %r15, 0x78(%rsi)
    pop %rcx
    mov %rcx, 0x30(%rsi)
    pop %rax
    mov %rax, %rdx
    shr $32, %rdx
    mov $0xc0000101, %ecx       // GS base, before the first NMI, whose handler looks there
    wrmsr
    cli                         // set before VMRUN when an interrupt was to end the run
    stgi
    pop %rsi
    pop %rcx
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbx
    pop %rbp
    ret
    .section .note.GNU-stack, "", @progbits

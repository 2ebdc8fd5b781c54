// SPDX-License-Identifier: MIT
// Instructions that are expected to fault. Each function returns 0, or what the exception handler put into RAX after it
// found the instruction's address in the fixup table (see exception.cpp for the encoding).

.macro probe name, insn:vararg
    .globl \name
\name:
1:  \insn
    xor %eax, %eax
2:  ret
    .pushsection .fixups, "a"
    .quad 1b, 2b                    // an exception at 1 continues at 2
    .popsection
.endm

.text
probe guest_probe_load, movb (%rdi), %cl
probe guest_probe_store, movb %sil, (%rdi)
probe guest_probe_write, movq %rsi, (%rdi)
probe guest_probe_in, in $0x80, %al
probe guest_probe_undefined, ud2
probe guest_probe_hypercall, vmmcall

.globl guest_probe_read             // RDI: address of a quadword   RSI: where to put it
guest_probe_read:
    mov %rsi, %rdx
1:  movq (%rdi), %rcx
    movq %rcx, (%rdx)
    xor %eax, %eax
2:  ret
    .pushsection .fixups, "a"
    .quad 1b, 2b
    .popsection

.globl guest_probe_rdmsr            // EDI: MSR
guest_probe_rdmsr:
    mov %edi, %ecx
    jmp probe_rdmsr_now
probe probe_rdmsr_now, rdmsr

.globl guest_probe_wrmsr            // EDI: MSR   RSI: value
guest_probe_wrmsr:
    mov %edi, %ecx
    mov %esi, %eax
    mov %rsi, %rdx
    shr $32, %rdx
    jmp probe_wrmsr_now
probe probe_wrmsr_now, wrmsr

probe guest_probe_write_cr3, mov %rdi, %cr3
probe guest_probe_write_cr4, mov %rdi, %cr4

.globl guest_probe_cpuid
guest_probe_cpuid:
    push %rbx                       // CPUID writes it if it does not fault
    xor %eax, %eax
    xor %ecx, %ecx
    call probe_cpuid_now
    pop %rbx
    ret
probe probe_cpuid_now, cpuid

.globl guest_probe_pvalidate        // RDI: address; 4 KiB, validate
guest_probe_pvalidate:
    mov %rdi, %rax
    xor %ecx, %ecx
    mov $1, %edx
    jmp probe_pvalidate_now
probe probe_pvalidate_now, pvalidate

.section .note.GNU-stack, "", @progbits

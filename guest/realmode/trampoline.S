// SPDX-License-Identifier: MIT
// The first instructions of a vCPU that is started as an operating system starts one: real mode, then
// protected mode, then long mode, on page tables that CR3 names without the C-bit. In each mode it leaves a
// mark in private memory. Copied to TRAMPOLINE; marks and parameters are at its end.

#define TRAMPOLINE 0x9000
#define AT(label) (label - trampoline_begin)

.section .rodata.trampoline, "a"
.balign 16
.globl trampoline_begin, trampoline_end, trampoline_marks, trampoline_cr3
.code16
trampoline_begin:
    cli
    mov %cs, %ax
    mov %ax, %ds
    movl $0x11111111, AT(trampoline_marks)
    lgdtl AT(gdt_pointer)
    mov $0x11, %eax                     // PE, ET
    mov %eax, %cr0
    ljmpl $8, $(TRAMPOLINE + AT(protected_mode))
.code32
protected_mode:
    mov $0x10, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    movl $0x22222222, TRAMPOLINE + AT(trampoline_marks) + 4
    mov $0x620, %eax                    // PAE, OSFXSR, OSXMMEXCPT
    mov %eax, %cr4
    mov TRAMPOLINE + AT(trampoline_cr3), %eax
    mov %eax, %cr3
    mov $0xc0000080, %ecx               // EFER: must not need an exception handler
    rdmsr
    or $0x900, %eax                     // LME, NXE
    wrmsr
    mov $0x80010033, %eax               // PG, WP, NE, ET, MP, PE
    mov %eax, %cr0
    ljmpl $0x18, $(TRAMPOLINE + AT(long_mode))
.code64
long_mode:
    movl $0x33333333, TRAMPOLINE + AT(trampoline_marks) + 8
    // And back: paging off, a mark, paging on again.
    lea TRAMPOLINE + AT(far_pointer), %eax
    ljmpl *(%rax)
.code32
compatibility_mode:
    mov %cr0, %eax
    and $0x7fffffff, %eax
    mov %eax, %cr0
    movl $0x44444444, TRAMPOLINE + AT(trampoline_marks) + 12
    or $0x80000000, %eax
    mov %eax, %cr0
    ljmpl $0x18, $(TRAMPOLINE + AT(long_mode_again))
.code64
long_mode_again:
    movl $0x55555555, TRAMPOLINE + AT(trampoline_marks) + 16
1:  hlt
    jmp 1b

.balign 8
gdt:
    .quad 0
    .quad 0x00cf9b000000ffff            // 08: 32-bit code
    .quad 0x00cf93000000ffff            // 10: data
    .quad 0x00af9b000000ffff            // 18: 64-bit code
gdt_pointer:
    .word . - gdt - 1
    .long TRAMPOLINE + AT(gdt)
far_pointer:
    .long TRAMPOLINE + AT(compatibility_mode)
    .word 8
.balign 8
trampoline_cr3: .quad 0
trampoline_marks: .skip 24
trampoline_end:
.section .note.GNU-stack, "", @progbits

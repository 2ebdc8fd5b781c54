// SPDX-License-Identifier: MIT
// From QEMU's PVH entry (32-bit, no paging) and from SIPI (16-bit) into 64-bit C++. Memory is mapped one to one.

    .section .note.pvh, "a", @note
    .align 4
    .long 4                     // name size
    .long 8                     // descriptor size
    .long 18                    // XEN_ELFNOTE_PHYS32_ENTRY
    .asciz "Xen"
    .align 4
    .quad pvh_entry

    .section .text.boot, "ax"
    .code32
    .globl pvh_entry
pvh_entry:                      // EBX = start info
    cli
    cld
    mov %ebx, pvh_start_info
    // Identity map of 512 GiB with 1 GiB pages; page 0 stays mapped, the AP trampoline lives near it. The same once more
    // in the upper half, where the machine reaches its guest's memory: there address 0 of the guest is no null pointer.
    xor %ecx, %ecx
1:  mov %ecx, %eax
    shl $30, %eax
    or $0x83, %eax              // present, writable, large
    mov %eax, boot_pdpt(, %ecx, 8)
    mov %ecx, %eax
    shr $2, %eax
    mov %eax, boot_pdpt + 4(, %ecx, 8)
    inc %ecx
    cmp $512, %ecx
    jne 1b
    movl $boot_pdpt + 3, boot_pml4
    movl $boot_pdpt + 3, boot_pml4 + 8 * 256
    movl $boot_pml4 + 3, boot_pml5
    movl $boot_pml4 + 3, boot_pml5 + 8 * 511
    xor %edi, %edi              // CPU number of the boot processor
    jmp enter_long_mode

enter_long_mode:                // EDI = CPU number
    // PSE, PAE, PGE, OSFXSR, OSXMMEXCPT; SMEP and SMAP where the CPU has them. A bit that a guest's kernel sets too
    // costs no flush of QEMU's TLB at VMRUN and #VMEXIT. LA57 where the CPU has it: the nested tables have as many
    // levels as this register says, and those of four levels know no address bit beyond 47. adyton(1) offers LA57 only
    // to a machine that needs it.
    mov $0x6b0, %esi
    mov $boot_pml4, %ebp
    xor %eax, %eax
    cpuid
    cmp $7, %eax
    jb 1f
    mov $7, %eax
    xor %ecx, %ecx
    cpuid
    mov %ebx, %eax
    shl $13, %eax               // SMEP: bit 7, and 20 of CR4
    and $0x100000, %eax
    or %eax, %esi
    shl $1, %ebx                // SMAP: bit 20, and 21 of CR4
    and $0x200000, %ebx
    or %ebx, %esi
    test $0x10000, %ecx         // LA57: bit 16 of ECX, and 12 of CR4
    jz 1f
    or $0x1000, %esi
    mov $boot_pml5, %ebp
1:  mov %esi, %cr4
    mov %ebp, %cr3
    mov $0xc0000080, %ecx       // EFER
    rdmsr
    or $0x900, %eax             // LME, NXE
    wrmsr
    mov $0x80010033, %eax       // PG, WP, NE, ET, MP, PE
    mov %eax, %cr0
    lgdt boot_gdt_pointer
    ljmp $8, $long_mode
    .code64
long_mode:
    mov $16, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    xor %eax, %eax
    mov %eax, %fs
    mov %eax, %gs
    mov %edi, %edi
    lea 1(%rdi), %rax           // stack of CPU n ends where that of n + 1 begins
    shl $14, %rax
    add cpu_stacks, %rax
    mov %rax, %rsp
    mov %edi, %ebx
    test %edi, %edi
    jnz 2f
    mov pvh_start_info, %edi
    call boot_cpu_main
2:  mov %ebx, %edi
    call ap_main
3:  cli
    hlt
    jmp 3b

// Copied to 0x8000, where SIPI with vector 8 starts the other processors in real mode.
    .globl ap_trampoline, ap_trampoline_end
    .code16
ap_trampoline:
    cli
    cld
    xor %ax, %ax
    mov %ax, %ds
    lgdtl 0x8000 + (trampoline_gdt_pointer - ap_trampoline)
    mov $0x11, %eax             // PE, ET
    mov %eax, %cr0
    ljmpl $0x18, $ap_protected_mode
    .align 4
trampoline_gdt_pointer:
    .word boot_gdt_end - boot_gdt - 1
    .long boot_gdt
ap_trampoline_end:
    .code32
ap_protected_mode:
    mov $0x20, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    mov $1, %eax
    cpuid
    shr $24, %ebx               // initial APIC id
    mov %ebx, %edi
    jmp enter_long_mode

    .section .data
    .align 16
boot_gdt:
    .quad 0
    .quad 0x00af9b000000ffff    // 08: 64-bit code
    .quad 0x00cf93000000ffff    // 10: data
    .quad 0x00cf9b000000ffff    // 18: 32-bit code
    .quad 0x00cf93000000ffff    // 20: data
boot_gdt_end:
boot_gdt_pointer:
    .word boot_gdt_end - boot_gdt - 1
    .quad boot_gdt
    .globl pvh_start_info
pvh_start_info: .long 0
    .balign 8
    // Stacks of 16 KiB, by the numbers of the CPUs. CPU 0 has one here; before it starts the others it names theirs.
    .globl cpu_stacks
cpu_stacks: .quad boot_stack

    .section .bss
    .align 4096
boot_pml5: .skip 4096
    .globl boot_pml4
boot_pml4: .skip 4096
boot_pdpt: .skip 4096
boot_stack: .skip 16384
    .section .note.GNU-stack, "", @progbits

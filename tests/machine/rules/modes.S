// SPDX-License-Identifier: MIT
// PVALIDATE outside 64-bit mode.

    .text
// uint64_t rules_compat_pvalidate(uint32_t page): rescinds in compatibility mode; EAX, and CF in bit 32.
    .globl rules_compat_pvalidate
rules_compat_pvalidate:
    push $0x18                  // 32-bit code
    lea 1f(%rip), %rax
    push %rax
    lretq
    .code32
1:  mov %edi, %eax
    xor %ecx, %ecx
    xor %edx, %edx
    .byte 0xf2, 0x0f, 0x01, 0xff
    setc %cl
    movzbl %cl, %ecx
    ljmp $0x08, $2f
    .code64
2:  shl $32, %rcx
    or %rcx, %rax
    ret

// Entry of a vCPU in 32-bit protected mode: EDI the page to rescind, ESI where the answer goes: EAX, CF, and 1 when done.
    .code32
    .globl rules_protected_mode
rules_protected_mode:
    mov %edi, %eax
    xor %ecx, %ecx
    xor %edx, %edx
    .byte 0xf2, 0x0f, 0x01, 0xff
    setc %cl
    movzbl %cl, %ecx
    mov %eax, (%esi)
    mov %ecx, 4(%esi)
    movl $1, 8(%esi)
1:  cli
    hlt
    jmp 1b
    .code64
    .section .note.GNU-stack, "", @progbits

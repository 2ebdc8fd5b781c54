// SPDX-License-Identifier: MIT
// A request to the host in compatibility mode whose VMGEXIT is none.

    .text
// void rules_compat_ask(): asks for the host's features by WRMSR, and executes INC EAX with a repeat prefix and VMMCALL.
    .globl rules_compat_ask, rules_compat_vmmcall
rules_compat_ask:
    push $0x18                  // 32-bit code
    lea 1f(%rip), %rax
    push %rax
    lretq
    .code32
1:  mov $0xc0010130, %ecx       // the GHCB MSR
    mov $0x80, %eax             // request of the features
    xor %edx, %edx
    wrmsr
    .byte 0xf3, 0x40
rules_compat_vmmcall:
    vmmcall
    ljmp $0x08, $2f
    .code64
2:  ret
    .section .note.GNU-stack, "", @progbits

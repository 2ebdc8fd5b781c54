// SPDX-License-Identifier: MIT
// A guest that shares no code with the others: written from docs/guest-abi.md alone, to prove that the page suffices.

        .set    GHCB_MSR, 0xc0010130

        .globl  _start
_start:                                 // RDI: start information
        mov     0x28(%rdi), %r15        // calling area
        mov     0x30(%rdi), %rbp        // GHCB page, shared and mapped

        // Register the GHCB: 0x012 | page, the answer is 0x013 | page.
        lea     0x012(%rbp), %rax
        call    msr_protocol
        lea     0x013(%rbp), %rcx
        cmp     %rcx, %rax
        jne     give_up

        // Print: the text into the shared buffer, REP OUTSB to 0x3F8.
        cld
        lea     text(%rip), %rsi
        lea     0x800(%rbp), %rdi
        mov     $text_end - text, %ecx
        rep movsb
        mov     $0x03f80e1c, %esi
        mov     $text_end - text, %edx
        xor     %eax, %eax
        call    ioio

        // QUERY_PROTOCOL(core protocol, version 1): protocol 0 call 6, announced in the calling area.
        movb    $1, (%r15)
        mov     $GHCB_MSR, %ecx
        mov     $0x016, %eax            // run VMPL 0
        xor     %edx, %edx
        wrmsr
        mov     $6, %eax
        mov     $1, %ecx
        rep; vmmcall                    // VMGEXIT
        mov     %rax, %r12
        mov     %rcx, %r13

        mov     $1, %bl                 // what is reported if anything below is not as it must be
        mov     $GHCB_MSR, %ecx
        rdmsr
        cmp     $0x017, %eax
        jne     report
        test    %edx, %edx              // the hypervisor's error
        jne     report
        xor     %eax, %eax
        xchg    %al, (%r15)
        test    %al, %al                // still 1: the call was never executed
        jne     report
        test    %r12, %r12              // result
        jne     report
        movabs  $0x0000000100000001, %rax
        cmp     %rax, %r13              // versions 1 to 1
        jne     report
        xor     %ebx, %ebx

report:                                 // BL: 0 success, else failure
        mov     $0x00f40210, %esi
        xor     %edx, %edx
        movzbl  %bl, %eax
        call    ioio
give_up:
        hlt
        jmp     give_up

// RAX: request; returns the answer in RAX. Changes RCX, RDX.
msr_protocol:
        mov     %rax, %rdx
        shr     $32, %rdx
        mov     $GHCB_MSR, %ecx
        wrmsr
        rep; vmmcall
        rdmsr
        shl     $32, %rdx
        or      %rdx, %rax
        ret

// Port I/O through the GHCB page. ESI: SW_EXITINFO1, RDX: SW_EXITINFO2, RAX: the byte. Changes RAX, RCX, RDX.
ioio:
        mov     %rax, 0x1f8(%rbp)
        movq    $0x7b, 0x390(%rbp)
        mov     %rsi, 0x398(%rbp)
        mov     %rdx, 0x3a0(%rbp)
        lea     0x800(%rbp), %rax
        mov     %rax, 0x3a8(%rbp)
        movabs  $0x8000000000000000, %rax
        mov     %rax, 0x3f0(%rbp)       // valid: RAX
        movabs  $0x003c000000000000, %rax
        mov     %rax, 0x3f8(%rbp)       // valid: exit code, info 1, info 2, scratch
        movw    $2, 0xffa(%rbp)
        movl    $0, 0xffc(%rbp)
        mov     %rbp, %rax
        call    msr_protocol
        ret

text:   .ascii  "# a guest in pure assembler\n"
text_end:

        .section .note.GNU-stack, "", @progbits

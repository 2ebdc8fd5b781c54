// SPDX-License-Identifier: MIT
// A guest at VMPL0, without an SVSM: written from docs/guest-abi.md alone. It takes a page from the hypervisor by itself,
// which below VMPL0 only an SVSM can do for a guest.

        .set    GHCB_MSR, 0xc0010130
        .set    PAGE, 0x4000000         // 64 MiB: nothing was loaded there

        .globl  _start
_start:                                 // RDI: start information
        mov     0x30(%rdi), %rbp        // GHCB page, shared and mapped
        mov     0x18(%rdi), %r14        // secrets page
        mov     %rdi, %r15

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

        mov     $1, %bl                 // what is reported if anything below is not as it must be
        cmpl    $0, 0x0c(%r15)          // VMPL
        jne     report
        cmpq    $0, 0x28(%r15)          // no calling area
        jne     report
        cmpq    $0, 0x148(%r14)         // size of the SVSM
        jne     report

        // The page becomes private, then valid: CF says that the entry had not been.
        mov     $2, %bl
        mov     $PAGE | 0x014, %eax
        mov     $1 << 52, %rcx
        or      %rcx, %rax
        call    msr_protocol
        cmp     $0x015, %rax
        jne     report
        mov     $3, %bl
        mov     $PAGE, %eax
        xor     %ecx, %ecx
        mov     $1, %edx
        pvalidate
        jc      report
        test    %eax, %eax
        jnz     report
        mov     $4, %bl
        movq    $42, PAGE
        cmpq    $42, PAGE
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
        rep; vmmcall                    // VMGEXIT
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
        jmp     msr_protocol

text:   .ascii  "# a guest at VMPL 0, without an SVSM\n"
text_end:

        .section .note.GNU-stack, "", @progbits

// SPDX-License-Identifier: MIT
// Boot loaders that spoil one value that a Linux kernel is passed, and start it (`run linux --loader`). Each
// label is the entry of one program: CMakeLists.txt links this file once for each. They find everything the
// way the kernel does: the boot parameters in RSI, the CC blob through setup_data, the other pages through
// the blob. What they write to is the guest's own memory, so no SVSM and no host can object.
// [Linux "arch/x86/coco/sev/shared.c"]

        // Offsets. [Linux "Documentation/arch/x86/zero-page.rst", "arch/x86/include/asm/sev.h"]
        .set    SETUP_DATA, 0x250       // boot parameters: address of the first node
        .set    PREFERRED_ADDRESS, 0x258
        .set    ENTRY_64, 0x200         // behind the address where the kernel was loaded
        .set    NODE_CC_BLOB, 16        // a node of type 7: address of the CC blob, 32 bits
        .set    BLOB_MAGIC, 0
        .set    BLOB_SECRETS, 0x08
        .set    BLOB_SECRETS_BYTES, 0x10
        .set    BLOB_CPUID, 0x18
        .set    BLOB_CPUID_BYTES, 0x20
        .set    SVSM_SIZE, 0x148        // secrets page
        .set    SVSM_CAA, 0x150
        .set    SVSM_GUEST_VMPL, 0x15c
        .set    CPUID_COUNT, 0          // CPUID page
        .set    CPUID_ENTRIES, 0x10
        .set    CPUID_ENTRY_BYTES, 0x30
        .set    CPUID_EAX, 0x18         // of an entry
        .set    CPUID_ECX, 0x20

        // RAX: the CC blob, RBX: the secrets page, RCX: the CPUID page
        .macro  loader name
        .globl  \name
\name:
        mov     SETUP_DATA(%rsi), %rax
        mov     NODE_CC_BLOB(%rax), %eax
        mov     BLOB_SECRETS(%rax), %rbx
        mov     BLOB_CPUID(%rax), %rcx
        .endm

        // RCX: from the CPUID page to its entry for the function
        .macro  find_function function
        mov     CPUID_COUNT(%rcx), %edx
        add     $CPUID_ENTRIES, %rcx
1:      cmpl    $\function, (%rcx)
        je      2f
        add     $CPUID_ENTRY_BYTES, %rcx
        dec     %edx
        jnz     1b
        ud2                             // not there: nothing would be spoilt
2:
        .endm

        .macro  start_kernel
        mov     PREFERRED_ADDRESS(%rsi), %rdx
        add     $ENTRY_64, %rdx
        jmp     *%rdx
        .endm

        // Spoils nothing: proves that the others fail because of what they change.
        loader  honest
        start_kernel

        // ---- the CC blob
        loader  no_blob
        movq    $0, SETUP_DATA(%rsi)
        start_kernel

        loader  blob_without_magic
        movl    $0, BLOB_MAGIC(%rax)
        start_kernel

        loader  blob_without_secrets
        movq    $0, BLOB_SECRETS(%rax)
        start_kernel

        loader  blob_with_short_secrets
        movl    $2048, BLOB_SECRETS_BYTES(%rax)
        start_kernel

        loader  blob_without_cpuid
        movq    $0, BLOB_CPUID(%rax)
        start_kernel

        // ---- the CPUID page
        loader  cpuid_empty
        movl    $0, CPUID_COUNT(%rcx)
        start_kernel

        loader  cpuid_too_many
        movl    $65, CPUID_COUNT(%rcx)
        start_kernel

        // The #VC handler of the decompressor rejects a CPUID without SEV while there are #VCs.
        loader  cpuid_without_sev
        find_function 0x8000001f
        andl    $~2, CPUID_EAX(%rcx)
        start_kernel

        // No random numbers, no SNP guest: the decompressor halts without a termination request.
        loader  cpuid_without_rdrand
        find_function 1
        andl    $~(1 << 30), CPUID_ECX(%rcx)
        start_kernel

        // ---- the SVSM's fields in the secrets page
        loader  no_svsm
        movq    $0, SVSM_SIZE(%rbx)
        start_kernel

        loader  svsm_at_vmpl0
        movb    $0, SVSM_GUEST_VMPL(%rbx)
        start_kernel

        loader  calling_area_unaligned
        addq    $8, SVSM_CAA(%rbx)
        start_kernel

        // A page of the guest's, but not the one that the SVSM reads: it finds no call and does nothing.
        loader  calling_area_elsewhere
        mov     %rsi, SVSM_CAA(%rbx)
        addq    $-0x1000, SVSM_CAA(%rbx)
        start_kernel

        // ---- memory: rescinds a page that the memory map calls RAM, by a valid call
        loader  ram_not_validated
        mov     SVSM_CAA(%rbx), %r15
        movl    $1, 8(%r15)             // one entry, the first one is next
        movl    $0, 12(%r15)
        movq    $HOLE, 16(%r15)         // 4 KiB, give back
        movb    $1, (%r15)
        mov     $0xc0010130, %ecx       // GHCB MSR: run VMPL0
        mov     $0x016, %eax
        xor     %edx, %edx
        wrmsr
        mov     $1, %eax                // core protocol, PVALIDATE
        lea     8(%r15), %rcx
        rep; vmmcall                    // VMGEXIT
        movb    $0, (%r15)
        test    %rax, %rax              // not 0: the test would show nothing
        jnz     fail
        start_kernel
        .set    HOLE, 0x9f000           // below 640 KiB, where the kernel looks for firmware tables
fail:   ud2

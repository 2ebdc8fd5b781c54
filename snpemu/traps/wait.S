// SPDX-License-Identifier: MIT
// Sleeps without losing a wake-up. An NMI may come between the test of the flag and HLT, and HLT would then sleep
// through it. So the NMI handler moves a CPU that it finds between `wait_begin` and `wait_end` on to `wait_end`.
    .text
    .globl wait_begin, wait_end, wait_for_nmi, wait_for_interrupt_or_nmi, take_interrupt

// RDI: byte that is not 0 when there is a reason to stay awake
    .balign 16
wait_for_nmi:
wait_begin:
    cmpb $0, (%rdi)
    jne wait_end
    hlt
    jmp wait_end
    .balign 16
wait_for_interrupt_or_nmi:
    cmpb $0, (%rdi)
    jne wait_end
    sti                         // its shadow closes the gap to HLT for interrupts
    hlt
    jmp wait_end
    .balign 16
take_interrupt:
    sti
    nop                         // the shadow of STI; what waits is taken behind it
wait_end:
    cli
    ret
    .section .note.GNU-stack, "", @progbits

cpuid_lists_the_instructions_that_exist_with_xsave | QEMU executes XSAVEC (docs/qemu.md, opcode 0FC7h)
xsaves_is_announced_with_xsave_and_ud | QEMU executes XSAVES (docs/qemu.md, opcode 0FC7h)
cpuid_lists_the_instructions_that_exist | QEMU executes XSAVEC (docs/qemu.md, opcode 0FC7h)

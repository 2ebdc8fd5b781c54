// SPDX-License-Identifier: MIT
// What Linux has to know of QEMU's machine q35 and cannot find out itself: how to switch it off, where PCI's
// root is, and which addresses are PCI's. Part of the measured image: a host that could bring its own
// bytecode could make the guest's kernel do anything.
DefinitionBlock ("dsdt.aml", "DSDT", 2, "ADYTON", "Q35     ", 1)
{
    // Soft off is sleep type 0 of the ICH9. [ACPI "\_Sx"]
    Name (\_S5, Package (4) { 0, 0, 0, 0 })

    Scope (\_SB)
    {
        Device (PCI0)
        {
            Name (_HID, EisaId ("PNP0A03"))
            Name (_UID, 0)
            Name (_BBN, 0)
            Name (_CRS, ResourceTemplate ()
            {
                WordBusNumber (ResourceProducer, MinFixed, MaxFixed, PosDecode, 0, 0x0000, 0x00FF, 0, 0x0100)
                IO (Decode16, 0x0CF8, 0x0CF8, 0x01, 0x08)
                WordIO (ResourceProducer, MinFixed, MaxFixed, PosDecode, EntireRange,
                        0, 0x0000, 0x0CF7, 0, 0x0CF8)
                WordIO (ResourceProducer, MinFixed, MaxFixed, PosDecode, EntireRange,
                        0, 0x0D00, 0xFFFF, 0, 0xF300)
#ifdef FIRMWARE
                // Where OVMF puts devices. [EDK2 "OvmfPkg/Library/PlatformInitLib/Platform.c"]
                DWordMemory (ResourceProducer, PosDecode, MinFixed, MaxFixed, NonCacheable, ReadWrite,
                        0, 0x80000000, 0xDFFFFFFF, 0, 0x60000000)
                QWordMemory (ResourceProducer, PosDecode, MinFixed, MaxFixed, Cacheable, ReadWrite,
                        0, 0x7000000000, 0x7FFFFFFFFF, 0, 0x1000000000)
#else
                DWordMemory (ResourceProducer, PosDecode, MinFixed, MaxFixed, NonCacheable, ReadWrite,
                        0, 0xC0000000, 0xFEBFFFFF, 0, 0x3EC00000)
#endif
            })
            // Slot s, pin p is wired to input 20 + (s + p) mod 4 of the I/O APIC; the slots that a run uses.
            Name (_PRT, Package ()
            {
                Package () { 0x0001FFFF, 0, 0, 21 }, Package () { 0x0001FFFF, 1, 0, 22 },
                Package () { 0x0002FFFF, 0, 0, 22 }, Package () { 0x0002FFFF, 1, 0, 23 },
                Package () { 0x0003FFFF, 0, 0, 23 }, Package () { 0x0003FFFF, 1, 0, 20 },
                Package () { 0x0004FFFF, 0, 0, 20 }, Package () { 0x0004FFFF, 1, 0, 21 },
                Package () { 0x001FFFFF, 0, 0, 16 }, Package () { 0x001FFFFF, 1, 0, 17 }
            })
        }

#ifdef FIRMWARE
        // Configuration space as memory, which no driver takes for free.
        Device (ECAM)
        {
            Name (_HID, EisaId ("PNP0C02"))
            Name (_CRS, ResourceTemplate () { Memory32Fixed (ReadWrite, 0xE0000000, 0x10000000) })
        }
#endif

        Device (COM1)
        {
            Name (_HID, EisaId ("PNP0501"))
            Name (_UID, 1)
            Name (_CRS, ResourceTemplate ()
            {
                IO (Decode16, 0x03F8, 0x03F8, 0x00, 0x08)
                IRQNoFlags () { 4 }
            })
        }

        Device (RTC)
        {
            Name (_HID, EisaId ("PNP0B00"))
            Name (_CRS, ResourceTemplate ()
            {
                IO (Decode16, 0x0070, 0x0070, 0x00, 0x02)
                IRQNoFlags () { 8 }
            })
        }
    }
}

# SPDX-License-Identifier: MIT
"""gdb on the machine: symbols of SVSM, machine and guest, and what SNP adds to a CPU.

adyton run --gdb prints the command that loads this file. What the commands mean: docs/debugging.md.
"""
import contextlib
import os

import gdb

MACHINE = "'snpemu::(anonymous namespace)::machine_to_dump'"
PAGE = 4096
# gdb knows this name only while it reads the file.
SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


@contextlib.contextmanager
def physical_memory():
    """Inside, addresses are physical: the machine's own tables are mapped at no VMPL."""
    gdb.execute("maintenance packet Qqemu.PhyMemMode:1", to_string=True)
    gdb.execute("maintenance flush dcache", to_string=True)
    try:
        yield
    finally:
        gdb.execute("maintenance packet Qqemu.PhyMemMode:0", to_string=True)
        gdb.execute("maintenance flush dcache", to_string=True)


def machine():
    pointer = gdb.parse_and_eval(MACHINE)
    if int(pointer) == 0:
        raise gdb.GdbError("the machine is not set up yet; let it run to the SVSM first")
    return pointer.dereference()


def items(array):
    """The elements of a std::array: libc++ keeps them in __elems_."""
    return array["__elems_"]


def as_physical(pointer):
    """A pointer of the machine's, for physical_memory(): guest pages are mapped a second time, at ram.base."""
    address, base = int(pointer), int(machine()["ram"]["base"])
    return gdb.Value(address - base if address >= base else address).cast(pointer.type)


def made_page(address):
    """Where the page of a table that is made on demand (snpemu/mm/lazy.hpp) lies; None: it still is all zeros."""
    table = gdb.parse_and_eval("(unsigned long)&boot_pml4")
    for shift in (39, 30, 21, 12):
        place = gdb.Value(int(table) + 8 * (address >> shift & 511))
        entry = int(place.cast(gdb.lookup_type("unsigned long").pointer()).dereference())
        if not entry & 1:
            return None
        table = entry & 0x000ffffffffff000
    return table


def element(span, index):
    """An element of a std::span over such a table; None where it is all zeros. No element straddles pages."""
    first = span["__data_"]
    address = (int(first) & (1 << 64) - 1) + index * first.type.strip_typedefs().target().sizeof
    page = made_page(address)
    return None if page is None else gdb.Value(page + address % PAGE).cast(first.type).dereference()


def system_page(page):
    """The number of the system page that the host maps at a guest page; None: it maps nothing there."""
    pieces = machine()["rmp"]["map_"]["pieces_"]
    for number in range(int(pieces["size_"])):
        piece = items(pieces["items_"])[number]
        index = page - int(piece["begin"]["value_"]) // PAGE
        if not 0 <= index < int(piece["frames"]["__size_"]):
            continue
        frame = element(piece["frames"], index)
        if frame is None or int(frame) == 0:
            return int(piece["system"]["value_"]) // PAGE + index
        return None if int(frame) == 0xffffffff else int(frame) - 1
    return None


def number_of_this_vcpu():
    """gdb's thread 1 is QEMU's CPU 0, which carries no vCPU (docs/adr/0013)."""
    return max(gdb.selected_thread().num - 2, 0)


def vcpu_and_vmpl(text):
    """[VCPU [VMPL]] with the defaults: this CPU, the VMPL that it runs."""
    words = gdb.string_to_argv(text)
    number = int(words[0], 0) if words else number_of_this_vcpu()
    m = machine()
    if number >= int(m["cpu_count"]):
        raise gdb.GdbError("there are vCPUs 0 to %d" % (int(m["cpu_count"]) - 1))
    vcpu = items(m["vcpus"])[number].dereference()
    vmpl = int(words[1], 0) if len(words) > 1 else int(vcpu["current"])
    if vmpl > 3:
        raise gdb.GdbError("there are VMPLs 0 to 3")
    return number, vcpu, vmpl


def word(path):
    """The path as one word of a command: gdb splits at blanks, and takes what follows a backslash as it is."""
    return "".join("\\" + c if c in " \t\n'\"\\" else c for c in path)


class Attach(gdb.Command):
    """adyton-attach PORT BIN [GUEST]: symbols from the build in BIN, then the machine at PORT."""

    def __init__(self):
        super().__init__("adyton-attach", gdb.COMMAND_RUNNING)

    def invoke(self, text, from_tty):
        words = gdb.string_to_argv(text)
        if len(words) < 2:
            raise gdb.GdbError("adyton-attach PORT BIN [GUEST]")
        port, folder = words[0], words[1]
        gdb.execute("set confirm off")
        gdb.execute("set pagination off")
        gdb.execute("set architecture i386:x86-64")
        # The build writes paths relative to itself, so that two checkouts give the same bytes.
        for prefix in ("build/../..", "../..", "build/."):
            gdb.execute("set substitute-path %s %s" % (prefix, word(SOURCE)))
        gdb.execute("file %s" % word(folder + "/svsm.elf"))
        gdb.execute("add-symbol-file %s" % word(folder + "/snpemu.elf"), to_string=True)
        if len(words) > 2:
            gdb.execute("add-symbol-file %s" % word(words[2]), to_string=True)
        gdb.execute("target remote 127.0.0.1:%s" % port)
        # Thread 2 carries vCPU 0. QEMU forgets which thread stopped when gdb connects, and gdb does not ask again.
        for command in ("thread 1", "maintenance flush register-cache", "thread 2"):
            gdb.execute(command, to_string=True)
        print("The machine waits at the SVSM's first instruction. Try:")
        print("  break process_one_request        then: continue, backtrace")
        print("  adyton-vmpl, adyton-vmsa, adyton-ghcb, adyton-rmp GPA")


class Rmp(gdb.Command):
    """adyton-rmp GPA [PAGES]: what the reverse map table says about a page, and those behind it."""

    def __init__(self):
        super().__init__("adyton-rmp", gdb.COMMAND_DATA)

    def invoke(self, text, from_tty):
        words = gdb.string_to_argv(text)
        if not words:
            raise gdb.GdbError("adyton-rmp GPA [PAGES]")
        first = int(gdb.parse_and_eval(words[0])) // PAGE
        with physical_memory():
            entries = machine()["rmp"]["entries_"]
            for page in range(first, first + (int(words[1], 0) if len(words) > 1 else 1)):
                system = system_page(page)
                if system is None or system >= int(entries["__size_"]):
                    raise gdb.GdbError("GPA 0x%x is not memory of this machine" % (page * PAGE))
                print(self.describe(page, element(entries, system)))

    @staticmethod
    def describe(page, entry):
        if entry is None or not int(entry["assigned"]):
            return "0x%011x  shared: belongs to the hypervisor" % (page * PAGE)
        words = ["private", "validated" if int(entry["validated"]) else "NOT validated"]
        words += [name for name in ("vmsa", "large", "in_use") if int(entry[name])]
        rights = items(entry["permissions"])
        for vmpl in range(4):
            mask = int(rights[vmpl])
            letters = "".join(c if mask & 1 << bit else "-" for bit, c in enumerate("rwus"))
            words.append("VMPL%d %s" % (vmpl, letters))
        return "0x%011x  %s" % (page * PAGE, ", ".join(words))


class CurrentVmpl(gdb.Command):
    """adyton-vmpl: which VMPL each vCPU runs, or would run next."""

    def __init__(self):
        super().__init__("adyton-vmpl", gdb.COMMAND_DATA)

    def invoke(self, text, from_tty):
        with physical_memory():
            m = machine()
            for number in range(int(m["cpu_count"])):
                vcpu = items(m["vcpus"])[number].dereference()
                slot = items(vcpu["slots"])[int(vcpu["current"])]
                inside = int(vcpu["sequence"]["__a_"]["__a_value"]) & 1
                state = "inside" if inside else "in the machine" if int(vcpu["runnable"]) else "asleep"
                present = [str(i) for i in range(4) if int(items(vcpu["slots"])[i]["present"])]
                print("%s vCPU %d  VMPL%d  %-14s VMSA at 0x%x; VMPLs with a VMSA: %s" % (
                    "*" if number == number_of_this_vcpu() else " ", number, int(vcpu["current"]), state,
                    int(slot["vmsa"]["gpa"]["value_"]), " ".join(present) or "none"))


class VmsaPage(gdb.Command):
    """adyton-vmsa [VCPU [VMPL]]: registers in the save area, as of the last exit of that VMPL."""

    def __init__(self):
        super().__init__("adyton-vmsa", gdb.COMMAND_DATA)

    def invoke(self, text, from_tty):
        with physical_memory():
            number, vcpu, vmpl = vcpu_and_vmpl(text)
            place = items(vcpu["slots"])[vmpl]
            if not int(place["present"]):
                raise gdb.GdbError("vCPU %d has no VMSA for VMPL%d" % (number, vmpl))
            vmsa = as_physical(place["vmsa"]["page"]).dereference()
            print("vCPU %d, VMPL%d, VMSA at GPA 0x%x" % (number, vmpl, int(place["vmsa"]["gpa"]["value_"])))
            rows = (("rip", "rsp", "rflags"), ("rax", "rbx", "rcx"), ("rdx", "rsi", "rdi"), ("rbp", "r8", "r9"),
                    ("r10", "r11", "r12"), ("r13", "r14", "r15"), ("cr0", "cr3", "cr4"),
                    ("efer", "cr2", "sev_features"), ("guest_exit_code", "guest_exit_info_1", "guest_exit_info_2"))
            for row in rows:
                print("  ".join("%-6s %016x" % (name.replace("guest_exit_", "exit_")[:12], int(vmsa[name]))
                                for name in row))


class GhcbPage(gdb.Command):
    """adyton-ghcb [VCPU [VMPL]]: the GHCB MSR and the page it names, decoded."""

    def __init__(self):
        super().__init__("adyton-ghcb", gdb.COMMAND_DATA)

    def invoke(self, text, from_tty):
        with physical_memory():
            number, vcpu, vmpl = vcpu_and_vmpl(text)
            slot = items(vcpu["slots"])[vmpl]
            print("vCPU %d, VMPL%d: GHCB MSR 0x%x" % (number, vmpl, int(slot["ghcb_msr"])))
            if not int(slot["ghcb_registered"]):
                print("no GHCB page is registered")
                return
            gpa = int(slot["registered_ghcb"]["value_"])
            ghcb = gdb.Value(gpa).cast(gdb.lookup_type("abi::Ghcb").pointer()).dereference()
            print("page at GPA 0x%x" % gpa)
            for field in ghcb.type.fields():
                if field.name.startswith("reserved") or field.type.strip_typedefs().code != gdb.TYPE_CODE_INT:
                    continue
                print("  %-16s 0x%x" % (field.name, int(ghcb[field.name])))


for command in (Attach, Rmp, CurrentVmpl, VmsaPage, GhcbPage):
    command()

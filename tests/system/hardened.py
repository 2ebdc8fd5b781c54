# SPDX-License-Identifier: MIT
"""Run by gdb in tests/system/hardened.sh: looks into a running SVSM for what must not be there, and for what must.

Before the SVSM's first instruction VMPCK0 is where the AMD-SP put it. Once a guest has called, nothing that the
SVSM maps may contain it, nor the guest's copy of the secrets page; and one page of the region, mapped nowhere, does.
"""
import gdb

PAGE, PRESENT, LARGE = 4096, 1, 1 << 7
ADDRESS = (1 << 47) - 1 & ~(PAGE - 1)
SECRETS_KEY0, KEY_BYTES = 0x20, 32


def memory(address, size):
    return bytes(gdb.selected_inferior().read_memory(address, size))


def quadwords(data):
    return [int.from_bytes(data[i:i + 8], "little") for i in range(0, len(data), 8)]


def leaves(table, level, base):
    """(virtual address, physical address, bytes) of everything mapped below this table."""
    for index, entry in enumerate(quadwords(memory(table, PAGE))):
        if not entry & PRESENT:
            continue
        at = base | index << 12 + 9 * (level - 1)
        size = PAGE << 9 * (level - 1)
        if level == 1 or (level < 4 and entry & LARGE):
            yield at, entry & ADDRESS & ~(size - 1), size
        else:
            yield from leaves(entry & ADDRESS, level - 1, at)


def parts_of(key):
    """Any quarter of the key counts: half a wipe is none."""
    return [key[i:i + 8] for i in range(0, KEY_BYTES, 8)]


def places(begin, size, key):
    """Pages in [begin, begin + size) with a part of the key."""
    found, step = set(), 1 << 20
    for at in range(begin, begin + size, step):
        # Parts do not cross pages in any copy that the SVSM could make: they are aligned to 8.
        data = memory(at, min(step, begin + size - at))
        for part in parts_of(key):
            where = data.find(part)
            while where >= 0:
                found.add((at + where) & ~(PAGE - 1))
                where = data.find(part, where + 1)
    return found


def register(name):
    return int(gdb.parse_and_eval("$" + name)) & (1 << 64) - 1


block = gdb.parse_and_eval("$rdi").cast(gdb.lookup_type("abi::adyton::BootBlock").pointer()).dereference()
region, region_bytes = int(block["region_gpa"]), int(block["region_bytes"])
boot_region = 8 << 20
secrets = int(block["secrets_gpa"])
with physical_memory():
    key = memory(secrets + SECRETS_KEY0, KEY_BYTES)
    print("before: VMPCK0 in %d page(s) of the region" % len(places(region, region_bytes, key)))
if key.count(0) > 8:
    raise gdb.GdbError("VMPCK0 is no key")

gdb.execute("tbreak process_one_request")
gdb.execute("continue")
root = register("cr3") & ADDRESS
cr4 = register("cr4")
with physical_memory():
    mapped = list(leaves(root, 4, 0))
    in_region = places(region, region_bytes, key)
    names = {page for _, page, _ in mapped}
    # Windows into the guest's memory are mapped as well.
    hits = {at for at in in_region if at in names}
    for _, page, size in mapped:
        if not region <= page < region + region_bytes:
            hits |= places(page, size, key)
    guest_hits = places(boot_region, 2 << 20, key)
print("after: %d pages mapped, VMPCK0 in %d of them" % (len(mapped), len(hits)))
print("after: VMPCK0 in %d page(s) of the region" % len(in_region))
print("after: VMPCK0 in %d page(s) of the guest's boot region" % len(guest_hits))
bits = (("SMEP", 20), ("SMAP", 21), ("UMIP", 11))
print("cr4: " + " ".join(name for name, bit in bits if cr4 & 1 << bit))
gdb.execute("adyton-vmsa 1 0")
gdb.execute("kill")

// SPDX-License-Identifier: MIT
// Checks headers and segments of an ELF64 executable. [ELF "Program Loading"]
#include "tools/elf/file.hpp"

#include <elf.h>

#include <algorithm>

#include "base/result.hpp"

namespace tools::elf {
namespace {

std::string machine_name(std::uint16_t machine) {
    switch (machine) {
        case EM_386: return "32-bit x86";
        case EM_ARM: return "32-bit Arm";
        case EM_AARCH64: return "AArch64";
        case EM_RISCV: return "RISC-V";
        case EM_PPC64: return "PowerPC";
        case EM_S390: return "S/390";
        default: return formatted("machine {}", machine);
    }
}

Result<Elf64_Ehdr> read_header(Bytes bytes, std::string_view name) {
    const auto magic = slice(bytes, 0, SELFMAG);
    if (!magic || std::memcmp(magic->data(), ELFMAG, SELFMAG) != 0)
        return problem("{} is not an ELF file", name);
    const auto header = load<Elf64_Ehdr>(bytes, 0);
    if (!header)
        return problem("{} is truncated: an ELF header has 64 bytes, the file only {}", name, bytes.size());
    // e_machine has the same place in both classes, so a 32-bit file is named by its machine.
    if (header->e_machine != EM_X86_64 || header->e_ident[EI_CLASS] != ELFCLASS64 ||
        header->e_ident[EI_DATA] != ELFDATA2LSB) {
        const bool other = header->e_machine != EM_X86_64;
        return problem("{} is an ELF file for {}, not for 64-bit x86", name,
                       other ? machine_name(header->e_machine) : "a 32-bit or big-endian machine");
    }
    if (header->e_type != ET_EXEC)
        return problem("{} is not a static executable (ELF type {}); link it with -static -no-pie", name,
                       header->e_type);
    if (header->e_phnum == 0) return problem("{} has no segments to load", name);
    if (header->e_phentsize != sizeof(Elf64_Phdr))
        return problem("{} has program headers of {} bytes instead of 56", name, header->e_phentsize);
    return *header;
}

Result<Segment> read_segment(Bytes bytes, std::string_view name, const Elf64_Phdr& header) {
    if (header.p_filesz > header.p_memsz)
        return problem("{} has a segment at {:#x} with more bytes in the file than in memory", name,
                       header.p_vaddr);
    if (header.p_vaddr + header.p_memsz < header.p_vaddr || header.p_paddr + header.p_memsz < header.p_paddr)
        return problem("{} has a segment at {:#x} that wraps around the address space", name, header.p_vaddr);
    const auto data = slice(bytes, header.p_offset, header.p_filesz);
    if (!data)
        return problem("{} is truncated: the segment at {:#x} lies outside its {} bytes", name,
                       header.p_vaddr, bytes.size());
    return Segment{header.p_vaddr,
                   header.p_paddr,
                   header.p_memsz,
                   *data,
                   (header.p_flags & PF_R) != 0,
                   (header.p_flags & PF_W) != 0,
                   (header.p_flags & PF_X) != 0};
}

Result<std::vector<Segment>> read_segments(Bytes bytes, std::string_view name, const Elf64_Ehdr& header) {
    std::vector<Segment> segments;
    for (std::uint64_t i = 0; i < header.e_phnum; ++i) {
        // No overflow in the sum: load() refuses any e_phoff beyond the file first.
        const auto entry = header.e_phoff > bytes.size()
                               ? std::nullopt
                               : load<Elf64_Phdr>(bytes, header.e_phoff + i * sizeof(Elf64_Phdr));
        if (!entry)
            return problem("{} is truncated: its program headers lie outside its {} bytes", name,
                           bytes.size());
        if (entry->p_type != PT_LOAD || entry->p_memsz == 0) continue;
        segments.push_back(TRY(read_segment(bytes, name, *entry)));
    }
    if (segments.empty()) return problem("{} has no segments to load", name);
    std::ranges::sort(segments, {}, &Segment::virtual_address);
    for (std::size_t i = 1; i < segments.size(); ++i)
        if (segments[i].virtual_address < segments[i - 1].virtual_end())
            return problem("{} has segments that overlap at {:#x}", name, segments[i].virtual_address);
    return segments;
}

}  // namespace

Result<File> File::open(Bytes bytes, std::string_view name) {
    const Elf64_Ehdr header = TRY(read_header(bytes, name));
    File file;
    file.segments_ = TRY(read_segments(bytes, name, header));
    file.entry_ = header.e_entry;
    const bool entry_runs = std::ranges::any_of(file.segments_, [&](const Segment& segment) {
        return segment.executable && segment.virtual_address <= header.e_entry &&
               header.e_entry < segment.virtual_end();
    });
    if (!entry_runs)
        return problem("{} starts at {:#x}, which is in none of its executable segments", name,
                       header.e_entry);
    file.symbols_ = read_symbols(bytes);
    return file;
}

std::optional<std::uint64_t> File::address_of(std::string_view symbol) const {
    const auto found = std::ranges::find(symbols_, symbol, &Symbol::name);
    if (found == symbols_.end()) return std::nullopt;
    return found->value;
}

std::uint64_t File::loaded_bytes() const {
    std::uint64_t bytes = 0;
    for (const Segment& segment : segments_) bytes += segment.memory_bytes;
    return bytes;
}

}  // namespace tools::elf

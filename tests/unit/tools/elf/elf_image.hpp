// SPDX-License-Identifier: MIT
// Puts ELF files together for the tests, sound ones and others.
#pragma once
#include <elf.h>

#include <cstring>
#include <string>
#include <vector>

#include "base/bytes.hpp"

namespace tools {

class ElfImage {
public:
    struct Part {
        std::uint64_t address, memory_bytes;
        std::uint32_t flags;
        std::vector<std::byte> data;
    };

    /// A segment filled with `fill`; memory beyond the data is zero.
    ElfImage& segment(std::uint64_t address, std::uint32_t flags, std::size_t data_bytes,
                      std::uint64_t memory_bytes = 0, std::byte fill = std::byte{0xcc}) {
        parts.push_back({address, memory_bytes == 0 ? data_bytes : memory_bytes, flags,
                         std::vector<std::byte>(data_bytes, fill)});
        return *this;
    }
    ElfImage& symbol(const char* name, std::uint64_t value) {
        symbols.emplace_back(name, value);
        return *this;
    }

    /// Header, program headers, symbol table, then the data of each segment.
    [[nodiscard]] std::vector<std::byte> bytes() {
        std::vector<std::byte> file;
        std::string names(1, '\0');
        std::vector<Elf64_Sym> table(1);
        for (const auto& [name, value] : symbols) {
            table.push_back(
                {static_cast<Elf64_Word>(names.size()), ELF64_ST_INFO(STB_GLOBAL, STT_FUNC), 0, 1, value, 0});
            names += name + '\0';
        }
        const std::uint64_t table_at = sizeof header + parts.size() * sizeof(Elf64_Phdr);
        const std::uint64_t names_at = table_at + table.size() * sizeof(Elf64_Sym);
        const std::uint64_t sections_at = names_at + names.size();
        std::uint64_t data_at = sections_at + 2 * sizeof(Elf64_Shdr);

        header.e_phnum = static_cast<Elf64_Half>(parts.size());
        header.e_shoff = sections_at;
        header.e_shnum = 2;
        append(file, header);
        for (const Part& part : parts) {
            append(file, Elf64_Phdr{PT_LOAD, part.flags, data_at, part.address, part.address,
                                    part.data.size(), part.memory_bytes, 4096});
            data_at += part.data.size();
        }
        for (const Elf64_Sym& entry : table) append(file, entry);
        for (const char c : names) file.push_back(static_cast<std::byte>(c));
        append(file, Elf64_Shdr{0, SHT_SYMTAB, 0, 0, table_at, table.size() * sizeof(Elf64_Sym), 1, 0, 8,
                                sizeof(Elf64_Sym)});
        append(file, Elf64_Shdr{0, SHT_STRTAB, 0, 0, names_at, names.size(), 0, 0, 1, 0});
        for (const Part& part : parts) file.insert(file.end(), part.data.begin(), part.data.end());
        return file;
    }

    std::vector<Part> parts;
    std::vector<std::pair<std::string, std::uint64_t>> symbols;
    Elf64_Ehdr header{{ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
                      ET_EXEC,
                      EM_X86_64,
                      EV_CURRENT,
                      0,
                      sizeof(Elf64_Ehdr),
                      0,
                      0,
                      sizeof(Elf64_Ehdr),
                      sizeof(Elf64_Phdr),
                      0,
                      sizeof(Elf64_Shdr),
                      0,
                      0};

private:
    template <class T>
    static void append(std::vector<std::byte>& file, const T& value) {
        const auto* raw = reinterpret_cast<const std::byte*>(&value);
        file.insert(file.end(), raw, raw + sizeof value);
    }
};

}  // namespace tools

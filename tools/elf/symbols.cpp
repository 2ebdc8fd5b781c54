// SPDX-License-Identifier: MIT
// Reads the symbol table. Symbols only make messages nicer, so a damaged table is an empty one.
#include <elf.h>

#include <algorithm>

#include "tools/elf/file.hpp"

namespace tools::elf {
namespace {

std::optional<Elf64_Shdr> section(Bytes bytes, const Elf64_Ehdr& header, std::uint64_t index) {
    if (index >= header.e_shnum || header.e_shentsize != sizeof(Elf64_Shdr) || header.e_shoff > bytes.size())
        return std::nullopt;
    return load<Elf64_Shdr>(bytes, header.e_shoff + index * sizeof(Elf64_Shdr));
}

std::string_view name_at(Bytes names, std::uint64_t offset) {
    if (offset >= names.size()) return {};
    const auto* text = reinterpret_cast<const char*>(names.data() + offset);
    return {text, ::strnlen(text, names.size() - offset)};
}

bool is_place(const Elf64_Sym& symbol) {
    const auto type = ELF64_ST_TYPE(symbol.st_info);
    return symbol.st_shndx != SHN_UNDEF && (type == STT_FUNC || type == STT_NOTYPE || type == STT_OBJECT);
}

void append(std::vector<Symbol>& list, Bytes bytes, const Elf64_Ehdr& header, const Elf64_Shdr& table) {
    const auto names_section = section(bytes, header, table.sh_link);
    if (!names_section) return;
    const auto entries = slice(bytes, table.sh_offset, table.sh_size);
    const auto names = slice(bytes, names_section->sh_offset, names_section->sh_size);
    if (!entries || !names) return;
    for (std::uint64_t at = 0; at < entries->size(); at += sizeof(Elf64_Sym)) {
        const auto symbol = load<Elf64_Sym>(*entries, at);
        if (!symbol || !is_place(*symbol)) continue;
        const std::string_view name = name_at(*names, symbol->st_name);
        if (!name.empty()) list.push_back({name, symbol->st_value, symbol->st_size});
    }
}

}  // namespace

std::vector<Symbol> read_symbols(Bytes bytes) {
    std::vector<Symbol> list;
    const auto header = load<Elf64_Ehdr>(bytes, 0);
    if (!header) return list;
    for (std::uint64_t i = 0; i < header->e_shnum; ++i) {
        const auto candidate = section(bytes, *header, i);
        if (candidate && candidate->sh_type == SHT_SYMTAB) append(list, bytes, *header, *candidate);
    }
    std::ranges::stable_sort(list, {}, &Symbol::value);
    return list;
}

}  // namespace tools::elf

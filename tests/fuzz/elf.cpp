// SPDX-License-Identifier: MIT
// The ELF reader of the tool: programs that a user hands in.
#include "tests/fuzz/fuzz.hpp"
#include "tools/elf/file.hpp"

void fuzz::one_input(Bytes input) {
    const auto file = tools::elf::File::open(input, "input");
    if (!file) {
        expect(!file.error().sentence.empty(), "refused without a sentence");
        return;
    }
    const auto end = input.data() + input.size();
    std::uint64_t last = 0;
    bool entry_is_code = false;
    for (const auto& segment : file->segments()) {
        expect(segment.virtual_address >= last, "segments overlap or go down");
        expect(segment.virtual_end() >= segment.virtual_address, "a segment wraps");
        expect(segment.data.size() <= segment.memory_bytes, "more bytes in the file than in memory");
        expect(segment.data.empty() ||
                   (segment.data.data() >= input.data() && segment.data.data() + segment.data.size() <= end),
               "a segment outside the file");
        last = segment.virtual_end();
        entry_is_code |=
            segment.executable && segment.virtual_address <= file->entry() && file->entry() < last;
    }
    expect(entry_is_code, "the entry is not in executable memory");
    std::size_t letters = 0;
    std::uint64_t address = 0;
    for (const auto& symbol : file->symbols()) {
        expect(symbol.value >= address, "symbols are not sorted");
        address = symbol.value;
        for (const char c : symbol.name) letters += c != 0;
    }
    (void)file->address_of(letters % 2 == 0 ? "start" : "");
    (void)file->loaded_bytes();
}

// SPDX-License-Identifier: MIT
// Reads the ELF64 programs that travel in an image. Every byte of the file is treated as hostile.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "tools/support/problem.hpp"

namespace tools::elf {

/// A part of the program that is loaded; `data` are its first bytes, the rest up to `memory_bytes` is zero.
struct Segment {
    std::uint64_t virtual_address, physical_address, memory_bytes;
    Bytes data;
    bool readable, writable, executable;
    [[nodiscard]] std::uint64_t virtual_end() const { return virtual_address + memory_bytes; }
};

struct Symbol {
    std::string_view name;
    std::uint64_t value, bytes;
};

/// A checked x86-64 executable. Segments ascend, do not overlap and do not wrap; the entry lies in an
/// executable one. Keeps views; the bytes must outlive it.
class File {
public:
    /// `name` is how the sentence of a problem calls the file.
    [[nodiscard]] static Result<File> open(Bytes bytes, std::string_view name);
    [[nodiscard]] std::uint64_t entry() const { return entry_; }
    [[nodiscard]] const std::vector<Segment>& segments() const { return segments_; }
    /// Functions and labels in ascending order of address; empty when the file is stripped or its
    /// table is damaged.
    [[nodiscard]] const std::vector<Symbol>& symbols() const { return symbols_; }
    [[nodiscard]] std::optional<std::uint64_t> address_of(std::string_view symbol) const;
    /// Memory that the program occupies when loaded.
    [[nodiscard]] std::uint64_t loaded_bytes() const;

private:
    std::uint64_t entry_ = 0;
    std::vector<Segment> segments_;
    std::vector<Symbol> symbols_;
};

/// The symbol table of `bytes`, sorted; used by File::open.
[[nodiscard]] std::vector<Symbol> read_symbols(Bytes bytes);

}  // namespace tools::elf

// SPDX-License-Identifier: MIT
#include "tools/count/subject.hpp"

#include <algorithm>

#include "tools/elf/symbolizer.hpp"

namespace tools::count {

Request request_for(const elf::File& svsm, const Install& install) {
    Request request{.plugin = install.bin / "adyton-count.so", .low = ~0ull};
    for (const elf::Segment& segment : svsm.segments()) {
        if (!segment.executable) continue;
        request.low = std::min(request.low, segment.virtual_address);
        request.high = std::max(request.high, segment.virtual_end());
    }
    for (const elf::Symbol& symbol : svsm.symbols())
        if (symbol.value >= request.low && symbol.value < request.high)
            request.functions.push_back(symbol.value);
    return request;
}

Request request_for_image(const Install& install) {
    return {.plugin = install.bin / "adyton-count.so", .low = 1ull << 63, .high = ~0ull, .functions = {}};
}

Request request_for_all(const Install& install) {
    // QEMU wants a place of the SVSM's; no block of instructions begins in the last byte of the address space.
    return {.plugin = install.bin / "adyton-count.so",
            .low = ~0ull - 1,
            .high = ~0ull,
            .functions = {},
            .counts_all = true};
}

std::string function_name(const std::vector<elf::Symbol>& symbols, std::uint64_t address) {
    const auto after = std::ranges::upper_bound(symbols, address, {}, &elf::Symbol::value);
    return after == symbols.begin() ? "" : elf::without_parameters(std::prev(after)->name);
}

}  // namespace tools::count

// SPDX-License-Identifier: MIT
// Reads an image as a processor does: its pages by address, its page tables by walking them.
#pragma once
#include <cstring>
#include <map>
#include <optional>

#include "abi/snp/vmsa.hpp"
#include "abi/x86/paging.hpp"
#include "igvm/reader.hpp"

namespace tools {

class ImageReader {
public:
    explicit ImageReader(Bytes bytes) : file_{*igvm::File::open(bytes)} {
        file_.for_each([&](const igvm::Directive& directive) {
            if (const auto* page = std::get_if<igvm::PageData>(&directive)) pages[page->gpa.value()] = *page;
            if (const auto* context = std::get_if<igvm::VpContext>(&directive))
                vmsa = *load<abi::Vmsa>(context->vmsa, 0);
            return true;
        });
    }

    /// The leaf entry for an address; empty when nothing is mapped. Notes in `all_encrypted` whether every
    /// entry on the way carried the C-bit.
    std::optional<std::uint64_t> walk(std::uint64_t address, unsigned c_bit) {
        const std::uint64_t encrypted = 1ull << c_bit;
        std::uint64_t table = vmsa.cr3;
        for (unsigned level = 4; level >= 1; --level) {
            all_encrypted &= (table & encrypted) != 0;
            const auto entry = load_u64((table & abi::Pte::address_mask & ~encrypted) +
                                        abi::table_index(address, level) * 8);
            if (!entry || (*entry & abi::Pte::present) == 0) return std::nullopt;
            table = *entry;
        }
        all_encrypted &= (table & encrypted) != 0;
        return table;
    }

    std::map<std::uint64_t, igvm::PageData> pages;
    abi::Vmsa vmsa{};
    bool all_encrypted = true;

private:
    std::optional<std::uint64_t> load_u64(std::uint64_t gpa) {
        const auto page = pages.find(round_down(gpa, page_bytes));
        if (page == pages.end() || !page->second.data) return std::nullopt;
        return load<std::uint64_t>(*page->second.data, gpa % page_bytes);
    }
    igvm::File file_;
};

}  // namespace tools

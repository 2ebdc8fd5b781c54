// SPDX-License-Identifier: MIT
// Turns ELF segments into pages.
#include "tools/image/memory.hpp"

#include <algorithm>
#include <map>

#include "abi/adyton/boot_block.hpp"
#include "base/result.hpp"

namespace tools::image {
namespace {

using PageMap = std::map<Gpa, Buffer>;

/// Copies one segment to `gpa` onwards; pages of it that stay zero get an empty buffer.
void place(PageMap& pages, const elf::Segment& segment, Gpa gpa) {
    const Gpa end = gpa + segment.memory_bytes;
    for (Gpa page = gpa.page(); page < end; page = page + page_bytes) pages.try_emplace(page);
    for (std::uint64_t done = 0; done < segment.data.size();) {
        const Gpa at = gpa + done;
        const std::uint64_t part = std::min(page_bytes - at.page_offset(), segment.data.size() - done);
        const Bytes source = segment.data.subspan(done, part);
        Buffer& bytes = pages[at.page()];
        const bool all_zero = std::ranges::all_of(source, [](std::byte b) { return b == std::byte{}; });
        if (bytes.empty() && !all_zero) bytes.resize(page_bytes);
        if (!bytes.empty())
            std::ranges::copy(source, bytes.begin() + static_cast<std::ptrdiff_t>(at.page_offset()));
        done += part;
    }
}

std::vector<Page> to_pages(PageMap&& map) {
    std::vector<Page> pages;
    for (auto& [gpa, bytes] : map) pages.push_back({gpa, std::move(bytes)});
    return pages;
}

Result<Rights> rights_of(const elf::Segment& segment, const std::string& name) {
    if (segment.writable && segment.executable)
        return problem("{} has a segment at {:#x} that could be written and executed", name,
                       segment.virtual_address);
    if (segment.executable) return Rights::ReadExecute;
    return segment.writable ? Rights::ReadWrite : Rights::Read;
}

/// Gives the segment's pages their rights. A page shared by two segments with different rights would need the
/// union of both, and so break W^X.
Result<void> grant(std::vector<Rights>& rights, const elf::Segment& segment, Rights wanted,
                   const std::string& name) {
    const std::uint64_t begin = segment.virtual_address - abi::adyton::svsm_link_base;
    const std::uint64_t end = round_up(begin + segment.memory_bytes, page_bytes);
    for (std::uint64_t page = begin / page_bytes; page < end / page_bytes; ++page) {
        if (rights[page] != Rights::Unmapped && rights[page] != wanted)
            return problem(
                "{} has two segments with different rights in the page at {:#x}; align them to 4096", name,
                round_down(segment.virtual_address, page_bytes));
        rights[page] = wanted;
    }
    return {};
}

/// Pages between these two symbols exist to fault: a CPU that overruns a stack must not find memory.
void revoke_guards(std::vector<Rights>& rights, const elf::File& file) {
    const auto begin = file.address_of("__guard_begin"), end = file.address_of("__guard_end");
    if (!begin || !end || *begin < abi::adyton::svsm_link_base) return;
    for (std::uint64_t va = *begin; va < *end; va += page_bytes) {
        const std::uint64_t page = (va - abi::adyton::svsm_link_base) / page_bytes;
        if (page < rights.size()) rights[page] = Rights::Unmapped;
    }
}

}  // namespace

Result<SvsmMemory> load_svsm(const elf::File& file, const std::string& name, GpaRange region) {
    constexpr std::uint64_t base = abi::adyton::svsm_link_base;
    PageMap pages;
    SvsmMemory memory{{}, std::vector<Rights>(region.size() / page_bytes, Rights::Unmapped), 0};
    for (const elf::Segment& segment : file.segments()) {
        if (segment.virtual_address < base || segment.virtual_end() - base > region.size())
            return problem("{} has a segment at {:#x}, outside the {} KiB of the SVSM's region from {:#x}",
                           name, segment.virtual_address, region.size() / 1024, base);
        const Rights rights = TRY(rights_of(segment, name));
        TRY_VOID(grant(memory.rights, segment, rights, name));
        place(pages, segment, region.begin + (segment.virtual_address - base));
        memory.used_bytes = std::max(memory.used_bytes, round_up(segment.virtual_end() - base, page_bytes));
    }
    revoke_guards(memory.rights, file);
    memory.pages = to_pages(std::move(pages));
    return memory;
}

Result<GuestMemory> load_guest(const elf::File& file, const std::string& name, GpaRange place_for_it) {
    const std::uint64_t low = place_for_it.begin.value(), high = place_for_it.end.value();
    PageMap pages;
    for (const elf::Segment& segment : file.segments()) {
        if (segment.physical_address != segment.virtual_address)
            return problem("{} has a segment whose physical address {:#x} is not its virtual address {:#x}",
                           name, segment.physical_address, segment.virtual_address);
        if (segment.virtual_address < low || segment.virtual_end() > high)
            return problem("{} has a segment at {:#x}; link it between {} and {} MiB", name,
                           segment.virtual_address, low >> 20, high >> 20);
        place(pages, segment, Gpa{segment.virtual_address});
    }
    GuestMemory memory{to_pages(std::move(pages)), {}};
    for (const Page& page : memory.pages) {
        if (memory.ranges.empty() || memory.ranges.back().end != page.gpa)
            memory.ranges.push_back({page.gpa, page.gpa});
        memory.ranges.back().end = page.gpa + page_bytes;
    }
    const std::size_t most = abi::adyton::BootBlock{}.guest_segments.size();
    if (memory.ranges.size() > most)
        return problem("{} occupies {} separate ranges of memory; at most {} are possible", name,
                       memory.ranges.size(), most);
    return memory;
}

}  // namespace tools::image

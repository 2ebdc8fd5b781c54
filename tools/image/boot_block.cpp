// SPDX-License-Identifier: MIT
// Searches the pages of an image for the boot block.
#include "tools/image/boot_block.hpp"

namespace tools::image {

std::optional<abi::adyton::BootBlock> find_boot_block(const igvm::File& file) {
    std::optional<abi::adyton::BootBlock> found;
    file.for_each([&](const igvm::Directive& directive) {
        const auto* page = std::get_if<igvm::PageData>(&directive);
        if (page == nullptr || !page->data) return true;
        const auto block = load<abi::adyton::BootBlock>(*page->data, 0);
        const bool ours = block && block->magic == abi::adyton::boot_block_magic &&
                          block->version == abi::adyton::boot_block_version &&
                          block->guest_segment_count <= block->guest_segments.size();
        if (ours) found = *block;
        return !ours;
    });
    return found;
}

}  // namespace tools::image

// SPDX-License-Identifier: MIT
// The memory of the channel to the AMD-SP: two private pages, and six that the host sees.
#include "svsm/boot/steps/steps.hpp"
#include "svsm/psp/channel.hpp"

namespace svsm {
namespace {

BootExpected<psp::PageSpan> make_private_page(mm::Memory& memory) {
    auto* page = TRY(memory.make<PageBuffer>());
    return psp::PageSpan{page->bytes()};
}

BootExpected<psp::SharedPages> make_shared_pages(mm::Memory& memory, std::uint64_t count) {
    const auto first = TRY(memory.pages.allocate_run(count));
    for (auto page = first; page < first + count * page_bytes; page = page + page_bytes)
        TRY_VOID(memory.share(memory.linear.va(page)));
    return psp::SharedPages{memory.linear.object<std::byte>(first), first};
}

}  // namespace

BootResult open_channel(mm::Memory& memory, Guest& guest) {
    const psp::ChannelPages pages{.key = memory.keys,
                                  .request = TRY(make_private_page(memory)),
                                  .answer = TRY(make_private_page(memory)),
                                  .shared_request = TRY(make_shared_pages(memory, 1)),
                                  .shared_answer = TRY(make_shared_pages(memory, 1)),
                                  .certificates = TRY(make_shared_pages(memory, psp::certificate_pages))};
    static_assert(sizeof(psp::Channel) <= page_bytes);
    const auto at = TRY(memory.pages.allocate());
    guest.amd_sp = ::new (memory.linear.object<std::byte>(at)) psp::Channel{pages};
    return {};
}

}  // namespace svsm

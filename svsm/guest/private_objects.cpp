// SPDX-License-Identifier: MIT
#include "svsm/guest/private_objects.hpp"

#include <algorithm>

namespace svsm {
namespace {

struct Packed {
    using Kind = Bits<2, 0>;
    using Level = Bits<4, 3>;
    using Owner = Bits<15, 5>;
};

std::uint16_t pack(const Object& object) {
    return static_cast<std::uint16_t>(Packed::Kind::put(static_cast<std::uint64_t>(object.kind)) |
                                      Packed::Level::put(static_cast<std::uint64_t>(object.level)) |
                                      Packed::Owner::put(object.vcpu));
}

ObjectKind kind_of(std::uint16_t packed) { return static_cast<ObjectKind>(Packed::Kind::get(packed)); }

Object unpack(std::uint16_t packed) {
    return {static_cast<ObjectKind>(Packed::Kind::get(packed)),
            static_cast<abi::Vmpl>(Packed::Level::get(packed)),
            static_cast<std::uint32_t>(Packed::Owner::get(packed))};
}

}  // namespace

void PrivateObjects::start(const RamBlocks& blocks, std::span<Region*> directory, std::span<Region> regions) {
    blocks_ = &blocks;
    directory_ = directory;
    free_ = nullptr;
    for (auto& region : regions) {
        region.next = free_;
        free_ = &region;
    }
    free_count_ = regions.size();
}

std::size_t PrivateObjects::new_regions(std::span<const Gpa> pages) const {
    const auto number = [](Gpa page) { return page.value() / large_page_bytes; };
    std::size_t regions = 0;
    for (std::size_t i = 0; i < pages.size(); ++i) {
        const bool is_counted = std::ranges::any_of(
            pages.first(i), [&](Gpa earlier) { return number(earlier) == number(pages[i]); });
        if (!is_counted && directory_[blocks_->find(pages[i])] == nullptr) ++regions;
    }
    return regions;
}

Region& PrivateObjects::take_region(std::uint32_t block, Gpa page) {
    // Callers check has_room_for first. A page that the table silently dropped would stay open to the guest.
    if (free_ == nullptr) __builtin_trap();
    auto& region = *free_;
    free_ = region.next;
    --free_count_;
    region.next = nullptr;
    region.number = page.value() / large_page_bytes;
    directory_[block] = &region;
    return region;
}

void PrivateObjects::drop_region(std::uint32_t block) {
    auto& region = *directory_[block];
    directory_[block] = nullptr;
    region.next = free_;
    free_ = &region;
    ++free_count_;
}

void PrivateObjects::count_deposit(Region& region, std::size_t index) {
    const auto first = static_cast<std::uint16_t>(index);
    region.first_deposit = region.deposited == 0 ? first : std::min(region.first_deposit, first);
    if (region.deposited++ != 0) return;
    region.next = deposits_;
    deposits_ = &region;
}

void PrivateObjects::uncount_deposit(Region& region) {
    if (--region.deposited != 0) return;
    // The search is short: pages leave the first region of the list, except when DEPOSIT_MEM undoes a list.
    auto** link = &deposits_;
    while (*link != &region) link = &(*link)->next;
    *link = region.next;
    region.next = nullptr;
}

void PrivateObjects::set(Region& region, std::size_t index, const Object& object) {
    auto& packed = region.pages[index];
    if (kind_of(packed) == ObjectKind::Deposited) uncount_deposit(region);
    packed = pack(object);
    if (object.kind == ObjectKind::Deposited) count_deposit(region, index);
}

void PrivateObjects::add(std::uint32_t block, Gpa page, const Object& object) {
    auto* found = directory_[masked_index(block, directory_.size())];
    auto& region = found != nullptr ? *found : take_region(block, page);
    const auto index = index_in_region(page);
    if (region.pages[index] != 0) __builtin_trap();
    ++region.used;
    set(region, index, object);
}

void PrivateObjects::remove(std::uint32_t block, Gpa page, ObjectKind kind) {
    auto* region = directory_[masked_index(block, directory_.size())];
    const auto index = index_in_region(page);
    if (region == nullptr || kind_of(region->pages[index]) != kind) __builtin_trap();
    set(*region, index, {});
    if (--region->used == 0) drop_region(block);
}

Object PrivateObjects::at(std::uint32_t block, Gpa page) const {
    const auto* region = this->region(block);
    return region == nullptr ? Object{} : unpack(region->pages[index_in_region(page)]);
}

std::optional<Gpa> PrivateObjects::find_deposit() {
    if (deposits_ == nullptr) return std::nullopt;
    auto& region = *deposits_;
    while (kind_of(region.pages[region.first_deposit]) != ObjectKind::Deposited) ++region.first_deposit;
    return Gpa{region.number * large_page_bytes + region.first_deposit * page_bytes};
}

}  // namespace svsm

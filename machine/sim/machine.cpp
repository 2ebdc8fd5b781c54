// SPDX-License-Identifier: MIT
// The state of a unit test's machine: memory that changes its owner, rights that stay in TLBs.
#include "machine/sim/machine.hpp"

#include <algorithm>

#include "machine/sim/current.hpp"
#include "model/host/page_state.hpp"

namespace sim {

thread_local Current current;

namespace {

constexpr std::size_t index_of(Vmpl vmpl) { return static_cast<std::size_t>(vmpl); }

constexpr std::uint8_t right_for(AccessKind kind) {
    switch (kind) {
        case AccessKind::Read: return abi::Permission::read;
        case AccessKind::Write: return abi::Permission::write;
        case AccessKind::ExecuteUser: return abi::Permission::execute_user;
        case AccessKind::ExecuteSupervisor: return abi::Permission::execute_supervisor;
    }
    return 0;
}

}  // namespace

Machine::Machine(std::uint64_t bytes)
    : ram_{static_cast<std::byte*>(std::calloc(bytes + spare_pages * page_bytes, 1))},
      ram_bytes_{bytes},
      frames_(bytes / page_bytes),
      entries_(bytes / page_bytes + spare_pages),
      rmp_{entries_, model::NestedMap{frames_}},
      cached_(bytes / page_bytes) {
    if (current.machine != nullptr) throw Misuse{"this thread has a machine already"};
    current = {.machine = this};
}

Machine::~Machine() { current = {}; }

Cpu::Cpu(Machine& machine, unsigned index)
    : previous_machine_{current.machine}, previous_index_{current.cpu} {
    if (index >= Machine::max_cpus) throw Misuse{"no such CPU"};
    current.machine = &machine;
    current.cpu = index;
}

Cpu::~Cpu() {
    current.machine = previous_machine_;
    current.cpu = previous_index_;
}

unsigned Machine::current_cpu() { return current.cpu; }

std::byte* Machine::memory(Gpa at, std::uint64_t bytes) {
    if (at.value() > ram_bytes_ || ram_bytes_ - at.value() < bytes) throw Misuse{"address outside memory"};
    const auto first = rmp_.map().find(at);
    if (!first) throw Misuse{"nothing is shown at this address"};
    for (auto page = at.page() + page_bytes; page < at + bytes; page = page + page_bytes)
        if (rmp_.map().find(page) != *first + (page - at.page())) throw Misuse{"a range of several pieces"};
    return ram_.get() + first->value() + at.page_offset();
}
const std::byte* Machine::memory(Gpa at, std::uint64_t bytes) const {
    return const_cast<Machine*>(this)->memory(at, bytes);
}

void Machine::launch(GpaRange range) {
    std::lock_guard lock{mutex_};
    for (Gpa page = range.begin; page < range.end; page = page + page_bytes) rmp_.launch(page, false);
}

void Machine::launch_for_guest(GpaRange range, Vmpl lowest) {
    std::lock_guard lock{mutex_};
    launch(range);
    for (Gpa page = range.begin; page < range.end; page = page + page_bytes)
        for (std::size_t vmpl = 1; vmpl <= index_of(lowest); ++vmpl)
            rmp_.entry(page).permissions[vmpl] = abi::Permission::all;
}

void Machine::assign_large(Gpa page) {
    std::lock_guard lock{mutex_};
    if (rmp_.assign(page, PageSize::Size2M) != abi::RmpResult::Success)
        throw Misuse{"cannot assign a large page"};
}

void Machine::host_takes(Gpa page, PageSize size) {
    std::lock_guard lock{mutex_};
    if (rmp_.unassign(page, size) != abi::RmpResult::Success) throw Misuse{"cannot take this page"};
    scramble(page, size);
    // RMPUPDATE is of no use to a host that keeps old translations alive, so it flushes them.
    for (std::uint64_t i = 0; i < bytes_of(size) / page_bytes; ++i)
        cached_[page.value() / page_bytes + i].rights = {};
}

void Machine::host_gives(Gpa page, PageSize size) {
    std::lock_guard lock{mutex_};
    if (rmp_.assign(page, size) != abi::RmpResult::Success) throw Misuse{"cannot give this page"};
    // As above: pages of 4 KiB that became a large one have lost their rights.
    for (std::uint64_t i = 0; i < bytes_of(size) / page_bytes; ++i)
        if (!rmp_.entry(page + i * page_bytes).validated) cached_[page.value() / page_bytes + i].rights = {};
}

bool Machine::change_page_state(Gpa page, PageSize size, abi::PscOperation operation) {
    std::lock_guard lock{mutex_};
    const model::host::PageChange change{page, size, operation};
    const bool is_ram = rmp_.contains(page) && rmp_.contains(page + (bytes_of(size) - page_bytes));
    if (!model::host::check_change(change, {.caller = Vmpl::Vmpl0, .is_ram = is_ram})) return false;
    if (change.is_hint() || model::host::is_done_already(rmp_, change)) return true;
    const auto moved = change.to_guest() ? rmp_.assign(page, size) : rmp_.unassign(page, size);
    if (moved != abi::RmpResult::Success) return false;
    scramble(page, size);
    return true;
}

Spa Machine::host_page() {
    std::lock_guard lock{mutex_};
    if (used_spares_ == spare_pages) throw Misuse{"the hypervisor has no pages left"};
    return Spa{ram_bytes_ + used_spares_++ * page_bytes};
}

void Machine::host_binds(Spa system, Gpa page) {
    std::lock_guard lock{mutex_};
    if (rmp_.bind(system, page) != abi::RmpResult::Success) throw Misuse{"cannot bind this page"};
}

void Machine::host_shows(Gpa page, Spa system) {
    std::lock_guard lock{mutex_};
    if (rmp_.show(page, system) != abi::RmpResult::Success) throw Misuse{"cannot show this page"};
    cached_[page.value() / page_bytes].rights = {};
}

void Machine::host_hides(Gpa page) {
    std::lock_guard lock{mutex_};
    rmp_.hide(page);
    cached_[page.value() / page_bytes].rights = {};
}

std::optional<Spa> Machine::shown(Gpa page) const {
    std::lock_guard lock{mutex_};
    return rmp_.map().find(page);
}

std::uint8_t Machine::rights(Vmpl vmpl, Gpa page) const {
    std::uint8_t all = 0;
    for (const AccessKind kind :
         {AccessKind::Read, AccessKind::Write, AccessKind::ExecuteUser, AccessKind::ExecuteSupervisor})
        if (rmp_.check_access(page, kind, model::Encryption::Private, vmpl)) all |= right_for(kind);
    return all;
}

void Machine::launch_vmsa(Gpa page, Vmpl readers) {
    std::lock_guard lock{mutex_};
    rmp_.launch(page, true);
    for (std::size_t vmpl = 1; vmpl <= index_of(readers); ++vmpl)
        rmp_.entry(page).permissions[vmpl] = abi::Permission::read;
}

void Machine::set_in_use(Gpa vmsa, bool in_use) {
    std::lock_guard lock{mutex_};
    rmp_.entry(vmsa).in_use = in_use;
}

void Machine::set_in_use(Spa vmsa, bool in_use) {
    std::lock_guard lock{mutex_};
    rmp_.entry(vmsa).in_use = in_use;
}

void Machine::scramble(Gpa page, PageSize size) {
    // Ciphertext would look no better.
    std::memset(memory(page, bytes_of(size)), 0xc5, bytes_of(size));
}

void Machine::fill(GpaRange range, std::uint8_t value) {
    std::lock_guard lock{mutex_};
    std::memset(memory(range.begin, range.size()), value, range.size());
}

bool Machine::is_filled_with(GpaRange range, std::uint8_t value) const {
    std::lock_guard lock{mutex_};
    const std::byte* first = memory(range.begin, range.size());
    // Each byte equals the one before it: much faster than a loop under the sanitizers.
    return *first == std::byte{value} && std::memcmp(first, first + 1, range.size() - 1) == 0;
}

bool Machine::rmp_allows(Vmpl vmpl, AccessKind kind, Gpa at) const {
    std::lock_guard lock{mutex_};
    return rmp_.check_access(at, kind, model::Encryption::Private, vmpl).has_value();
}

bool Machine::guest_may(Vmpl vmpl, AccessKind kind, Gpa at) const {
    std::lock_guard lock{mutex_};
    if (rmp_allows(vmpl, kind, at)) return true;
    if (!rmp_.contains(at)) return false;
    return (cached_[at.value() / page_bytes].rights[index_of(vmpl)] & right_for(kind)) != 0;
}

std::size_t Machine::stale_pages() const {
    std::lock_guard lock{mutex_};
    return static_cast<std::size_t>(std::ranges::count_if(cached_pages_, [&](std::uint64_t page) {
        for (std::size_t vmpl = 1; vmpl < abi::vmpl_count; ++vmpl)
            if ((cached_[page].rights[vmpl] & ~rights(static_cast<Vmpl>(vmpl), Gpa{page * page_bytes})) != 0)
                return true;
        return false;
    }));
}

void Machine::remember_rights(Gpa page, PageSize size) {
    const std::uint64_t first = page.value() / page_bytes;
    for (std::uint64_t i = first; i < first + bytes_of(size) / page_bytes && i < cached_.size(); ++i) {
        Cached& cached = cached_[i];
        std::uint8_t any = 0;
        for (std::size_t vmpl = 1; vmpl < abi::vmpl_count; ++vmpl) {
            const auto now = rights(static_cast<Vmpl>(vmpl), Gpa{i * page_bytes});
            cached.rights[vmpl] |= now;
            any |= now;
        }
        if (any == 0) continue;
        if (!cached.is_listed) cached_pages_.push_back(i);
        cached.is_listed = true;
    }
}

void Machine::forget_rights() {
    for (const std::uint64_t page : cached_pages_) cached_[page] = {};
    cached_pages_.clear();
}

unsigned Machine::live_windows() const {
    std::lock_guard lock{mutex_};
    unsigned live = 0;
    for (const CpuState& cpu : cpus_)
        live += static_cast<unsigned>(
            std::ranges::count_if(cpu.windows, [](const auto& w) { return w.page.has_value(); }));
    return live;
}

std::optional<Gpa> Machine::window_target(machine::Window window) const {
    std::lock_guard lock{mutex_};
    return cpus_[current.cpu].windows[static_cast<std::size_t>(window)].page;
}

bool Machine::has_open_look() const {
    std::lock_guard lock{mutex_};
    constexpr auto first = static_cast<std::size_t>(machine::Window::List);
    return std::ranges::any_of(cpus_, [](const CpuState& cpu) {
        return std::any_of(cpu.windows.begin() + first, cpu.windows.end(),
                           [](const auto& window) { return window.page.has_value(); });
    });
}

}  // namespace sim

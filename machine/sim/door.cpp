// SPDX-License-Identifier: MIT
// machine/machine.hpp as the simulated CPU of the calling thread answers it.
#include <algorithm>

#include "base/bits.hpp"
#include "machine/machine.hpp"
#include "machine/sim/current.hpp"
#include "machine/sim/host.hpp"

namespace sim {

using machine::Window;
using model::RmpFault;

namespace {

/// Window addresses look like the kernel's, but say which CPU, window and mapping they belong to, so that an
/// address that outlived its mapping or came to another CPU is caught.
struct WindowVa {
    using Ones = Bits<63, 47>;
    using Cpu = Bits<46, 41>;
    using Index = Bits<40, 37>;
    using Generation = Bits<36, 21>;
    using Offset = Bits<20, 0>;
};

constexpr std::uint64_t window_bytes(Window window) {
    return window == Window::Scratch2M ? large_page_bytes : page_bytes;
}

}  // namespace

/// What machine:: functions may touch of the machine.
class Door {
public:
    Door() : machine_{current.machine} {
        if (machine_ == nullptr) throw Misuse{"this thread has no machine"};
    }
    Machine& machine() { return *machine_; }
    Machine::CpuState& cpu() { return machine_->cpus_[current.cpu]; }
    model::Rmp& rmp() { return machine_->rmp_; }
    std::recursive_mutex& mutex() { return machine_->mutex_; }
    std::string& console() { return machine_->console_; }

    /// Calls an adversary's hook, unless the adversary itself is at work.
    template <class Hook>
    void hooked(Hook hook) {
        if (current.inside_hook) return;
        current.inside_hook = true;
        struct Leave {
            ~Leave() { current.inside_hook = false; }
        } leave;
        hook();
    }
    /// Lets the adversaries act, then takes the machine for one indivisible step.
    std::unique_lock<std::recursive_mutex> begin(Step step, std::optional<Va> read = std::nullopt) {
        hooked([&] {
            if (machine_->between) machine_->between(step);
            if (read && machine_->before_guest_read) machine_->before_guest_read(gpa(*read, 1));
        });
        return std::unique_lock{mutex()};
    }
    /// The adversary makes this one access fault.
    [[nodiscard]] bool is_made_to_fault(Step step) {
        bool faults = false;
        hooked([&] { faults = machine_->faults && machine_->faults(step); });
        return faults;
    }

    Va map(Window window, Gpa page) {
        if (!page.is_aligned(window_bytes(window))) throw Misuse{"window on a misaligned address"};
        if (page.value() >> Machine::c_bit != 0) throw Misuse{"window on an address beyond the C-bit"};
        auto& state = cpu().windows[static_cast<std::size_t>(window)];
        // A CPU may cache what a window mapped, and one of the two users would access the other's page.
        if (state.page) throw Misuse{"the window shows a page already"};
        state = {page, state.generation + 1};
        ++machine_->window_changes_;
        return Va{WindowVa::Ones::mask | WindowVa::Cpu::put(current.cpu) |
                  WindowVa::Index::put(static_cast<std::uint64_t>(window)) |
                  WindowVa::Generation::put(state.generation)};
    }
    void unmap(Window window) {
        auto& state = cpu().windows[static_cast<std::size_t>(window)];
        if (!state.page) throw Misuse{"the window shows nothing"};
        state = {std::nullopt, state.generation + 1};
        ++machine_->window_changes_;
    }
    /// Guest-physical address behind a window address; `bytes` must not leave the window.
    Gpa gpa(Va at, std::uint64_t bytes) {
        const std::uint64_t va = at.value(), index = WindowVa::Index::get(va),
                            offset = WindowVa::Offset::get(va);
        if (WindowVa::Ones::get(va) != WindowVa::Ones::mask >> 47 || index >= cpu().windows.size())
            throw Misuse{"not an address of a window"};
        if (WindowVa::Cpu::get(va) != current.cpu) throw Misuse{"a window of another CPU"};
        const auto& state = cpu().windows[index];
        if (!state.page || WindowVa::Generation::get(va) != (state.generation & 0xffff))
            throw Misuse{"the window maps something else now"};
        const std::uint64_t limit = window_bytes(Window{static_cast<std::uint8_t>(index)});
        if (offset >= limit || limit - offset < bytes) throw Misuse{"access beyond the end of a window"};
        return *state.page + offset;
    }

    [[nodiscard]] bool may(Gpa at, AccessKind kind) {
        return rmp().check_access(at, kind, model::Encryption::Private, Vmpl::Vmpl0).has_value();
    }
    /// Calls `use(bytes in memory, index, count)` for each page of the range until one may not be touched.
    template <class Use>
    std::expected<void, machine::GuestFault> for_each_page(Va at, std::uint64_t bytes, AccessKind kind,
                                                           Use use) {
        const auto step = kind == AccessKind::Read ? Step::GuestRead : Step::GuestWrite;
        for (std::uint64_t done = 0; done < bytes;) {
            if (done != 0 && machine_->between) hooked([&] { machine_->between(step); });
            const Gpa from = gpa(at, bytes) + done;
            const std::uint64_t count = std::min(page_bytes - from.page_offset(), bytes - done);
            if (is_made_to_fault(step) || !may(from, kind)) return std::unexpected{machine::GuestFault{}};
            use(machine_->memory(from, count), done, count);
            done += count;
        }
        return {};
    }

    void remember_rights(Gpa page, PageSize size) { machine_->remember_rights(page, size); }
    void flush() {
        machine_->forget_rights();
        ++machine_->flushes_;
    }

private:
    Machine* machine_;
};

namespace {

template <class T>
std::expected<T, machine::GuestFault> load(Va from) {
    Door door;
    const auto lock = door.begin(Step::GuestRead, from);
    T value{};
    const auto copied =
        door.for_each_page(from, sizeof value, AccessKind::Read,
                           [&](const std::byte* page, std::uint64_t done, std::uint64_t count) {
                               std::memcpy(reinterpret_cast<std::byte*>(&value) + done, page, count);
                           });
    if (!copied) return std::unexpected{copied.error()};
    return value;
}

template <class T>
std::expected<void, machine::GuestFault> store(Va to, const T& value) {
    return machine::copy_out(to, std::as_bytes(std::span{&value, 1}));
}

}  // namespace
}  // namespace sim

namespace machine {

using sim::AccessKind;
using sim::Door;
using sim::Step;

std::expected<void, machine::PvalidateError> pvalidate(Va page, PageSize size, abi::Validity wanted) {
    Door door;
    const auto lock = door.begin(Step::Pvalidate);
    const Gpa gpa = door.gpa(page, bytes_of(size));
    if (door.is_made_to_fault(Step::Pvalidate)) return std::unexpected{machine::PvalidateError::Fault};
    if (door.machine().pvalidate_result)
        if (const auto forced = door.machine().pvalidate_result(gpa)) return std::unexpected{*forced};
    door.remember_rights(gpa, size);
    const auto outcome = model::carry_out(door.rmp(), gpa, [&](model::Rmp& rmp) {
                             return rmp.pvalidate(gpa, size, wanted, abi::Vmpl::Vmpl0);
                         }).result;
    if (!outcome) return std::unexpected{machine::PvalidateError::Fault};
    if (outcome->eax != abi::RmpResult::Success)
        return std::unexpected{machine::PvalidateError{static_cast<std::uint32_t>(outcome->eax)}};
    if (outcome->carry) return std::unexpected{machine::PvalidateError::Unchanged};
    return {};
}

std::expected<void, machine::RmpadjustError> rmpadjust(Va page, PageSize size, std::uint64_t attributes) {
    Door door;
    const auto lock = door.begin(Step::Rmpadjust);
    const Gpa gpa = door.gpa(page, bytes_of(size));
    if (door.is_made_to_fault(Step::Rmpadjust)) return std::unexpected{machine::RmpadjustError::Fault};
    if (door.machine().rmpadjust_result)
        if (const auto forced = door.machine().rmpadjust_result(gpa)) return std::unexpected{*forced};
    door.remember_rights(gpa, size);
    const auto outcome = model::carry_out(door.rmp(), gpa, [&](model::Rmp& rmp) {
                             return rmp.rmpadjust(gpa, size, attributes, abi::Vmpl::Vmpl0);
                         }).result;
    if (!outcome) return std::unexpected{machine::RmpadjustError::Fault};
    if (*outcome != abi::RmpResult::Success)
        return std::unexpected{machine::RmpadjustError{static_cast<std::uint32_t>(*outcome)}};
    return {};
}

Va map_window(Window window, Gpa page) {
    Door door;
    const auto lock = door.begin(Step::MapWindow);
    return door.map(window, page);
}

void unmap_window(Window window) {
    Door door;
    const auto lock = door.begin(Step::UnmapWindow);
    door.unmap(window);
}

std::expected<void, machine::GuestFault> copy_in(std::span<std::byte> to, Va from) {
    Door door;
    const auto lock = door.begin(Step::GuestRead, from);
    return door.for_each_page(from, to.size(), AccessKind::Read,
                              [&](const std::byte* page, std::uint64_t done, std::uint64_t count) {
                                  std::memcpy(to.data() + done, page, count);
                              });
}

std::expected<void, machine::GuestFault> copy_out(Va to, std::span<const std::byte> from) {
    Door door;
    const auto lock = door.begin(Step::GuestWrite);
    return door.for_each_page(to, from.size(), AccessKind::Write,
                              [&](std::byte* page, std::uint64_t done, std::uint64_t count) {
                                  std::memcpy(page, from.data() + done, count);
                              });
}

std::expected<void, machine::GuestFault> zero(Va at, std::uint64_t bytes) {
    Door door;
    const auto lock = door.begin(Step::GuestWrite);
    return door.for_each_page(
        at, bytes, AccessKind::Write,
        [](std::byte* page, std::uint64_t, std::uint64_t count) { std::memset(page, 0, count); });
}

std::expected<std::uint8_t, machine::GuestFault> load_u8(Va from) { return sim::load<std::uint8_t>(from); }
std::expected<std::uint64_t, machine::GuestFault> load_u64(Va from) { return sim::load<std::uint64_t>(from); }
std::expected<void, machine::GuestFault> store_u8(Va to, std::uint8_t value) { return sim::store(to, value); }
std::expected<void, machine::GuestFault> store_u64(Va to, std::uint64_t value) {
    return sim::store(to, value);
}

std::expected<bool, machine::GuestFault> compare_exchange_u64(Va at, std::uint64_t expected,
                                                              std::uint64_t desired) {
    Door door;
    const auto lock = door.begin(Step::CompareExchange);
    if (!at.is_aligned(8)) throw sim::Misuse{"compare-exchange of a misaligned quadword"};
    bool exchanged = false;
    const auto done =
        door.for_each_page(at, 8, AccessKind::Write, [&](std::byte* page, std::uint64_t, std::uint64_t) {
            std::uint64_t now;
            std::memcpy(&now, page, sizeof now);
            exchanged = now == expected;
            if (exchanged) std::memcpy(page, &desired, sizeof desired);
        });
    if (!done) return std::unexpected{done.error()};
    return exchanged;
}

void flush_guests() {
    Door door;
    const auto lock = door.begin(Step::Flush);
    door.flush();
}

bool try_flush() {
    if (!Door{}.machine().has_invlpgb) return false;
    flush_guests();
    return true;
}

std::uint64_t ghcb_msr_exchange(std::uint64_t request) {
    Door door;
    (void)door.begin(Step::Exchange);  // not held: another VMPL may run meanwhile, on any CPU
    const std::uint64_t honest = sim::answer_msr(door.machine(), request);
    return door.machine().host_reply ? door.machine().host_reply(request, honest) : honest;
}

abi::Ghcb& ghcb() { return *Door{}.cpu().ghcb; }
Gpa ghcb_gpa() { return Gpa{(1ull << 40) + sim::current.cpu * page_bytes}; }

void vmgexit() {
    Door door;
    (void)door.begin(Step::Vmgexit);
    sim::answer_event(door.machine(), ghcb(), ghcb_gpa());
    if (door.machine().host_event_reply) door.machine().host_event_reply(ghcb());
}

std::uint64_t read_msr(abi::Msr msr) {
    Door door;
    const auto found = door.machine().msrs.find(msr);
    if (found == door.machine().msrs.end()) throw sim::Misuse{"an MSR that the test did not prepare"};
    return found->second;
}

std::uint64_t timestamp() {
    Door door;
    const std::lock_guard lock{door.mutex()};
    return door.machine().tsc += door.machine().ticks_per_read;
}

void pause() {
    Door door;
    if (door.machine().on_pause) door.machine().on_pause();
}

void halt() {
    Door door;
    if (!door.machine().on_halt) throw sim::Misuse{"halted, and no hook will wake this CPU"};
    door.machine().on_halt();
}

void console_write(std::string_view text) {
    Door door;
    const std::lock_guard lock{door.mutex()};
    door.console() += text;
}

void terminate(abi::adyton::Termination reason) { throw sim::Terminated{reason}; }

}  // namespace machine

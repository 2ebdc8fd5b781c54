// SPDX-License-Identifier: MIT
// Which CPU runs next. A CPU runs until its guest runs, it halts, waits for a lock, or is interrupted.
#include "tests/fuzz/sequence/game.hpp"

#include "abi/x86/registers.hpp"

namespace fuzz {
namespace {

constexpr std::size_t stack_bytes = 256 << 10;
/// Rounds in which every CPU only waits for another: more than any lock needs. DELETE_VCPU that waits for a
/// CPU interrupted in its own check ends much sooner.
constexpr unsigned longest_wait = 1000;

/// Kept from input to input: fresh ones would cost more than the calls.
std::span<std::byte> stack(unsigned cpu) {
    static const auto stacks = std::make_unique<std::array<std::array<std::byte, stack_bytes>, cpus>>();
    return (*stacks)[cpu];
}

void accept_large(sim::Machine& machine, Gpa page, abi::Vmpl level) {
    const sim::Cpu bound{machine, 0};
    const Va window = machine::map_window(machine::Window::Scratch2M, page);
    expect(machine::pvalidate(window, PageSize::Size2M, abi::Validity::Validate).has_value(),
           "no large page");
    for (unsigned vmpl = 1; vmpl <= static_cast<unsigned>(level); ++vmpl)
        expect(machine::rmpadjust(window, PageSize::Size2M, 0xf00 | vmpl).has_value(), "no rights");
    machine::unmap_window(machine::Window::Scratch2M);
}

}  // namespace

Game::Game(Bytes input)
    : choices_{input.subspan(std::min<std::size_t>(input.size(), 8)), from_input<std::uint64_t>(input)},
      level_{static_cast<abi::Vmpl>(1 + choices_.below(8) % 3)} {
    set_scene();
    for (unsigned cpu = 0; cpu < cpus; ++cpu) start(cpu);
}

void Game::set_scene() {
    machine_.launch_for_guest(small_memory, level_);
    machine_.launch(svsm_region);
    machine_.fill(svsm_region, svsm_byte);
    for (const Gpa page : large_pages) machine_.assign_large(page);
    accept_large(machine_, large_pages[0], level_);
    for (std::uint64_t i = pool_unvalidated; i < pool_pages; ++i) host_takes(pool(i), PageSize::Size4K);
    for (std::uint64_t i = pool_unvalidated; i < pool_shared; ++i) host_gives(pool(i), PageSize::Size4K);
    // Secrets in a few places suffice, and cost less.
    for (const std::uint64_t i : large_targets) host_leaves_secrets(large_pages[1] + i * page_bytes);
    for (unsigned cpu = 0; cpu + 1 < cpus; ++cpu) {
        abi::Vmsa image{};
        image.vmpl = static_cast<std::uint8_t>(level_);
        image.efer = abi::Efer::svme;
        image.sev_features = 1;
        machine_.poke(first_vmsa(cpu), image);
        machine_.launch_vmsa(first_vmsa(cpu), level_);
        machine_.poke(first_calling_area(cpu), std::uint64_t{0});
    }
    svsm_.emplace(machine_, level_);
    machine_.between = [this](sim::Step) { on_step(); };
    machine_.before_guest_read = [this](Gpa at) { check_svme(at); };
    machine_.faults = [this](sim::Step) {
        if (fault_in_ == 0 || --fault_in_ != 0 || is_ending_) return false;
        note("  the host makes an access fault", now_);
        players_[now_].is_disturbed = has_played_ = true;
        return true;
    };
    machine_.on_run_vmpl = [this](unsigned vmpl) {
        players_[now_].level = vmpl;
        is_refused_ = std::exchange(host_refuses_, false);
        if (!is_refused_) hand_over(Player::State::Guest);
    };
    machine_.on_halt = [this] { hand_over(Player::State::Halted); };
    machine_.on_pause = [this] {
        players_[now_].is_waiting = true;
        players_[now_].fiber->suspend();
    };
    machine_.host_event_reply = [this](abi::Ghcb& ghcb) {
        if (std::exchange(is_refused_, false)) ghcb.sw_exit_info_1 = 2;
    };
    seen_entries_.assign(machine_.entries().begin(), machine_.entries().end());
    for (std::uint64_t page = 0; page < seen_entries_.size(); ++page)
        if (seen_entries_[page].vmsa) vmsas_.push_back(page);
    plays_tricks_ = choices_.percent(60);
}

void Game::start(unsigned cpu) {
    const sim::Cpu bound{machine_, cpu};
    players_[cpu].fiber = std::make_unique<Fiber>(stack(cpu), [this, cpu] {
        try {
            svsm_->run(cpu);
        } catch (const End&) {
        } catch (const sim::Terminated&) {
            finding("the SVSM gave up");
        } catch (const sim::Misuse& misuse) {
            finding(misuse.what());
        }
    });
}

void Game::hand_over(Player::State state) {
    auto& self = players_[now_];
    self.state = state;
    self.fiber->suspend();
    if (is_ending_) throw End{};
    self.state = Player::State::InCall;
}

void Game::on_step() {
    auto& self = players_[now_];
    if (self.countdown == 0 || --self.countdown != 0) return;
    if (is_ending_) return;
    self.is_disturbed = true;
    // The other CPUs run here, each as far as the choices say.
    if (choices_.percent(40)) {
        note("is interrupted", now_);
        self.fiber->suspend();
    } else {
        disturb();
        check_always();
    }
    if (choices_.percent(30)) self.countdown = 1 + choices_.below(12);
}

unsigned Game::in_call() const {
    unsigned count = 0;
    for (const Player& player : players_) count += player.state == Player::State::InCall;
    return count;
}

void Game::go_on(unsigned cpu) {
    auto& player = players_[cpu];
    const bool was_waiting = player.is_waiting;
    player.is_waiting = false;
    now_ = cpu;
    if (player.running) {
        machine_.set_in_use(*player.running, false);
        player.running.reset();
    }
    player.fiber->resume();
    expect(!player.fiber->is_done(), "the request loop came to an end");
    waits_ = was_waiting && player.is_waiting ? waits_ + 1 : 0;
    expect(waits_ < longest_wait * cpus, "every CPU waits for a lock that no CPU holds");
    if (player.state == Player::State::InCall) return;

    note(player.state == Player::State::Guest ? "lets the guest run" : "halts", cpu, player.level);
    note_changes();
    check_always();
    expect(!svsm_->has_open_window(cpu), "a window was left open");
    if (player.question.is_call) check_answer(player);
    player.question.is_call = false;
    if (in_call() == 0) check_quiet();
    // A VMSA that runs cannot be written, taken or deleted.
    if (player.state == Player::State::Guest && choices_.percent(30))
        for (const Place& place : svsm_->places(cpu))
            if (static_cast<unsigned>(place.level) == player.level && can_run(place.vmsa)) {
                const Spa vmsa = *machine_.shown(place.vmsa);
                machine_.set_in_use(vmsa, true);
                seen_entries_[number_of(vmsa)].in_use = true;
                player.running = vmsa;
            }
}

void Game::turn() {
    auto cpu = static_cast<unsigned>(choices_.below(cpus));
    // A CPU without a guest is woken without need sometimes, not always.
    if (players_[cpu].state == Player::State::Halted && svsm_->places(cpu).empty() && choices_.percent(80))
        cpu = (cpu + 1) % cpus;
    auto& player = players_[cpu];
    if (player.state != Player::State::InCall) {
        if (choices_.percent(12)) disturb();
        prepare(cpu);
        // Not of the pool alone: a guest can name any page, and an entry may be zero.
        for (Gpa page = small_memory.begin; page < small_memory.end; page = page + page_bytes)
            was_guests_[number_of(page)] = svsm_->is_guests(page);
        for (Player& other : players_)
            if (&other != &player) other.is_disturbed = true;
        player.is_disturbed = in_call() > 0;
    }
    player.countdown = choices_.percent(35) ? 1 + choices_.below(choices_.percent(70) ? 24 : 200) : 0;
    go_on(cpu);
}

void Game::drain() {
    for (Player& player : players_) player.countdown = 0;
    fault_in_ = 0;
    while (in_call() > 0)
        for (unsigned cpu = 0; cpu < cpus; ++cpu)
            if (players_[cpu].state == Player::State::InCall) go_on(cpu);
}

void Game::end() {
    drain();
    // Each CPU checks once more what the others did to its vCPU.
    for (unsigned cpu = 0; cpu < cpus; ++cpu) go_on(cpu);
    drain();
    check_end();
    is_ending_ = true;
    for (unsigned cpu = 0; cpu < cpus; ++cpu) {
        now_ = cpu;
        players_[cpu].fiber->resume();
        expect(players_[cpu].fiber->is_done(), "the request loop did not end");
    }
}

void Game::play() {
    for (unsigned cpu = 0; cpu < cpus; ++cpu) go_on(cpu);  // launch
    const auto turns = 32 + choices_.below(0x200);
    for (std::uint64_t i = 0; i < turns; ++i) turn();
    end();
}

}  // namespace fuzz

// SPDX-License-Identifier: MIT
// One input of the sequence fuzzer: vCPUs that call, a hypervisor that interferes, and after each call a
// check of all invariants.
#pragma once
#include <array>
#include <bitset>
#include <memory>
#include <optional>
#include <vector>

#include "abi/snp/vmsa.hpp"
#include "abi/svsm/core.hpp"
#include "machine/sim/machine.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/fuzz/sequence/fiber.hpp"
#include "tests/fuzz/sequence/svsm_view.hpp"

namespace fuzz {

/// Number of a page, in its own space.
template <class A>
constexpr std::uint64_t number_of(A page) {
    return page.value() / page_bytes;
}
inline constexpr std::uint64_t page_count = memory_end.value() / page_bytes;

/// A call as the guest made it.
struct Question {
    Place from;
    std::uint64_t rax = 0, rcx = 0, rdx = 0, r8 = 0, r9 = 0;
    std::uint16_t first_entry = 0;  ///< of the list, if there is one
    bool is_call = false;           ///< pending and exit code say so
};

/// One simulated CPU.
struct Player {
    enum class State : std::uint8_t { Guest, Halted, InCall };
    State state = State::Halted;
    bool is_waiting = false;     ///< in machine::pause
    unsigned level = 0;          ///< that RUN_VMPL named
    std::optional<Spa> running;  ///< VMSA that is marked as in use
    std::unique_ptr<Fiber> fiber;
    Question question;
    bool is_disturbed = false;    ///< another CPU or the host acted since the call began
    std::uint64_t countdown = 0;  ///< steps until the adversary acts; 0: never
};

class Game {
public:
    explicit Game(Bytes input);
    void play();

private:
    struct End {};  ///< thrown to leave the request loop

    // game.cpp: which CPU runs next
    void set_scene();
    void start(unsigned cpu);
    void turn();
    void go_on(unsigned cpu);
    void drain();
    void end();
    void hand_over(Player::State state);
    void on_step();
    [[nodiscard]] unsigned in_call() const;

    // guest.cpp: what a guest does before its vCPU leaves for the SVSM
    void prepare(unsigned cpu);
    void ask(Question& question);
    void write_registers(const Question& question);
    [[nodiscard]] Gpa some_page();
    [[nodiscard]] Gpa some_guest_page(abi::Vmpl level);
    [[nodiscard]] Gpa some_target(bool is_valid_after);
    [[nodiscard]] std::uint64_t some_entry();
    [[nodiscard]] std::uint64_t some_list(Question& question);
    [[nodiscard]] std::uint64_t some_vmsa();
    void write_vmsa(abi::Vmpl level, Gpa page);
    [[nodiscard]] bool can_run(Gpa vmsa) const;

    // adversary.cpp: other vCPUs and the hypervisor at the worst moment
    void disturb();
    void guest_writes();
    [[nodiscard]] bool is_hosts(Gpa page, PageSize size) const;
    void put_together(Gpa page, PageSize size);
    void host_takes(Gpa page, PageSize size);
    void host_gives(Gpa page, PageSize size);
    void host_swaps(Gpa page, PageSize size);
    void host_leaves_secrets(Gpa page);
    void taint(Spa page);
    [[nodiscard]] Gpa some_victim();
    void play_tricks();
    void bind_second_page(Gpa page);
    void switch_pages(Gpa page);

    // invariants.cpp
    void note_changes();
    void check_always();
    void check_quiet();
    void check_gift(Gpa page);
    void check_end();
    void check_answer(const Player& player);
    void check_list(const Question& question);
    void check_svme(Gpa read);
    [[nodiscard]] bool anyone_may(model::AccessKind kind, Gpa page) const;
    [[nodiscard]] bool anyone_has_rights(Gpa page) const;
    void check_one_valid_page_each();
    void check_not_validated(Gpa page);
    [[nodiscard]] model::RmpEntry own_entry(Gpa page) const;
    [[nodiscard]] bool is_intact_vmsa(Gpa page) const;

    Choices choices_;
    sim::Machine machine_{memory_end.value()};
    std::optional<SvsmView> svsm_;
    abi::Vmpl level_;
    std::array<Player, cpus> players_;
    unsigned now_ = 0;  ///< CPU that is going on
    bool is_ending_ = false;
    bool host_refuses_ = false, is_refused_ = false;  ///< the next request to run a guest; the one just made
    unsigned waits_ = 0;                              ///< turns without any progress

    std::vector<model::RmpEntry> seen_entries_;  ///< as of the last look
    std::vector<std::uint64_t> vmsas_;           ///< system pages that the RMP calls so
    std::vector<std::uint64_t> tainted_;         ///< system pages that may still hold what the host put there
    std::bitset<page_count + sim::Machine::spare_pages> is_tainted_;

    // The host that conspires with its guest: it knows from the table what is valid, and may change all else.
    bool plays_tricks_ = false;  ///< in this game
    bool has_played_ = false;    ///< so far
    std::array<std::optional<Spa>, second_pages> second_{};
    unsigned fault_in_ = 0;               ///< accesses until one faults; 0: none does
    std::bitset<page_count> was_guests_;  ///< when the call that goes on began
};

/// Last moves, for the report of a finding.
void note(const char* what, unsigned cpu, std::uint64_t a = 0, std::uint64_t b = 0, std::uint64_t c = 0);
/// Counts a call and its answer for the summary at the end of the program.
void count_call(std::uint64_t rax, std::uint64_t result);

}  // namespace fuzz

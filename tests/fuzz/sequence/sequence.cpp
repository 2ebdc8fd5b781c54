// SPDX-License-Identifier: MIT
// The sequence fuzzer: random calls from several vCPUs and levels through the SVSM's own request loop, with a
// guest and a hypervisor that interfere at every step. docs/fuzzing.md says what it checks.
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <map>

#include "tests/fuzz/sequence/game.hpp"

namespace fuzz {
namespace {

struct Move {
    const char* what;
    unsigned cpu;
    std::uint64_t a, b, c;
};
constexpr std::size_t kept_moves = 48;
std::array<Move, kept_moves> moves;
std::uint64_t move_count = 0;

void print_moves() {
    std::fprintf(stderr, "Last moves, the newest at the end:\n");
    const auto first = move_count > kept_moves ? move_count - kept_moves : 0;
    for (auto i = first; i < move_count; ++i) {
        const auto& move = moves[i % kept_moves];
        std::fprintf(stderr, "  cpu %u %-38s %#" PRIx64 " %#" PRIx64 " %#" PRIx64 "\n", move.cpu, move.what,
                     move.a, move.b, move.c);
    }
}

// By number of the call and result; ~0 collects calls that do not exist.
std::map<std::pair<std::uint64_t, std::uint64_t>, std::uint64_t> answers;
std::uint64_t game_count = 0, call_count = 0;

void print_summary() {
    std::fprintf(stderr, "sequence: %" PRIu64 " calls in %" PRIu64 " games\n", call_count, game_count);
    if (std::getenv("ADYTON_FUZZ_SUMMARY") == nullptr) return;
    for (const auto& [key, count] : answers)
        std::fprintf(stderr, "  call %2" PRId64 " -> %8" PRIx64 " %10" PRIu64 "\n",
                     static_cast<std::int64_t>(key.first), key.second, count);
}

}  // namespace

void note(const char* what, unsigned cpu, std::uint64_t a, std::uint64_t b, std::uint64_t c) {
    moves[move_count++ % kept_moves] = {what, cpu, a, b, c};
}

void count_call(std::uint64_t rax, std::uint64_t result) {
    ++call_count;
    ++answers[{rax < 8 ? rax : ~0ull, result}];
}

void one_input(Bytes input) {
    static const bool is_ready = [] {
        before_finding = print_moves;
        return std::atexit(print_summary) == 0;
    }();
    expect(is_ready, "no summary");
    move_count = 0;
    ++game_count;
    Game{input}.play();
}

}  // namespace fuzz

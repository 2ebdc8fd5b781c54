// SPDX-License-Identifier: MIT
#include "tools/qemu/feeder.hpp"

#include <algorithm>

namespace tools::qemu {
namespace {

using namespace std::chrono_literals;

/// Bit 0 of the 16550's interrupt enable register: received data available.
constexpr unsigned received_data = 1;
constexpr unsigned enough_times = 2;

/// Between two questions, and between two looks whether the line is free.
constexpr auto between_questions = 100ms, between_pieces = 5ms;
/// The first end of input gives the guest a moment to begin with what came before it: a shell that reads a
/// command in its own mode would hand a Ctrl-D of that moment to the command, as a byte.
constexpr auto before_end = 500ms, between_ends = 1000ms;
/// A program may have printed the byte that means hold. Then no byte for resume follows, and the
/// pieces follow slowly.
constexpr auto longest_hold = 30s;

}  // namespace

void Feeder::take(std::string_view bytes, Clock::time_point now) {
    if (bytes.empty()) return;
    waiting_ += bytes;
    line_is_open_ = !bytes.ends_with('\n');
    progress_ = now;
}

void Feeder::end(Clock::time_point now) {
    if (ended_) return;
    if (is_pipe() && line_is_open_) waiting_ += '\n';
    ended_ = true;
    progress_ = now;
}

void Feeder::see_interrupts(unsigned enabled) {
    times_enabled_ = (enabled & received_data) != 0 ? times_enabled_ + 1 : 0;
    if (times_enabled_ >= enough_times) is_heard_ = true;
}

std::string Feeder::hear(std::string_view output, Clock::time_point now) {
    std::string text;
    for (const char c : output) {
        if (c == hold)
            held_since_ = now;
        else if (c == resume)
            held_since_.reset();
        else
            text += c;
    }
    return text;
}

bool Feeder::is_held(Clock::time_point now) const {
    if (!held_since_ || now - *held_since_ >= longest_hold) return false;
    return is_pipe() || waiting_.size() > most_keys;
}

std::string Feeder::next(Clock::time_point now, bool is_line_free) {
    if (asks() || !is_line_free) return {};
    if (waiting_.empty()) {
        const bool is_due = now - progress_ >= before_end && now - last_end_ >= between_ends;
        if (!ended_ || !is_pipe() || !is_due) return {};
        last_end_ = now;
        return {end_of_input};
    }
    if (is_held(now)) return {};
    if (held_since_) held_since_ = now;
    const std::string bytes = waiting_.substr(0, std::min(piece, waiting_.size()));
    waiting_.erase(0, bytes.size());
    progress_ = now;
    return bytes;
}

std::optional<Feeder::Clock::duration> Feeder::patience() const {
    if (asks()) return between_questions;
    if (!waiting_.empty()) return between_pieces;
    if (ended_ && is_pipe()) return before_end;
    return std::nullopt;
}

}  // namespace tools::qemu

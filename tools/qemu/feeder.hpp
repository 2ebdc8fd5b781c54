// SPDX-License-Identifier: MIT
// Decides when typed or piped input goes to the guest's console. Pure: bytes and times in, bytes out.
#pragma once
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tools::qemu {

/// A serial line drops what it cannot take, and a driver that starts drops what came before. So piped input
/// waits until the guest's driver listens. It is passed on in pieces, each after the line has taken the one
/// before, and rests while the guest holds it. A person sees what happens, so typed keys do not wait.
class Feeder {
public:
    using Clock = std::chrono::steady_clock;
    enum class Source { Person, Pipe };
    explicit Feeder(Source source) : source_{source} {}

    /// Bytes that the guest's terminal sends when its buffer is nearly full, and when it has room again: our
    /// init sets them (stty ixoff). No text in UTF-8 has them.
    static constexpr char hold = '\xfe', resume = '\xff';
    /// The end of a file, as a terminal is told of it: Ctrl-D.
    static constexpr char end_of_input = 0x04;
    static constexpr std::size_t piece = 256;

    [[nodiscard]] bool is_pipe() const { return source_ == Source::Pipe; }
    /// False while enough waits, and after the end.
    [[nodiscard]] bool wants_more() const { return !ended_ && waiting_.size() < most_waiting; }
    void take(std::string_view bytes, Clock::time_point now);
    /// stdin has ended. A line that is not complete is completed, because a shell would wait for the rest.
    void end(Clock::time_point now);
    [[nodiscard]] bool has_ended() const { return ended_; }

    /// True while it is not known whether the guest listens: ask for the interrupts that its
    /// serial port wants.
    [[nodiscard]] bool asks() const { return is_pipe() && !is_heard_; }
    /// The port's interrupt enable register. The driver listens when it wants to be told of received bytes
    /// twice in a row: while Linux looks what kind of port it is, it sets all bits for a moment.
    void see_interrupts(unsigned enabled);

    /// The guest's output without what it says to us.
    [[nodiscard]] std::string hear(std::string_view output, Clock::time_point now);
    /// What to send now; often nothing. `is_line_free`: the machine has taken everything that was sent. The
    /// end of input is repeated every second: a program that ran meanwhile takes one of them for itself.
    [[nodiscard]] std::string next(Clock::time_point now, bool is_line_free);
    /// The machine had no room for these: they are next again.
    void give_back(std::string_view bytes) { waiting_.insert(0, bytes); }
    /// When to call `next` again at the latest; nothing when only new input can change something.
    [[nodiscard]] std::optional<Clock::duration> patience() const;

    [[nodiscard]] std::size_t left() const { return waiting_.size(); }
    /// The last time that input came, ended or was passed on. The end of input itself does not count.
    [[nodiscard]] Clock::time_point last_progress() const { return progress_; }

private:
    static constexpr std::size_t most_waiting = 1 << 16;
    /// A person's keys pass in spite of a hold; what is pasted waits.
    static constexpr std::size_t most_keys = 64;
    [[nodiscard]] bool is_held(Clock::time_point now) const;

    Source source_;
    std::string waiting_;
    bool ended_ = false, is_heard_ = false, line_is_open_ = false;
    unsigned times_enabled_ = 0;
    std::optional<Clock::time_point> held_since_;
    Clock::time_point progress_{}, last_end_{};
};

}  // namespace tools::qemu

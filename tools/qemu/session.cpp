// SPDX-License-Identifier: MIT
// The loop around QEMU: everything that can happen is a readable descriptor or a deadline.
#include "tools/qemu/session.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "base/result.hpp"
#include "tools/qemu/arguments.hpp"
#include "tools/qemu/wires.hpp"
#include "tools/support/signals.hpp"

namespace tools::qemu {
namespace {

using Clock = Hearing::Clock;

/// Time that a machine gets for its last words after a request to stop.
constexpr std::chrono::seconds grace{3};

/// Waits for one of the descriptors or the deadline. True when there is something on stdin.
bool wait(std::span<Stream* const> streams, const SignalReader& signals, bool listens,
          Clock::time_point deadline) {
    std::vector<pollfd> list{{listens ? STDIN_FILENO : -1, POLLIN, 0}, {signals.fd(), POLLIN, 0}};
    for (const Stream* stream : streams)
        if (stream->is_open()) list.push_back({stream->fd(), POLLIN, 0});
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    const int events =
        ::poll(list.data(), list.size(), static_cast<int>(std::clamp<long>(left, 0, 1'000'000)));
    return events > 0 && list[0].revents != 0;
}

Clock::duration duration_of(double seconds) {
    return std::chrono::ceil<Clock::duration>(std::chrono::duration<double>{seconds});
}

class Session {
public:
    Session(Child child, SignalReader& signals, Wires& wires, Hearing& hearing, const Watch& watch)
        : child_{std::move(child)},
          signals_{signals},
          wires_{wires},
          hearing_{hearing},
          watch_{watch},
          seconds_after_input_{watch.seconds_after_input},
          deadline_{start_ + duration_of(watch.timeout_seconds)} {}

    Ending run() {
        while (!step()) {
        }
        child_.kill();
        // What QEMU wrote before its end is still in the pipes.
        drain();
        ending_.wait_status = child_.poll().value_or(0);
        ending_.seconds = std::chrono::duration<double>(Clock::now() - start_).count();
        return ending_;
    }

private:
    /// True when the machine is to be cleared away.
    bool step() {
        Keyboard* const keyboard = hearing_.keyboard();
        const bool listens = keyboard != nullptr && keyboard->feeder().wants_more();
        if (wait(wires_.streams(), signals_, listens, next_time()) && keyboard->read())
            return interrupt(SIGINT);
        drain();
        if (keyboard != nullptr) feed(*keyboard);
        while (const int signal = signals_.take())
            if (signal != SIGCHLD) return interrupt(signal);
        if (refuses_launch()) return true;
        if (hearing_.has_reached()) return reach();
        if (child_.poll()) return true;
        if (hearing_.channel().verdict() && !is_ending_) begin_to_end();
        return Clock::now() >= deadline_ && expire();
    }

    void drain() {
        for (Stream* const stream : wires_.streams()) stream->drain();
    }

    bool interrupt(int signal) {
        ending_.kind = Ending::Kind::Interrupted;
        ending_.signal = signal;
        return true;
    }

    bool reach() {
        ending_.kind = Ending::Kind::Reached;
        return true;
    }

    /// Once, as soon as the launch is told.
    bool refuses_launch() {
        const auto& launch = hearing_.channel().launch();
        if (!launch || is_judged_) return false;
        is_judged_ = true;
        if (watch_.accepts_launch(*launch)) return false;
        ending_.kind = Ending::Kind::LaunchRefused;
        return true;
    }

    [[nodiscard]] Clock::time_point next_time() const {
        Keyboard* const keyboard = hearing_.keyboard();
        const auto patience = keyboard == nullptr ? std::nullopt : keyboard->feeder().patience();
        return patience ? std::min(deadline_, Clock::now() + *patience) : deadline_;
    }

    void feed(Keyboard& keyboard) {
        keyboard.pass_on(wires_.console().fd());
        const Feeder& feeder = keyboard.feeder();
        const auto now = Clock::now();
        if (feeder.asks() && now >= next_question_) {
            wires_.monitor().ask_for_interrupts();
            next_question_ = now + *feeder.patience();
        }
        if (!seconds_after_input_ || !feeder.has_ended() || is_ending_) return;
        deadline_ = feeder.last_progress() + duration_of(*seconds_after_input_);
        ending_.is_after_input = true;
    }

    /// After its verdict a machine has little time to end, whatever its own deadline was.
    void begin_to_end() {
        is_ending_ = true;
        deadline_ = Clock::now() + grace;
    }

    /// The first deadline asks for the state of the vCPUs, the second ends it. True: end it.
    bool expire() {
        if (is_ending_) return true;
        ending_.kind = Ending::Kind::TimedOut;
        wires_.monitor().ask_for_states();
        begin_to_end();
        return false;
    }

    Child child_;
    SignalReader& signals_;
    Wires& wires_;
    Hearing& hearing_;
    const Watch& watch_;
    std::optional<double> seconds_after_input_;
    Clock::time_point start_ = Clock::now(), deadline_, next_question_{};
    bool is_ending_ = false, is_judged_ = false;
    Ending ending_;
};

}  // namespace

Result<SessionResult> run(const Spec& spec, const Watch& watch) {
    Hearing hearing{watch, spec.console};
    Wires wires = TRY(Wires::make(spec, hearing));
    // Before the child exists: a Ctrl-C in between must not leave it behind.
    SignalReader signals;
    hearing.begin();
    Child child = TRY(Child::start(spec.program, arguments(spec), wires.descriptors()));
    wires.close_other_ends();
    wires.start_debugger(spec, watch);
    // Now that the machine runs; before it ends the terminal is as it was.
    if (spec.console == Console::Dialogue) hearing.open_keyboard();
    const Ending ending = Session{std::move(child), signals, wires, hearing, watch}.run();
    return std::move(hearing).close(ending, wires.counts());
}

}  // namespace tools::qemu

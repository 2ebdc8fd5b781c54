// SPDX-License-Identifier: MIT
// The loop around QEMU: everything that can happen is a readable descriptor or a deadline.
#include "tools/qemu/session.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>

#include "base/result.hpp"
#include "tools/debug/proxy.hpp"
#include "tools/support/child.hpp"
#include "tools/qemu/keyboard.hpp"
#include "tools/qemu/monitor.hpp"
#include "tools/verdict/outcome.hpp"
#include "tools/qemu/arguments.hpp"
#include "tools/support/signals.hpp"
#include "tools/qemu/stream.hpp"
#include "tools/support/terminal.hpp"

namespace tools::run {
namespace {

using Clock = std::chrono::steady_clock;

/// What a machine that was told to stop may still need to say its last words.
constexpr std::chrono::seconds grace{3};
constexpr std::size_t most_qemu_errors = 65536, kept_console = 256 << 10;

/// The guest's console on our stdout. Remembers whether the line is complete, so that our own text starts a
/// new one.
class Console {
public:
    /// `is_open_line`: a person works at it, who wants the guest to move the cursor.
    Console(bool quiet, bool is_open_line, std::string& kept)
        : cleans_{::isatty(STDOUT_FILENO) == 1 && !is_open_line}, quiet_{quiet}, kept_{kept} {}
    void show(std::string_view chunk) {
        kept_ += chunk;
        if (kept_.size() > 2 * kept_console) kept_.erase(0, kept_.size() - kept_console);
        if (quiet_) return;
        print_out(cleans_ ? printable(chunk) : std::string{chunk});
        line_is_open_ = !chunk.ends_with('\n');
    }
    void finish_line() {
        if (line_is_open_) print_out("\n");
        line_is_open_ = false;
    }

private:
    bool cleans_;
    bool line_is_open_ = false;
    bool quiet_;
    std::string& kept_;
};

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
    /// The first of the streams is the guest's console.
    Session(Child child, Monitor monitor, std::span<Stream* const> streams, SignalReader& signals,
            const MachineChannel& channel, Keyboard* keyboard, const Options& options)
        : child_{std::move(child)},
          monitor_{std::move(monitor)},
          streams_{streams},
          signals_{signals},
          channel_{channel},
          keyboard_{keyboard},
          seconds_after_input_{options.seconds_after_input},
          deadline_{start_ + duration_of(options.timeout_seconds)} {}

    Ending run() {
        while (!step()) {
        }
        child_.kill();
        // What QEMU wrote before its end is still in the pipes.
        for (Stream* stream : streams_) stream->drain();
        ending_.wait_status = child_.poll().value_or(0);
        ending_.seconds = std::chrono::duration<double>(Clock::now() - start_).count();
        return ending_;
    }

private:
    /// True when the machine is to be cleared away.
    bool step() {
        const bool listens = keyboard_ != nullptr && keyboard_->feeder().wants_more();
        if (wait(streams_, signals_, listens, next_time()) && keyboard_->read()) {
            ending_.kind = Ending::Kind::Interrupted;
            ending_.signal = SIGINT;
            return true;
        }
        for (Stream* stream : streams_) stream->drain();
        if (keyboard_ != nullptr) feed();
        while (const int signal = signals_.take()) {
            if (signal == SIGCHLD) continue;
            ending_.kind = Ending::Kind::Interrupted;
            ending_.signal = signal;
            return true;
        }
        if (child_.poll()) return true;
        if (channel_.verdict() && !is_ending_) begin_to_end();
        return Clock::now() >= deadline_ && expire();
    }

    [[nodiscard]] Clock::time_point next_time() const {
        const auto patience = keyboard_ == nullptr ? std::nullopt : keyboard_->feeder().patience();
        return patience ? std::min(deadline_, Clock::now() + *patience) : deadline_;
    }

    void feed() {
        keyboard_->pass_on(streams_[0]->fd());
        const Feeder& feeder = keyboard_->feeder();
        const auto now = Clock::now();
        if (feeder.asks() && now >= next_question_) {
            monitor_.ask_for_interrupts();
            next_question_ = now + *feeder.patience();
        }
        if (!seconds_after_input_ || !feeder.has_ended() || is_ending_) return;
        deadline_ = feeder.last_progress() + duration_of(*seconds_after_input_);
        ending_.is_after_input = true;
    }

    /// After its verdict a machine has little time to leave, whatever its own deadline was.
    void begin_to_end() {
        is_ending_ = true;
        deadline_ = Clock::now() + grace;
    }

    /// The first deadline asks for the state of the vCPUs, the second ends it. True: end it.
    bool expire() {
        if (is_ending_) return true;
        ending_.kind = Ending::Kind::TimedOut;
        monitor_.ask_for_states();
        begin_to_end();
        return false;
    }

    Child child_;
    Monitor monitor_;
    std::span<Stream* const> streams_;
    SignalReader& signals_;
    const MachineChannel& channel_;
    Keyboard* keyboard_;  ///< null: nobody types
    std::optional<double> seconds_after_input_;
    Clock::time_point start_ = Clock::now(), deadline_, next_question_{};
    bool is_ending_ = false;
    Ending ending_;
};

void show_line(std::string_view origin, std::string_view text) {
    print_error(coloured(STDERR_FILENO, Colour::Dim, formatted("{}: {}", origin, printable(text))) + "\n");
}

/// The files through which the plugin is told what to count and tells what it has counted.
struct CountFiles {
    Descriptor functions, counts;
    static Result<CountFiles> make(const std::optional<count::Request>& request) {
        if (!request) return CountFiles{};
        const auto addresses = std::as_bytes(std::span{request->functions});
        return CountFiles{TRY(anonymous_file("adyton-functions", addresses)),
                          TRY(anonymous_file("adyton-counts", {}))};
    }
    void add_to(Child::Descriptors& list) const {
        if (!counts.is_open()) return;
        list.emplace_back(counts.get(), QemuFds::counts);
        list.emplace_back(functions.get(), QemuFds::functions);
    }
    [[nodiscard]] std::string result() const {
        if (!counts.is_open()) return {};
        const auto bytes = read_file(formatted("/proc/self/fd/{}", counts.get()));
        return bytes ? std::string{reinterpret_cast<const char*>(bytes->data()), bytes->size()} : "";
    }
};

/// No input is lost without a word.
void tell_what_is_left(const Feeder& feeder) {
    if (feeder.left() == 0) return;
    print_error(formatted("adyton: note: {} bytes of stdin were not passed on; {}\n", feeder.left(),
                          feeder.asks() ? "no driver of the guest's reads its console, ttyS0"
                                        : "nothing in the guest read its console"));
}

std::string gdb_hint(unsigned port, std::string_view symbols) {
    return formatted(
        "adyton: the machine stands before the SVSM's first instruction; type in another terminal:\n"
        "  gdb -x {} -ex 'adyton-attach {} {}'\n",
        symbols.substr(0, symbols.find(' ')), port,
        symbols.substr(std::min(symbols.find(' ') + 1, symbols.size())));
}

}  // namespace

Result<SessionResult> run_machine(const Options& options, const std::filesystem::path& qemu,
                                  const std::filesystem::path& snpemu, Bytes image, Bytes disk,
                                  std::optional<int> memory) {
    const auto show_log = [&](std::string_view line) {
        if (options.verbose) show_line("machine", line);
    };
    const auto show_note = [](const Fields& note) { print_error(note_line(note)); };
    SessionResult result{MachineChannel{show_log, show_note}, {}, {}, {}, {}};
    const bool is_interactive = options.linux_guest && options.linux_guest->interactive;
    Console console{options.quiet, is_interactive, result.console};
    const Descriptor image_file = TRY(anonymous_file("adyton-image", image));
    const Descriptor disk_file = TRY(anonymous_file("adyton-disk", disk));
    Clock::time_point start = Clock::now();
    // Once the machine runs; before it ends the terminal is as it was.
    std::optional<Keyboard> keyboard;
    const auto hear = [&](std::string_view chunk) {
        console.show(keyboard ? keyboard->feeder().hear(chunk, Clock::now()) : std::string{chunk});
        if (options.mark.empty() || result.seconds_to_mark || !result.console.contains(options.mark)) return;
        result.seconds_to_mark = std::chrono::duration<double>(Clock::now() - start).count();
    };
    Stream console_stream =
        TRY(Stream::make(hear, is_interactive ? Stream::Kind::Socket : Stream::Kind::Pipe));
    Stream machine_stream = TRY(Stream::make([&](std::string_view chunk) { result.channel.feed(chunk); }));
    Stream error_stream = TRY(Stream::make([&](std::string_view chunk) {
        if (result.qemu_errors.size() < most_qemu_errors) result.qemu_errors += chunk;
    }));
    MonitorReader reader;
    Stream monitor_stream = TRY(Stream::make([&](std::string_view chunk) {
        const auto enabled = reader.feed(chunk);
        if (enabled && keyboard) keyboard->feeder().see_interrupts(*enabled);
    }));
    Monitor monitor = TRY(Monitor::make());

    const CountFiles count_files = TRY(CountFiles::make(options.count));
    Child::Descriptors descriptors{{monitor.other_end(), STDIN_FILENO},
                                   {monitor_stream.other_end(), STDOUT_FILENO},
                                   {error_stream.other_end(), STDERR_FILENO},
                                   {console_stream.other_end(), QemuFds::console},
                                   {machine_stream.other_end(), QemuFds::machine},
                                   {image_file.get(), QemuFds::image},
                                   {disk_file.get(), QemuFds::disk}};
    count_files.add_to(descriptors);

    // Destroyed last: its thread ends when QEMU has.
    std::optional<debug::Proxy> proxy;
    if (options.gdb) {
        proxy.emplace(TRY(debug::Proxy::make(options.gdb->port)));
        descriptors.emplace_back(proxy->qemu_end(), QemuFds::gdb);
    }

    // Before the child exists: a Ctrl-C in between must not leave it behind.
    SignalReader signals;
    if (memory) descriptors.emplace_back(*memory, QemuFds::memory);
    start = Clock::now();
    Child child = TRY(Child::start(qemu, qemu_arguments(options, snpemu, image.size()), descriptors));
    monitor.close_other_end();
    const std::array streams{&console_stream, &machine_stream, &error_stream, &monitor_stream};
    for (Stream* stream : streams) stream->close_other_end();
    if (proxy)
        proxy->start(
            options.gdb->first_instruction, options.c_bit.value_or(default_c_bit),
            [port = proxy->port(), symbols = options.gdb->symbols] { print_error(gdb_hint(port, symbols)); });

    if (is_interactive) keyboard.emplace();
    result.ending = Session{std::move(child), std::move(monitor), streams,
                            signals,          result.channel,     keyboard ? &*keyboard : nullptr,
                            options}
                        .run();
    if (keyboard && result.ending.kind == Ending::Kind::TimedOut) tell_what_is_left(keyboard->feeder());
    keyboard.reset();
    result.channel.finish();
    result.counts = count_files.result();
    console.finish_line();
    if (options.verbose && !result.qemu_errors.empty()) show_line("qemu", result.qemu_errors);
    return result;
}

}  // namespace tools::run

// SPDX-License-Identifier: MIT
// Everything that a guest can send without end is kept up to a limit.
#include "tools/qemu/hearing.hpp"

#include <unistd.h>

#include "tools/support/terminal.hpp"

namespace tools::qemu {
namespace {

constexpr std::size_t most_errors = 65536, kept_console = 256 << 10;

void show_line(std::string_view origin, std::string_view text) {
    print_error(coloured(STDERR_FILENO, Colour::Dim, formatted("{}: {}", origin, printable(text))) + "\n");
}

/// No input is lost without a word.
void tell_what_is_left(const Feeder& feeder) {
    if (feeder.left() == 0) return;
    print_error(formatted("adyton: note: {} bytes of stdin were not passed on; {}\n", feeder.left(),
                          feeder.asks() ? "no driver of the guest reads its console, ttyS0"
                                        : "nothing in the guest read its console"));
}

}  // namespace

Hearing::Hearing(const Watch& watch, Console console)
    : watch_{watch},
      cleans_{::isatty(STDOUT_FILENO) == 1 && console == Console::Output},
      result_{MachineChannel{[this](std::string_view line) {
                                 if (watch_.verbose) show_line("machine", line);
                             },
                             watch.on_note}} {
    result_.seconds_to_marks.resize(watch.marks.size());
}

void Hearing::show(std::string_view text) {
    result_.console += text;
    if (result_.console.size() > 2 * kept_console)
        result_.console.erase(0, result_.console.size() - kept_console);
    if (watch_.quiet) return;
    print_out(cleans_ ? printable(text) : std::string{text});
    line_is_open_ = !text.ends_with('\n');
}

void Hearing::hear_console(std::string_view chunk) {
    show(keyboard_ ? keyboard_->feeder().hear(chunk, Clock::now()) : std::string{chunk});
    has_reached_ = has_reached_ || (!watch_.until.empty() && result_.console.contains(watch_.until));
    for (std::size_t i = 0; i < watch_.marks.size(); ++i)
        if (auto& seconds = result_.seconds_to_marks[i]; !seconds && result_.console.contains(watch_.marks[i]))
            seconds = std::chrono::duration<double>(Clock::now() - start_).count();
}

void Hearing::hear_errors(std::string_view chunk) {
    if (result_.qemu_errors.size() < most_errors) result_.qemu_errors += chunk;
}

void Hearing::hear_monitor(std::string_view chunk) {
    const auto enabled = monitor_.feed(chunk);
    if (enabled && keyboard_) keyboard_->feeder().see_interrupts(*enabled);
}

SessionResult Hearing::close(const Ending& ending, std::string counts) && {
    if (keyboard_ && ending.kind == Ending::Kind::TimedOut) tell_what_is_left(keyboard_->feeder());
    keyboard_.reset();
    result_.channel.finish();
    if (line_is_open_) print_out("\n");
    if (watch_.verbose && !result_.qemu_errors.empty()) show_line("qemu", result_.qemu_errors);
    result_.ending = ending;
    result_.counts = std::move(counts);
    return std::move(result_);
}

}  // namespace tools::qemu

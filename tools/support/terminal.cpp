// SPDX-License-Identifier: MIT
// Colour and error output.
#include "tools/support/terminal.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <sstream>

#include "tools/support/file.hpp"

namespace tools {
namespace {

std::string_view escape_of(Colour colour) {
    switch (colour) {
        case Colour::Red: return "\033[1;31m";
        case Colour::Green: return "\033[1;32m";
        case Colour::Yellow: return "\033[1;33m";
        case Colour::Dim: return "\033[2m";
        case Colour::Plain: break;
    }
    return "";
}

}  // namespace

bool wants_colour(int fd) {
    const char* no_color = std::getenv("NO_COLOR");
    const char* term = std::getenv("TERM");
    if (no_color != nullptr && *no_color != 0) return false;
    if (term == nullptr || std::string_view{term} == "dumb") return false;
    return ::isatty(fd) == 1;
}

std::string coloured(int fd, Colour colour, std::string_view text) {
    if (colour == Colour::Plain || !wants_colour(fd)) return std::string{text};
    return formatted("{}{}\033[0m", escape_of(colour), text);
}

std::string printable(std::string_view text) {
    std::string safe;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool harmless =
            (byte >= 0x20 && byte != 0x7f) || c == '\n' || c == '\t' || c == '\r' || c == '\b';
        if (harmless)
            safe += c;
        else
            safe += formatted("^{}", static_cast<char>(byte ^ 0x40));
    }
    return safe;
}

std::string folded(std::string_view text, std::string_view first, std::string_view rest, std::size_t width) {
    std::string lines, line{first};
    std::istringstream words{std::string{text}};
    bool is_begun = false;
    for (std::string word; words >> word; is_begun = true) {
        if (is_begun && line.size() + 1 + word.size() > width) {
            lines += line + "\n";
            line = rest;
            is_begun = false;
        }
        line += (is_begun ? " " : "") + word;
    }
    return lines + line + "\n";
}

void print_out(std::string_view text) {
    if (!write_all(STDOUT_FILENO, text)) throw StdoutLost{errno};
}

ExitCode report(const StdoutLost& lost) {
    // A process that ignores the signal continues here, and gets the message.
    if (lost.error == EPIPE) std::raise(SIGPIPE);
    return report(Problem{formatted("cannot write to stdout: {}", std::strerror(lost.error))});
}

void occupy_standard_descriptors() {
    for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        // The wrong way round, so that reading and writing stay errors. open() takes the lowest number.
        if (::fcntl(fd, F_GETFD) < 0) (void)::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

// If stderr is gone nothing can be reported.
void print_error(std::string_view text) { (void)write_all(STDERR_FILENO, text); }

ExitCode report(const Problem& problem) {
    constexpr std::string_view label = "adyton: error:";
    const std::string sentence = printable(problem.sentence);
    // Two blanks in a row belong to a file's name, which folding would change.
    const bool folds = ::isatty(STDERR_FILENO) != 0 && sentence.find("  ") == std::string::npos;
    std::string text =
        folds ? folded(sentence, formatted("{} ", label), "  ", 80) : formatted("{} {}\n", label, sentence);
    print_error(text.replace(0, label.size(), coloured(STDERR_FILENO, Colour::Red, label)));
    return ExitCode::Usage;
}

int exit_code_of(const Result<int>& done) { return done ? *done : static_cast<int>(report(done.error())); }

int exit_code_of(const Result<void>& done) {
    return static_cast<int>(done ? ExitCode::Success : report(done.error()));
}

}  // namespace tools

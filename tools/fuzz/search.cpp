// SPDX-License-Identifier: MIT
#include "tools/fuzz/search.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstring>

#include "base/result.hpp"
#include "tools/fuzz/watch.hpp"
#include "tools/support/child.hpp"
#include "tools/support/file.hpp"
#include "tools/support/quote.hpp"
#include "tools/support/signals.hpp"
#include "tools/support/terminal.hpp"

namespace tools::fuzz {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// One target that runs.
struct Session {
    const std::string& name;
    std::uint64_t seconds;
    fs::path log;
    Watch watch{};
    Clock::time_point start = Clock::now();
    [[nodiscard]] std::uint64_t passed() const {
        return static_cast<std::uint64_t>(
            std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - start).count());
    }
};

void show_progress(const Session& session) {
    if (!wants_colour(STDERR_FILENO)) return;  // a line that is rewritten needs a terminal
    print_error(formatted("\r\033[K{}: {} of {} s, {} inputs, {} branches seen", session.name,
                          session.passed(), session.seconds, session.watch.inputs(),
                          session.watch.coverage()));
}
void clear_progress() {
    if (wants_colour(STDERR_FILENO)) print_error("\r\033[K");
}

/// Reads until the program closes its output; the value is the signal that ends us before, or 0.
int follow(Session& session, int output, int log, SignalReader& signals) {
    std::string chunk(1 << 16, '\0');
    int signal = 0;
    while (signal == 0 || signal == SIGCHLD) {
        pollfd ready[2]{{output, POLLIN, 0}, {signals.fd(), POLLIN, 0}};
        if (::poll(ready, 2, 1000) > 0 && ready[0].revents != 0) {
            const ssize_t got = ::read(output, chunk.data(), chunk.size());
            if (got <= 0) break;
            const std::string_view text{chunk.data(), static_cast<std::size_t>(got)};
            session.watch.feed(text);
            (void)write_all(log, text);  // a full disk must not end the search
        }
        signal = signals.take();
        show_progress(session);
    }
    clear_progress();
    return signal == SIGCHLD ? 0 : signal;
}

std::vector<std::string> arguments_of(const Folders& folders, const Session& session) {
    const std::string& name = session.name;
    // A new seed each time: what ctest repeats is the same every time already.
    std::vector<std::string> arguments{formatted("-max_total_time={}", session.seconds),
                                       "-max_len=8192",
                                       "-len_control=20",
                                       "-timeout=60",
                                       "-rss_limit_mb=2048",
                                       "-detect_leaks=0",
                                       "-reduce_inputs=1",
                                       "-print_final_stats=1",
                                       formatted("-artifact_prefix={}/{}-", folders.findings.string(), name),
                                       (folders.corpus / name).string()};
    if (std::error_code error; fs::exists(folders.committed / name, error))
        arguments.push_back((folders.committed / name).string());
    return arguments;
}

/// The log of a finding tells how it came about, so it stays beside the input; that of a search without one
/// makes room for the next.
void put_log_away(const Folders& folders, Session& session, bool is_clean) {
    const fs::path input{session.watch.reproducer()};
    const fs::path to = is_clean        ? folders.logs / (session.name + ".log")
                        : input.empty() ? folders.findings / session.log.filename()
                                        : folders.findings / (input.filename().string() + ".log");
    std::error_code error;
    fs::rename(session.log, to, error);
    if (!error) session.log = to;
}

int report_interrupted(const Session& session, int signal) {
    print_out(formatted("{}: no finding in {} s, {} inputs, {} branches seen, then interrupted\n",
                        session.name, session.passed(), session.watch.inputs(), session.watch.coverage()));
    return 128 + signal;
}

int report_end(const Folders& folders, Session& session, int status) {
    const Watch& watch = session.watch;
    const bool is_clean = WIFEXITED(status) && WEXITSTATUS(status) == 0 && watch.finding().empty();
    put_log_away(folders, session, is_clean);
    if (is_clean) {
        print_out(formatted("{}: no finding in {} s, {} inputs, {} branches seen\n", session.name,
                            session.passed(), watch.inputs(), watch.coverage()));
        if (!watch.summary().empty()) print_out(printable(watch.summary()) + "\n");
        return 0;
    }
    const std::string what = watch.finding().empty() ? "the program ended early" : watch.finding();
    print_out(
        coloured(STDOUT_FILENO, Colour::Red, formatted("{}: FINDING: {}", session.name, printable(what))) +
        "\n");
    if (!watch.reproducer().empty()) {
        print_out(formatted("  input:  {}\n", watch.reproducer()));
        print_out(formatted("  again:  {} {}\n", shell_word((folders.programs / session.name).string()),
                            shell_word(watch.reproducer())));
    }
    print_out(formatted("  log:    {}\n", session.log.string()));
    return static_cast<int>(ExitCode::GuestFailed);
}

}  // namespace

Result<int> search(const Folders& folders, const std::string& name, unsigned seconds) {
    TRY_VOID(make_folders(folders, name));
    // Two searches for one target share a corpus, but no log.
    Session session{name, seconds, folders.logs / formatted("{}-{}.log", name, ::getpid())};
    const Descriptor log{::open(session.log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)};
    if (!log.is_open()) return problem("cannot write {}: {}", session.log.string(), std::strerror(errno));
    const Descriptor nothing{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return problem("cannot make a pipe: {}", std::strerror(errno));
    const Descriptor output{ends[0]};
    Descriptor input{ends[1]};
    // Before the child exists: a Ctrl-C in between must not leave it behind.
    SignalReader signals;
    auto child = TRY(Child::start(folders.programs / name, arguments_of(folders, session),
                                  {{nothing.get(), 0}, {input.get(), 1}, {input.get(), 2}}));
    input.close();
    if (const int signal = follow(session, output.get(), log.get(), signals)) {
        child.kill();
        put_log_away(folders, session, true);
        return report_interrupted(session, signal);
    }
    auto status = child.poll();
    for (; !status; status = child.poll()) ::usleep(10'000);
    return report_end(folders, session, *status);
}

}  // namespace tools::fuzz

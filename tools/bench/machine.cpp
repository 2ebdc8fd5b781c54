// SPDX-License-Identifier: MIT
#include "tools/bench/machine.hpp"

#include <sstream>

#include "base/result.hpp"
#include "tools/image/image.hpp"
#include "tools/run/execute.hpp"
#include "tools/support/file.hpp"

namespace tools::bench {
namespace {

struct Event {
    std::string_view name, meaning;
};
/// By the names that the program knows them by.
constexpr Event events[] = {
    {"rdmsr", "RDMSR of EFER: one exit, nothing else"},
    {"in", "IN, by #VC"},
    {"cpuid", "CPUID, by #VC"},
    {"event", "an event in the GHCB page"},
    {"msr", "a request in the GHCB MSR, read back"},
    {"pvalidate", "PVALIDATE that changes nothing"},
    {"touch", "first touch of a page"},
};

/// Pages are shown 32 at once, and the program has ten rounds: both numbers are multiples.
constexpr std::uint64_t few = 320, many = 640;
constexpr double patience_seconds = 120;

/// The program's image, told by its name what to repeat, in a file that has none. `guest`: nothing runs it.
Result<Descriptor> image_for(std::string_view event, std::uint64_t times, Bytes program,
                             image::LoadedGuest guest = {}) {
    image::Options options;
    options.svsm = program;
    options.svsm_file = "machine-bench.elf";
    options.guest_name = formatted("{}:{}", event, times);
    return anonymous_file("machine-bench", TRY(image::build_image(options, std::move(guest))));
}

/// Pages where a guest would be, none of them zeros.
image::LoadedGuest pages_to_measure(std::uint64_t count) {
    image::LoadedGuest guest;
    for (std::uint64_t i = 0; i < count; ++i)
        guest.memory.pages.push_back({image::guest_place.begin + i * page_bytes,
                                      Buffer(page_bytes, static_cast<std::byte>(i % 255 + 1))});
    return guest;
}

struct How {
    const std::string& qemu;
    bool deterministic;
};

Result<run::Execution> run_image(std::string_view event, const Descriptor& image, How how) {
    run::Options options;
    options.guest = formatted("/dev/fd/{}", image.get());
    options.cpus = 1;
    options.qemu = how.qemu;
    options.deterministic = how.deterministic;
    options.timeout_seconds = patience_seconds;
    options.quiet = true;
    auto done = TRY(run::execute(options));
    if (done.outcome.code != ExitCode::Success)
        return problem("the program that repeats '{}' failed: {}", event, done.outcome.sentence);
    return done;
}

Result<MachineRun> run_program(std::string_view event, std::uint64_t times, Bytes program, How how) {
    const Descriptor image = TRY(image_for(event, times, program));
    const auto done = TRY(run_image(event, image, how));
    return read_machine_run(done.session.console, event,
                            done.session.channel.counter("native_exits").value_or(0));
}

/// Two runs that count, one that is timed.
Result<MachineCost> measure(std::string_view event, Bytes program, const std::string& qemu) {
    const MachineRun less = TRY(run_program(event, few, program, {qemu, true}));
    const MachineRun more = TRY(run_program(event, many, program, {qemu, true}));
    const MachineRun timed = TRY(run_program(event, many, program, {qemu, false}));
    return MachineCost{event, exits_per_thousand(less, more), more.ticks, timed.ticks};
}

/// Instructions of the machine to the end of a launch with that many pages more.
Result<std::uint64_t> launch_with(std::uint64_t pages, Bytes program, const std::string& qemu) {
    constexpr std::string_view event = "rdmsr";
    const auto image = TRY(image_for(event, few, program, pages_to_measure(pages)));
    const auto done = TRY(run_image(event, image, {qemu, true}));
    const auto counted = done.session.channel.counter("start_instructions");
    if (!counted) return problem("the machine told no instructions of its start");
    return *counted;
}

std::string_view meaning_of(std::string_view event) {
    for (const Event& e : events)
        if (e.name == event) return e.meaning;
    return event;
}

std::string row(std::string_view what, std::string_view exits, std::string_view instructions,
                std::string_view ticks, std::string_view change) {
    std::string text = formatted("  {:<37}{:>6}{:>14}{:>10}{:>11}", what, exits, instructions, ticks, change);
    text.erase(text.find_last_not_of(' ') + 1);
    return text + "\n";
}

}  // namespace

Result<MachineRun> read_machine_run(std::string_view console, std::string_view event, std::uint64_t exits) {
    std::istringstream lines{std::string{console}};
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words{line};
        std::string mark, name;
        MachineRun run{.exits = exits};
        if (words >> mark >> name >> run.times >> run.ticks && mark == "machine-bench:" && name == event)
            return run;
    }
    return problem("the program that repeats '{}' told no count", event);
}

std::uint64_t exits_per_thousand(const MachineRun& few_times, const MachineRun& many_times) {
    if (many_times.times <= few_times.times || many_times.exits < few_times.exits) return 0;
    const std::uint64_t times = many_times.times - few_times.times;
    return (1000 * (many_times.exits - few_times.exits) + times / 2) / times;
}

Result<MachineCosts> measure_machine(const Install& install, const std::string& qemu) {
    const Buffer program = TRY(read_file(install.bin / "machine-bench.elf"));
    MachineCosts costs;
    for (const Event& e : events) costs.events.push_back(TRY(measure(e.name, program, qemu)));
    const std::uint64_t less = TRY(launch_with(few, program, qemu)),
                        more = TRY(launch_with(many, program, qemu));
    costs.measured_page = (more - less) / (many - few);
    return costs;
}

Results to_results(const MachineCosts& costs) {
    Results results{{"machine.measured_page.instructions", "instructions", costs.measured_page}};
    for (const MachineCost& c : costs.events) {
        const std::string name = formatted("machine.{}", c.event);
        results.push_back({name + ".exits_per_1000", "exits", c.exits_per_thousand});
        results.push_back({name + ".instructions", "instructions", c.instructions});
        results.push_back({name + ".ticks", "ticks", c.ticks});
    }
    return results;
}

std::string machine_table(const MachineCosts& costs, const Results* before) {
    std::string text = row("the machine, for one event", "exits", "instructions", "ticks",
                           before != nullptr ? "change" : "");
    for (const MachineCost& c : costs.events) {
        const Measured instructions{formatted("machine.{}.instructions", c.event), "", c.instructions};
        text += row(meaning_of(c.event),
                    formatted("{}.{:02}", c.exits_per_thousand / 1000, c.exits_per_thousand % 1000 / 10),
                    formatted("{}", c.instructions), formatted("{}", c.ticks), change(instructions, before));
    }
    const Measured page{"machine.measured_page.instructions", "", costs.measured_page};
    text += row("a page measured at the launch", "", formatted("{}", page.value), "", change(page, before));
    return text + "  ticks are of this computer and its load; exits and instructions are exact\n";
}

}  // namespace tools::bench

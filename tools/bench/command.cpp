// SPDX-License-Identifier: MIT
// Runs the guest `bench` on one CPU, one instruction per tick, and prints its counters beside their targets.
#include "tools/bench/command.hpp"

#include <algorithm>
#include <array>

#include "base/result.hpp"
#include "tools/elf/file.hpp"
#include "tools/run/run.hpp"
#include "tools/support/file.hpp"
#include "tools/support/install.hpp"
#include "tools/support/terminal.hpp"

namespace tools::bench {
namespace {

struct Target {
    std::string_view counter, meaning;
    std::uint64_t limit;
};
constexpr std::array targets{
    Target{"vmpl0_query_protocol_instructions", "instructions at VMPL0 per QUERY_PROTOCOL", 150},
    Target{"svsm_image_bytes", "bytes of svsm.elf in memory", 256 * 1024},
};

void print_row(std::string_view name, std::string_view value, std::string_view limit,
               std::string_view verdict) {
    std::string row = formatted("  {:<44} {:>12}  {:>10}  {}", name, value, limit, verdict);
    row.erase(row.find_last_not_of(' ') + 1);
    print_out(row + "\n");
}

/// True when the target is met. A machine that does not count what was promised has not kept the promise.
bool print_target(const Target& target, const run::Counters& counters) {
    const auto found = counters.find(target.counter);
    const bool met = found != counters.end() && found->second <= target.limit;
    print_row(target.meaning, found == counters.end() ? "not counted" : std::to_string(found->second),
              formatted("<= {}", target.limit), met ? "ok" : "MISSED");
    return met;
}

bool is_target(std::string_view counter) {
    return std::ranges::any_of(targets, [&](const Target& target) { return target.counter == counter; });
}

Result<std::uint64_t> svsm_bytes() {
    const Install install = TRY(find_install());
    const Buffer bytes = TRY(read_file(install.svsm()));
    return TRY(elf::File::open(bytes, install.svsm().string())).loaded_bytes();
}

}  // namespace

int bench_command(bool verbose) {
    const auto install = find_install();
    if (install && !std::filesystem::exists(install->guest("bench")))
        return static_cast<int>(
            report(Problem{"the guest 'bench' was not built; build everything with ./adyton test"}));
    const auto size = svsm_bytes();
    if (!size) return static_cast<int>(report(size.error()));

    run::Options options;
    options.guest = "bench";
    options.cpus = 1;
    options.deterministic = true;
    options.verbose = verbose;
    run::Counters counters;
    if (const int code = run::run(options, &counters); code != 0) return code;
    counters.emplace("svsm_image_bytes", *size);

    print_out("\n");
    print_row("counted on one CPU, one instruction per tick", "value", "target", "");
    bool all_met = true;
    for (const Target& target : targets) all_met &= print_target(target, counters);
    for (const auto& [name, value] : counters)
        if (!is_target(name)) print_row(printable(name), std::to_string(value), "", "");
    return static_cast<int>(all_met ? ExitCode::Success : ExitCode::GuestFailed);
}

}  // namespace tools::bench

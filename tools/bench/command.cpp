// SPDX-License-Identifier: MIT
// Runs the guest `bench` on one CPU with one instruction per tick and prints its counters beside their
// targets.
#include "tools/bench/command.hpp"

#include <array>
#include <optional>

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

using Counters = std::map<std::string, std::uint64_t, std::less<>>;

/// True when the target is met or there is none.
bool print_row(std::string_view name, std::uint64_t value) {
    const Target* target = nullptr;
    for (const Target& candidate : targets)
        if (candidate.counter == name) target = &candidate;
    const bool met = target == nullptr || value <= target->limit;
    const std::string_view label = target == nullptr ? name : target->meaning;
    const std::string limit = target == nullptr ? "-" : formatted("<= {}", target->limit);
    const std::string verdict = target == nullptr ? "" : met ? "ok" : "MISSED";
    print_out(formatted("  {:<44} {:>12}  {:>10}  {}\n", printable(label), value, limit, verdict));
    return met;
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
    Counters counters;
    if (const int code = run::run(options, &counters); code != 0) return code;
    counters.emplace("svsm_image_bytes", *size);

    print_out(formatted("\n  {:<44} {:>12}  {:>10}\n", "counted on one CPU, one instruction per tick",
                        "value", "target"));
    bool all_met = true;
    for (const auto& [name, value] : counters) all_met &= print_row(name, value);
    return static_cast<int>(all_met ? ExitCode::Success : ExitCode::GuestFailed);
}

}  // namespace tools::bench

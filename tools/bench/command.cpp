// SPDX-License-Identifier: MIT
// The command: a run for each number of vCPUs, then tables, files, and the verdict of the budget.
#include "tools/bench/command.hpp"

#include <array>
#include <memory>

#include "base/result.hpp"
#include "tools/bench/boots.hpp"
#include "tools/bench/firmware_boot.hpp"
#include "tools/bench/linux_boot.hpp"
#include "tools/bench/machine.hpp"
#include "tools/bench/outputs.hpp"
#include "tools/bench/table.hpp"
#include "tools/support/file.hpp"
#include "tools/support/terminal.hpp"

namespace tools::bench {
namespace {

namespace fs = std::filesystem;

/// The options as typed; empty: not given.
struct Request {
    std::string json, compare, svsm, plot, budget, qemu;
    bool quick = false, accept = false, ratios = false;
    // Measure something else instead; only `json`, `compare` and `qemu` go with them.
    bool linux_boot = false, firmware = false, machine = false;
};

constexpr std::array<unsigned, 7> all_cpus{1, 2, 4, 8, 16, 32, 64};
constexpr std::array<unsigned, 2> quick_cpus{1, 4};

/// bench/budget.toml of the tree that this program was built from.
Result<fs::path> budget_path(const Request& request, const Install& install) {
    if (!request.budget.empty()) return fs::path{request.budget};
    return TRY(install.source()) / "bench" / "budget.toml";
}

std::string qemu_of(const Request& request) {
    return request.qemu.empty() ? std::string{qemu::default_program} : request.qemu;
}

Subject subject_of(const Request& request, const Install& install) {
    if (request.svsm.empty()) return {install.svsm(), false, qemu_of(request)};
    return {request.svsm, fs::path{request.svsm}.extension() == ".igvm", qemu_of(request)};
}

Result<std::uint64_t> image_bytes(const Subject& subject) {
    const Buffer bytes = TRY(read_file(subject.svsm));
    // The parts of an image beside the SVSM do not count.
    if (subject.is_image) return std::uint64_t{0};
    return TRY(elf::File::open(bytes, subject.svsm.string())).loaded_bytes();
}

Result<std::vector<Sample>> measure(const Subject& subject, std::span<const unsigned> cpus,
                                    const Install& install) {
    std::vector<Sample> samples;
    for (const unsigned n : cpus) {
        if (wants_colour(2)) print_error(formatted("\r\033[Kmeasuring with {} vCPUs ...", n));
        samples.push_back(TRY(take_sample(subject, n, install)));
    }
    if (wants_colour(2)) print_error("\r\033[K");
    return samples;
}

Result<std::string> ratios(const Subject& subject, const Install& install) {
    std::string text = "\n  time under plain emulation, in percent of a world switch and back\n";
    for (const auto& [name, percent] : TRY(take_ratios(subject, install)))
        text += formatted("  {:<38}{:>10}%\n", name, percent);
    return text;
}

/// The budget is that of our own SVSM: another one has no limits here.
Result<int> judge(const Request& request, const Outputs& outputs, const Budget& budget,
                  const Results& results) {
    if (outputs.budget) {
        TRY_VOID(outputs.budget->write(write_budget(budget, results)));
        outputs.tell(formatted("\nwrote {}\n", outputs.budget->name()));
        return 0;
    }
    const std::string text = request.svsm.empty() ? complaint(excesses(budget, results)) : "";
    print_error(text);
    return static_cast<int>(text.empty() ? ExitCode::Success : ExitCode::GuestFailed);
}

Result<Results> read_before(const Request& request) {
    if (request.compare.empty()) return Results{};
    const Buffer bytes = TRY(read_file(request.compare));
    return from_json(bytes, request.compare);
}

/// What measures something else does not take.
bool has_options_of_the_svsm(const Request& request) {
    return request.quick || request.accept || request.ratios || !request.svsm.empty() ||
           !request.plot.empty() || !request.budget.empty();
}

Result<void> check_alone(const Request& request, std::string_view option, std::string_view what) {
    const int subjects = request.machine + request.linux_boot + request.firmware;
    if (subjects == 1 && !has_options_of_the_svsm(request)) return {};
    return problem("{} measures {}; only --json, --compare and --qemu go with it", option, what);
}

/// Nothing is judged here: exits are exact, and the test machine.bench-machine has their numbers.
Result<int> bench_machine(const Request& request) {
    TRY_VOID(check_alone(request, "--machine", "the machine alone"));
    const Install install = TRY(find_install());
    const Results before = TRY(read_before(request));
    const Outputs outputs = TRY(Outputs::open({.json = request.json}));
    const auto costs = TRY(measure_machine(install, qemu_of(request)));
    outputs.tell(machine_table(costs, request.compare.empty() ? nullptr : &before));
    if (outputs.json) TRY_VOID(outputs.json->write(to_json(to_results(costs))));
    return static_cast<int>(ExitCode::Success);
}

/// No verdict: the time of a boot depends on the computer, and its count on the kernel of the day.
template <class Measure>
Result<int> bench_boot(const Request& request, std::string_view title, Measure measure) {
    const Install install = TRY(find_install());
    const fs::path path = TRY(budget_path(request, install));
    const Buffer limits = TRY(read_file(path));
    const Budget budget = TRY(read_budget(limits, path.string()));
    const Results before = TRY(read_before(request));
    const Outputs outputs = TRY(Outputs::open({.json = request.json}));
    const Results results = to_results(TRY(measure(install, qemu_of(request))));
    outputs.tell(boot_table(title, results, {budget, request.compare.empty() ? nullptr : &before}));
    if (outputs.json) TRY_VOID(outputs.json->write(to_json(results)));
    return static_cast<int>(ExitCode::Success);
}

Result<int> bench_linux(const Request& request) {
    TRY_VOID(check_alone(request, "--linux", "a boot of Linux"));
    return bench_boot(request, "a boot of Linux", measure_linux_boot);
}

Result<int> bench_firmware(const Request& request) {
    TRY_VOID(check_alone(request, "--firmware", "a boot of firmware and Linux"));
    return bench_boot(request, "a boot of firmware and Linux", measure_firmware_boot);
}

Result<int> bench(const Request& request) {
    if (request.machine) return bench_machine(request);
    if (request.linux_boot) return bench_linux(request);
    if (request.firmware) return bench_firmware(request);
    const Install install = TRY(find_install());
    const Subject subject = subject_of(request, install);
    const std::uint64_t size = TRY(image_bytes(subject));
    const fs::path path = TRY(budget_path(request, install));
    const Buffer limits = TRY(read_file(path));
    const Budget budget = TRY(read_budget(limits, path.string()));
    const Results before = TRY(read_before(request));
    const Outputs outputs =
        TRY(Outputs::open({request.json, request.plot, request.accept ? path.string() : ""}));

    const auto samples = TRY(measure(
        subject, request.quick ? std::span<const unsigned>{quick_cpus} : std::span<const unsigned>{all_cpus},
        install));
    const Results results = to_results(samples, size);
    outputs.tell(table(results, {budget, request.compare.empty() ? nullptr : &before}));
    outputs.tell("\n" + growth_table(samples));
    if (request.ratios) outputs.tell(TRY(ratios(subject, install)));
    if (outputs.json) TRY_VOID(outputs.json->write(to_json(results)));
    if (outputs.plot) TRY_VOID(outputs.plot->write(plot(results, samples)));
    return judge(request, outputs, budget, results);
}

}  // namespace

cli::Command command() {
    const auto request = std::make_shared<Request>();
    return {
        .name = "bench",
        .help = "Count what the SVSM costs and judge it by its budget",
        .options =
            {
                {"--json", "FILE", "write the results there; - is stdout", &request->json},
                {"--compare", "FILE", "show the change since this --json file", &request->compare},
                {"--svsm", "FILE", "measure another SVSM: ELF file, or IGVM image", &request->svsm},
                {"--plot", "FILE", "write a picture (SVG); - is stdout", &request->plot},
                {"--budget", "FILE", "other limits (default: bench/budget.toml)", &request->budget},
                {"--accept", "", "make the counts of today the budget", &request->accept},
                {"--quick", "", "1 and 4 vCPUs only: all that the budget needs", &request->quick},
                {"--ratios", "", "relative times under plain emulation as well", &request->ratios},
                qemu::program_option(request->qemu),
                {"--linux", "", "a boot of Linux instead, beside one in plain QEMU", &request->linux_boot},
                {"--firmware", "", "the same with OVMF before the kernel", &request->firmware},
                {"--machine", "", "what an exit of the machine costs, whatever runs on it",
                 &request->machine},
            },
        .action = [request] { return exit_code_of(bench(*request)); }};
}

}  // namespace tools::bench

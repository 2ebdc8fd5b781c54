// SPDX-License-Identifier: MIT
// The command line of `adyton`. The only place that includes CLI11, which takes its time to compile.
#include <CLI/CLI.hpp>
#include <functional>
#include <sstream>
#include <string>
#include <utility>

#include "tools/bench/command.hpp"
#include "tools/fuzz/command.hpp"
#include "tools/payload/command.hpp"
#include "tools/profile/command.hpp"
#include "tools/reference/reference.hpp"
#include "tools/run/options.hpp"
#include "tools/run/run.hpp"
#include "tools/soak/command.hpp"
#include "tools/support/install.hpp"
#include "tools/support/terminal.hpp"
#include "tools/test/command.hpp"
#include "tools/test/coverage.hpp"
#include "tools/text.hpp"
#include "tools/trace/command.hpp"

namespace tools {
namespace {

using Action = std::function<int()>;

constexpr const char* exit_codes =
    "Exit codes: 0 success, 1 failure, 2 usage, 3 SVSM terminated,\n4 machine stopped, 5 timeout.";

/// Words below a heading.
std::string listed(const std::string& words) { return folded(words, "  ", "  ", 76); }

/// An option whose value is taken as text: our own sentences say what is possible, CLI11's do not.
CLI::Option* text_option(CLI::App& command, const char* name, std::string& to, const char* type,
                         const char* help) {
    return command.add_option(name, to, help)->type_name(type);
}

/// What `run` and `image build` have in common.
template <class Request>
void add_image_options(CLI::App& command, Request& request) {
    text_option(command, "--vmpl", request.vmpl, "N", "privilege level of the guest, 1 to 3 (default: 1)");
    text_option(command, "--c-bit", request.c_bit, "N", "encryption bit (default: 47; on silicon often 51)");
    text_option(command, "--svsm", request.svsm, "FILE", "another SVSM to boot, an ELF file");
    text_option(command, "--svsm-size", request.svsm_size, "SIZE",
                "memory the SVSM owns, 512K to 128M (default: >= 8M)");
    text_option(command, "--sev-features", request.sev_features, "LIST",
                "more of SEV_FEATURES, by name, with commas");
}

void add_qemu_option(CLI::App& command, std::string& to) {
    text_option(command, "--qemu", to, "QEMU", "path, or debian:RELEASE (default: qemu-system-x86_64)");
}

void add_run(CLI::App& app, run::RawOptions& raw, Action& action) {
    CLI::App& command = *app.add_subcommand("run", "Boot the SVSM and a guest on the emulated machine");
    text_option(command, "GUEST", raw.guest, "", "built guest, ELF file or IGVM image (default: demo)");
    text_option(command, "--cpus", raw.cpus, "N", "vCPUs, 1 to 16 (default: 4)");
    text_option(command, "--memory", raw.memory, "SIZE", "guest memory, like 256M or 1G (default: 256M)");
    text_option(command, "--timeout", raw.timeout, "SECONDS", "time until the run is given up (default: 60)");
    text_option(command, "--trace", raw.trace, "FILE", "record what the machine does, for adyton trace");
    text_option(command, "--trace-size", raw.trace_size, "SIZE", "memory for it, 1M to 1G (default: 64M)");
    CLI::Option* const gdb =
        text_option(command, "--gdb", raw.gdb, "[PORT]", "stop at the SVSM's start for gdb (port 1234)");
    gdb->expected(0, 1);
    command.add_flag("--deterministic", raw.deterministic, "one instruction is one tick; all runs are equal");
    command.add_flag("--verbose", raw.verbose, "show the log of the machine and of QEMU");
    add_qemu_option(command, raw.qemu);
    text_option(command, "--threads", raw.threads, "HOW", "of QEMU: auto, single or multi (default: auto)");
    text_option(command, "--qemu-cpu", raw.qemu_cpu, "MODEL", "CPU model that QEMU emulates (default: EPYC)");
    command.add_option("--device", raw.devices, "another device of QEMU's, as its -device takes it")
        ->type_name("TEXT")
        ->allow_extra_args(false);
    add_image_options(command, raw);
    text_option(command, "--kernel", raw.kernel, "FILE", "linux: another kernel, a bzImage");
    text_option(command, "--initrd", raw.initrd, "FILE", "linux: another initramfs");
    text_option(command, "--release", raw.release, "NAME",
                "linux: take Debian NAME's kernel (default: trixie)");
    text_option(command, "--loader", raw.loader, "FILE", "linux: a program that runs before the kernel, ELF");
    command.add_flag("--interactive", raw.interactive, "linux: a shell, fed by stdin, instead of the checks");
    command.add_option("--disk", raw.disks, "linux: image for /dev/vda, then vdb... (8 at most)")
        ->type_name("FILE[,ro|,snapshot][,format=F]")
        ->allow_extra_args(false);
    text_option(command, "--net", raw.net, "user[,hostfwd=...]", "linux: a network card, QEMU's own network");
    text_option(command, "--append", raw.append, "TEXT", "linux: words to add to the kernel's command line");
    text_option(command, "--adversary", raw.adversary, "NAME",
                "let the host misbehave, in a way listed below");
    text_option(command, "--host", raw.host, "NAME",
                "host to play: strict or planes (default: strict)");
    text_option(command, "--host-property", raw.host_properties, "NAME,...",
                "an honest host that differs as real ones do, see below");
    command.footer("Ways for the host to misbehave:\n" + listed(run::adversary_names()) +
                   "\nHost properties:\n" + listed(run::host_property_names()) + "\n" + exit_codes);
    command.callback([&action, &raw, gdb] {
        raw.wants_gdb = gdb->count() != 0;
        action = [&raw] {
            const auto options = run::parse(raw);
            return options ? run::run(*options) : static_cast<int>(report(options.error()));
        };
    });
}

void add_soak(CLI::App& app, soak::Request& request, Action& action) {
    CLI::App& command = *app.add_subcommand("soak", "Run the same many times and count what fails");
    text_option(command, "GUEST", request.guest, "", "as for run (default: linux)");
    text_option(command, "--runs", request.runs, "N", "runs of each combination (default: 20)");
    text_option(command, "--qemu", request.qemu, "LIST", "as for run, several with commas");
    text_option(command, "--mode", request.mode, "LIST", "multi,single,deterministic,auto (default: auto)");
    text_option(command, "--cpus", request.cpus, "LIST", "vCPUs, like 1,4 (default: 4)");
    text_option(command, "--vmpl", request.vmpl, "N", "privilege level of the guest (default: 1)");
    text_option(command, "--memory", request.memory, "SIZE", "guest memory, as for run");
    text_option(command, "--timeout", request.timeout, "SECONDS", "time until a run has failed");
    text_option(command, "--append", request.append, "TEXT", "linux: words for the kernel's command line");
    text_option(command, "--release", request.release, "NAME", "linux: take Debian NAME's kernel");
    text_option(command, "--keep", request.keep, "FOLDER",
                "for consoles of failed runs (default: soak-failures)");
    command.footer("Exit codes: 0 all succeeded, 1 some failed, 2 usage.");
    command.callback([&] { action = [&request] { return soak::soak_command(request); }; });
}

void add_image(CLI::App& app, image::BuildRequest& request, std::string& path, Action& action) {
    CLI::App& command = *app.add_subcommand("image", "Build or list IGVM images");
    command.require_subcommand(1);
    CLI::App& build = *command.add_subcommand("build", "Write an IGVM image of the SVSM and a guest");
    text_option(build, "GUEST", request.guest, "", "built guest or ELF file (default: demo)");
    text_option(build, "-o,--output", request.output, "FILE", "file to write; - is stdout")->required();
    add_image_options(build, request);
    text_option(build, "--memory", request.memory, "SIZE", "most memory of its guest (default: 48G)");
    build.add_flag("--no-page-swap", request.no_page_swap, "forbid page moves (policy bit 25); zero less");
    build.callback([&] { action = [&request] { return image::build_command(request); }; });
    CLI::App& inspect = *command.add_subcommand("inspect", "List what an IGVM image holds");
    text_option(inspect, "FILE", path, "", "IGVM image")->required();
    inspect.callback([&] { action = [&path] { return image::inspect_command(path); }; });
}

void add_test(CLI::App& app, test::Request& request, Action& action) {
    CLI::App& command = *app.add_subcommand("test", "Run the tests");
    CLI::Option* name =
        text_option(command, "FILTER", request.filter, "", "regular expression on the names of tests");
    CLI::Option* all = command.add_flag("--all", request.all, "those that take long (label long) as well");
    CLI::Option* times =
        command.add_flag("--times", request.times, "a table at the end: groups, seconds, what each proves");
    CLI::Option* list =
        command.add_flag("--list", request.list, "run nothing: the groups, their tests, what each proves");
    list->excludes(all)->excludes(times);
    command.add_flag("--coverage", request.coverage, "count the lines that the unit tests reach")
        ->excludes(name)
        ->excludes(all)
        ->excludes(times)
        ->excludes(list);
    command.footer(
        "Exit codes: 0 all passed, 1 a test failed, 2 no test matches, usage, or\n"
        "something is missing; 128 + n interrupted by signal n.");
    command.callback([&] {
        action = [&] { return request.coverage ? test::coverage_command() : test::test_command(request); };
    });
}

void add_fuzz(CLI::App& app, fuzz::Request& request, Action& action) {
    CLI::App& command = *app.add_subcommand("fuzz", "Search for inputs that break something");
    text_option(command, "TARGET", request.target, "", "one fuzz target (default: all, one by one)");
    text_option(command, "--seconds", request.seconds, "N", "how long each target runs (default: 60)");
    text_option(command, "--corpus", request.corpus, "FOLDER", "where inputs are kept (see docs/fuzzing.md)");
    command.add_flag("--list", request.list, "name the targets");
    command.callback([&] { action = [&request] { return fuzz::fuzz_command(request); }; });
}

void add_bench(CLI::App& app, bench::Request& request, Action& action) {
    CLI::App& command = *app.add_subcommand("bench", "Count what the SVSM costs and judge it by its budget");
    text_option(command, "--json", request.json, "FILE", "write the results there; - is stdout");
    text_option(command, "--compare", request.compare, "FILE", "show the change since this --json file");
    text_option(command, "--svsm", request.svsm, "FILE", "measure another SVSM: ELF file, or IGVM image");
    text_option(command, "--plot", request.plot, "FILE", "write a picture (SVG); - is stdout");
    text_option(command, "--budget", request.budget, "FILE", "other limits (default: bench/budget.toml)");
    command.add_flag("--accept", request.accept, "make the counts of today the budget");
    command.add_flag("--quick", request.quick, "1 and 4 vCPUs only: all that the budget needs");
    command.add_flag("--ratios", request.ratios, "relative times under plain emulation as well");
    add_qemu_option(command, request.qemu);
    command.add_flag("--linux", request.linux_boot, "a boot of Linux instead, beside one in plain QEMU");
    command.callback([&] { action = [&request] { return bench::bench_command(request); }; });
}

void add_trace(CLI::App& app, trace::Request& request, Action& action) {
    CLI::App& command = *app.add_subcommand("trace", "Show what a run recorded with adyton run --trace");
    text_option(command, "FILE", request.file, "", "trace to read")->required();
    text_option(command, "--format", request.format, "FORMAT",
                "summary, text, chrome or svg (default: summary)");
    text_option(command, "-o,--output", request.output, "FILE", "file to write instead of stdout");
    text_option(command, "--cpu", request.filter.cpu, "LIST", "only these vCPUs, like 0,2");
    text_option(command, "--vmpl", request.filter.vmpl, "LIST", "only these privilege levels");
    text_option(command, "--kind", request.filter.kind, "LIST", "only these kinds of records, listed below");
    text_option(command, "--from", request.filter.from, "TIME", "since the first record: 250us, 1.5ms, 2s");
    text_option(command, "--to", request.filter.to, "TIME", "until then");
    text_option(command, "--focus", request.filter.focus, "WHAT", "call:NAME, call:NAME:N, ap:N or aps");
    command.add_flag("--wide", request.wide, "text with addresses, wider than 80 columns");
    command.footer("Kinds:\n" + listed(trace::kind_list()));
    command.callback([&] { action = [&request] { return trace::trace_command(request); }; });
}

void add_profile(CLI::App& app, profile::Request& request, Action& action) {
    CLI::App& command = *app.add_subcommand("profile", "Show where the SVSM's instructions go");
    text_option(command, "GUEST", request.guest, "", "built guest or ELF file (default: bench)");
    text_option(command, "--svg", request.svg, "FILE", "write a flame graph; - is stdout");
    command.add_flag("--boot", request.boot, "the boot of the SVSM instead of the calls");
    text_option(command, "--cpus", request.cpus, "N", "vCPUs, 1 to 16 (default: 1)");
    text_option(command, "--vmpl", request.vmpl, "N", "privilege level of the guest (default: 1)");
    text_option(command, "--svsm", request.svsm, "FILE", "another SVSM, an ELF file");
    add_qemu_option(command, request.qemu);
    command.callback([&] { action = [&request] { return profile::profile_command(request); }; });
}

/// The definition above, without CLI11: what people are told is what is parsed.
reference::Command describe(const CLI::App& command) {
    reference::Command result{command.get_name(), command.get_description(), {}, {}};
    for (const CLI::Option* option : command.get_options()) {
        reference::Option described{{}, option->get_type_name(), option->get_description()};
        for (const auto& name : option->get_snames()) described.names.push_back("-" + name);
        for (const auto& name : option->get_lnames()) described.names.push_back("--" + name);
        if (described.names.empty()) described.value = option->get_name(true);
        if (option->get_expected_max() == 0) described.value.clear();
        result.options.push_back(std::move(described));
    }
    for (const CLI::App* inner : command.get_subcommands([](const CLI::App*) { return true; }))
        result.commands.push_back(describe(*inner));
    return result;
}

int print_completion(const CLI::App& app, const std::string& shell) {
    const auto install = find_install();
    const auto guests = install ? install->guest_names() : std::vector<std::string>{};
    if (shell != "bash" && shell != "zsh")
        return static_cast<int>(
            report(Problem{"there is no completion for '" + shell + "'; choose one of: bash zsh"}));
    print_out(shell == "bash" ? reference::bash_completion(describe(app), guests)
                              : reference::zsh_completion(describe(app), guests));
    return 0;
}

void add_reference(CLI::App& app, std::string& shell, Action& action) {
    CLI::App& completion = *app.add_subcommand("completion", "Print a script that completes commands");
    text_option(completion, "SHELL", shell, "", "bash or zsh")->required();
    completion.callback([&] { action = [&app, &shell] { return print_completion(app, shell); }; });
    CLI::App& man = *app.add_subcommand("man", "Print the manual page: ./adyton man | man -l -");
    man.callback([&] {
        action = [&app] {
            print_out(reference::man_page(describe(app), ADYTON_VERSION));
            return 0;
        };
    });
}

/// CLI11 ends parsing by exceptions: help is one of them, and the version another.
int parse_problem(const CLI::App& app, const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {
        std::ostringstream text;
        const int code = app.exit(error, text);
        print_out(text.str());
        return code;
    }
    std::string sentence = error.what();
    for (char& c : sentence)
        if (c == '\n') c = ' ';
    return static_cast<int>(report(Problem{sentence + "; see adyton --help"}));
}

int run_main(int argc, char** argv) {
    CLI::App app{"", "adyton"};
    app.set_version_flag("--version", "adyton " ADYTON_VERSION);
    app.set_help_flag("-h,--help", "show this text");
    app.get_formatter()->column_width(26);
    // One command; or the guest of `run bench` would be taken for a second one.
    app.require_subcommand(0, 1);
    Action action = [] {
        print_out(welcome_text());
        return static_cast<int>(ExitCode::Success);
    };
    run::RawOptions raw;
    image::BuildRequest request;
    std::string path, shell;
    bench::Request bench_request;
    profile::Request profile_request;
    trace::Request trace_request;
    fuzz::Request fuzz_request;
    soak::Request soak_request;
    test::Request test_request;
    add_run(app, raw, action);
    add_soak(app, soak_request, action);
    add_test(app, test_request, action);
    add_fuzz(app, fuzz_request, action);
    add_bench(app, bench_request, action);
    add_profile(app, profile_request, action);
    add_image(app, request, path, action);
    add_trace(app, trace_request, action);
    add_reference(app, shell, action);
    try {
        app.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
        // The help of the whole is a text of ours; that of a command is made from its options.
        const auto chosen = app.get_subcommands();
        if (!chosen.empty()) return parse_problem(app, CLI::CallForHelp{});
        print_out(help_text());
        return 0;
    } catch (const CLI::ParseError& error) {
        return parse_problem(app, error);
    }
    return action();
}

}  // namespace
}  // namespace tools

int main(int argc, char** argv) {
    tools::occupy_standard_descriptors();
    try {
        return tools::run_main(argc, argv);
    } catch (const tools::StdoutLost& lost) {
        return static_cast<int>(tools::report(lost));
    }
}

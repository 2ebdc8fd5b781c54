// SPDX-License-Identifier: MIT
#include "tools/soak/plan.hpp"

#include "base/result.hpp"
#include "tools/support/list.hpp"
#include "tools/support/number.hpp"

namespace tools::soak {
namespace {

constexpr unsigned most_runs = 100'000;

/// What every test protocol of ours begins with, and the first check inside Linux.
constexpr const char* first_check = "ok 1";

Result<Mode> parse_mode(const std::string& text) {
    for (const Mode mode : {Mode::Auto, Mode::Multi, Mode::Single, Mode::Deterministic})
        if (text == name_of(mode)) return mode;
    return problem("there is no mode '{}'; choose from multi,single,deterministic,auto", text);
}

/// An empty text means `otherwise`.
Result<std::vector<std::string>> list_or(std::string_view option, const std::string& text,
                                         std::string_view otherwise) {
    return parse_list(option, text.empty() ? otherwise : text);
}

Result<Cell> make_cell(const Request& request, const std::string& qemu, const std::string& mode_name,
                       const std::string& cpus) {
    const Mode mode = TRY(parse_mode(mode_name));
    run::RawOptions raw;
    raw.guest = request.guest.empty() ? payload::linux_guest_name : request.guest;
    raw.cpus = cpus;
    raw.build.vmpl = request.vmpl;
    raw.memory = request.memory;
    raw.timeout = request.timeout;
    raw.qemu = qemu;
    raw.append = request.append;
    raw.release = request.release;
    raw.deterministic = mode == Mode::Deterministic;
    if (mode != Mode::Deterministic) raw.threads = mode_name;
    run::Options options = TRY(run::parse(raw));
    options.quiet = true;
    options.marks = {std::string{first_check}};
    return Cell{mode, qemu, std::move(options)};
}

}  // namespace

std::string_view name_of(Mode mode) {
    switch (mode) {
        case Mode::Auto: return "auto";
        case Mode::Multi: return "multi";
        case Mode::Single: return "single";
        case Mode::Deterministic: break;
    }
    return "deterministic";
}

Result<Plan> make_plan(const Request& request) {
    Plan plan;
    plan.runs = TRY(parse_number("--runs", request.runs.empty() ? "20" : request.runs, 1, most_runs));
    const auto qemus = TRY(list_or("--qemu", request.qemu, qemu::default_program));
    const auto modes = TRY(list_or("--mode", request.mode, name_of(Mode::Auto)));
    const auto cpus = TRY(list_or("--cpus", request.cpus, "4"));
    for (const std::string& qemu : qemus)
        for (const std::string& mode : modes)
            for (const std::string& count : cpus)
                plan.cells.push_back(TRY(make_cell(request, qemu, mode, count)));
    return plan;
}

}  // namespace tools::soak

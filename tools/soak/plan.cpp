// SPDX-License-Identifier: MIT
#include "tools/soak/plan.hpp"

#include <algorithm>
#include <sstream>

#include "base/result.hpp"
#include "tools/support/number.hpp"

namespace tools::soak {
namespace {

constexpr unsigned most_runs = 100'000;

/// What every test protocol of ours begins with, and the first check inside Linux.
constexpr const char* first_check = "ok 1";

/// The parts of "a,b"; an empty text means `otherwise`. A part that is empty or comes twice is a problem.
Result<std::vector<std::string>> parts_of(std::string_view option, const std::string& text,
                                          std::string_view otherwise) {
    // The comma at the end makes an empty last part visible.
    std::istringstream stream{(text.empty() ? std::string{otherwise} : text) + ","};
    std::vector<std::string> parts;
    for (std::string part; std::getline(stream, part, ',');) {
        if (part.empty() || std::ranges::contains(parts, part))
            return problem("{} {} is not a list of different things; write it like a,b", option, text);
        parts.push_back(part);
    }
    return parts;
}

Result<Mode> parse_mode(const std::string& text) {
    for (const Mode mode : {Mode::Auto, Mode::Multi, Mode::Single, Mode::Deterministic})
        if (text == name_of(mode)) return mode;
    return problem("there is no mode '{}'; choose from multi,single,deterministic,auto", text);
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
    const auto qemus = TRY(parts_of("--qemu", request.qemu, run::default_qemu));
    const auto modes = TRY(parts_of("--mode", request.mode, name_of(Mode::Auto)));
    const auto cpus = TRY(parts_of("--cpus", request.cpus, "4"));
    for (const std::string& qemu : qemus)
        for (const std::string& mode_name : modes)
            for (const std::string& count : cpus) {
                const Mode mode = TRY(parse_mode(mode_name));
                run::RawOptions raw;
                raw.guest = request.guest.empty() ? run::linux_guest_name : request.guest;
                raw.cpus = count;
                raw.vmpl = request.vmpl;
                raw.memory = request.memory;
                raw.timeout = request.timeout;
                raw.qemu = qemu;
                raw.append = request.append;
                raw.release = request.release;
                raw.deterministic = mode == Mode::Deterministic;
                if (mode != Mode::Deterministic) raw.threads = mode_name;
                run::Options options = TRY(run::parse(raw));
                options.quiet = true;
                options.mark = first_check;
                plan.cells.push_back({mode, qemu, std::move(options)});
            }
    return plan;
}

}  // namespace tools::soak

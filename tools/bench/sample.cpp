// SPDX-License-Identifier: MIT
#include "tools/bench/sample.hpp"

#include <algorithm>
#include <sstream>

#include "base/result.hpp"
#include "tools/count/subject.hpp"
#include "tools/run/execute.hpp"

namespace tools::bench {
namespace {

/// QEMU's number of the CPU that carries vCPU 0 (docs/adr/0013).
constexpr unsigned boot_cpu = 1;
/// Wall clock time for a deterministic run, generous for a loaded computer.
constexpr double patience_seconds = 600;

/// Lines "bench: NAME ENTRIES UNITS", each about the entries since the line before.
Result<void> read_phases(Sample& sample, const std::vector<count::Session>& calls, std::string_view console) {
    std::istringstream lines{std::string{console}};
    std::size_t next = 0;
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words{line};
        std::string mark, name;
        std::uint64_t entries = 0, units = 0;
        if (!(words >> mark >> name >> entries >> units) || mark != "bench:") continue;
        if (entries > calls.size() - next)
            return problem("the guest entered VMPL0 {} times for {}, but {} entries were counted", entries,
                           name, calls.size() - next);
        Phase& phase = sample.phases[name];
        phase.units += units;
        for (; entries != 0; --entries, ++next) {
            phase.instructions += calls[next].instructions;
            phase.string_stores += calls[next].string_stores;
        }
    }
    if (sample.phases.empty()) return problem("the guest bench reported no calls; did another guest run?");
    return {};
}

/// "own memory: 1234 of 8192 KiB in use"
std::optional<std::uint64_t> memory_in_use(std::string_view console) {
    constexpr std::string_view mark = "own memory: ";
    const std::size_t at = console.find(mark);
    if (at == std::string_view::npos) return std::nullopt;
    std::istringstream words{std::string{console.substr(at + mark.size(), 40)}};
    std::uint64_t kibibytes = 0;
    if (!(words >> kibibytes)) return std::nullopt;
    return kibibytes << 10;
}

/// The functions that svsm_main calls are the steps of the boot; each is counted with all that it calls.
void read_steps(Boot& boot, const count::Result& counted, const std::vector<elf::Symbol>& names) {
    std::vector<std::uint64_t> inclusive(counted.nodes.size());
    for (const count::Count& count : counted.counts) inclusive[count.node] += count.times;
    for (std::size_t i = 0; i < inclusive.size(); ++i)
        inclusive[i] -= counted.nodes[i].waiting + counted.nodes[i].string_stores;
    // Children stand behind their parents.
    for (std::size_t i = counted.nodes.size(); i-- > count::call_root + 1;)
        inclusive[counted.nodes[i].parent] += inclusive[i];
    for (std::size_t i = count::call_root + 1; i < counted.nodes.size(); ++i) {
        const count::Node& parent = counted.nodes[counted.nodes[i].parent];
        if (count::function_name(names, parent.function) != "svsm_main") continue;
        if (counted.nodes[parent.parent].parent != count::boot_root) continue;
        std::string name = count::function_name(names, counted.nodes[i].function);
        name = name.substr(name.rfind(':') == std::string::npos ? 0 : name.rfind(':') + 1);
        // The last step never ends: it answers calls.
        if (name != "serve") boot.steps.emplace_back(name, inclusive[i]);
    }
}

/// The ciphers' functions, by the beginning of their names (crypto/): only calls of the attestation protocol use them.
std::uint64_t Ciphers::*cipher_of(std::string_view function) {
    if (function.starts_with("crypto::seal") || function.starts_with("crypto::open"))
        return &Ciphers::aes_gcm;
    if (function.starts_with("crypto::Sha2") || function.starts_with("crypto::sha512")) return &Ciphers::hash;
    return nullptr;
}

/// A function below a cipher's is part of it.
void read_ciphers(Ciphers& ciphers, const count::Result& counted, const std::vector<elf::Symbol>& names) {
    std::vector<std::uint64_t Ciphers::*> part(counted.nodes.size());
    std::vector<bool> is_call(counted.nodes.size());
    is_call[count::call_root] = true;
    // Children stand behind their parents.
    for (std::size_t i = count::call_root + 1; i < counted.nodes.size(); ++i) {
        const count::Node& node = counted.nodes[i];
        is_call[i] = is_call[node.parent];
        part[i] = part[node.parent] != nullptr ? part[node.parent]
                                               : cipher_of(count::function_name(names, node.function));
    }
    for (const count::Count& count : counted.counts)
        if (is_call[count.node] && part[count.node] != nullptr) ciphers.*part[count.node] += count.times;
}

Result<run::Execution> execute(const Subject& subject, unsigned cpus, bool deterministic,
                               std::optional<count::Request> request) {
    run::Options options;
    options.guest = subject.is_image ? subject.svsm.string() : "bench";
    if (!subject.is_image) options.build.svsm = subject.svsm;
    options.cpus = cpus;
    options.qemu = subject.qemu;
    options.deterministic = deterministic;
    options.timeout_seconds = patience_seconds;
    options.count = std::move(request);
    options.quiet = true;
    auto execution = TRY(run::execute(options));
    if (execution.outcome.code != ExitCode::Success)
        return problem("{}; see it with ./adyton run {} --cpus {}", execution.outcome.sentence, options.guest,
                       cpus);
    return execution;
}

}  // namespace

Result<Sample> make_sample(unsigned cpus, const count::Result& counted, std::string_view console,
                           const std::vector<elf::Symbol>& names) {
    Sample sample{.cpus = cpus};
    std::vector<count::Session> calls;
    std::vector<bool> has_booted(cpus + boot_cpu);
    for (const count::Session& session : counted.sessions) {
        if (session.cpu >= has_booted.size())
            return problem("an instruction of CPU {} was counted", session.cpu);
        if (has_booted[session.cpu]) {
            if (session.cpu == boot_cpu) calls.push_back(session);
            continue;
        }
        has_booted[session.cpu] = true;
        sample.boot.instructions += session.instructions;
        sample.boot.waiting += session.waiting;
        sample.boot.string_stores += session.string_stores;
    }
    TRY_VOID(read_phases(sample, calls, console));
    sample.memory_bytes = memory_in_use(console);
    read_steps(sample.boot, counted, names);
    read_ciphers(sample.ciphers, counted, names);
    return sample;
}

Result<Sample> take_sample(const Subject& subject, unsigned cpus, const Install& install) {
    if (subject.is_image) {
        const auto done = TRY(execute(subject, cpus, true, count::request_for_image(install)));
        return make_sample(cpus, TRY(count::parse(done.session.counts)), done.session.console, {});
    }
    const Buffer bytes = TRY(read_file(subject.svsm));
    const auto file = TRY(elf::File::open(bytes, subject.svsm.string()));
    const auto done = TRY(execute(subject, cpus, true, count::request_for(file, install)));
    return make_sample(cpus, TRY(count::parse(done.session.counts)), done.session.console, file.symbols());
}

Result<std::map<std::string, std::uint64_t>> take_ratios(const Subject& subject, const Install&) {
    const auto done = TRY(execute(subject, 1, false, std::nullopt));
    std::map<std::string, std::uint64_t> ratios;
    std::istringstream lines{done.session.console};
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words{line};
        std::string mark, name;
        std::uint64_t percent = 0;
        if (words >> mark >> name >> percent && mark == "bench-ratio:") ratios[name] = percent;
    }
    return ratios;
}

}  // namespace tools::bench

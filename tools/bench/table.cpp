// SPDX-License-Identifier: MIT
#include "tools/bench/table.hpp"

#include <algorithm>
#include <array>

#include "abi/svsm/protocols.hpp"

namespace tools::bench {
namespace {

constexpr std::string_view instructions = "instructions", bytes = "bytes";
/// The number of vCPUs that `adyton run` takes by default.
constexpr unsigned usual_cpus = 4;

/// How a phase of the guest becomes a result. `per_unit`: its zeroing is reported beside it.
struct CallName {
    std::string_view phase, result;
    bool zeroes;
};
constexpr std::array call_names{
    CallName{"null", "call.null", false},
    CallName{"query_protocol", "call.query_protocol", false},
    CallName{"remap_ca", "call.remap_ca", false},
    CallName{"pvalidate.single", "call.pvalidate.single", true},
    CallName{"pvalidate.4k", "call.pvalidate.4k.per_entry", true},
    CallName{"pvalidate.4k.rescind", "call.pvalidate.4k.rescind.per_entry", false},
    CallName{"pvalidate.2m", "call.pvalidate.2m.per_entry", true},
    CallName{"pvalidate.2m.rescind", "call.pvalidate.2m.rescind.per_entry", false},
    CallName{"create_vcpu", "call.create_vcpu", false},
    CallName{"delete_vcpu", "call.delete_vcpu", false},
    CallName{"attest_services", "call.attest_services", false},
};

/// The first word of a phase is the name of its call; "null" is none.
constexpr bool is_call(std::string_view phase) {
    return phase == "null" || abi::find_call(phase.substr(0, phase.find('.')));
}
static_assert(std::ranges::all_of(call_names, is_call, &CallName::phase));

/// Rounds to the nearest whole number: the cost of a list need not divide evenly among its entries.
std::uint64_t per_unit(std::uint64_t total, const Phase& phase) {
    return phase.units == 0 ? 0 : (total + phase.units / 2) / phase.units;
}

const Phase* phase_of(const Sample& sample, std::string_view name) {
    const auto found = sample.phases.find(std::string{name});
    return found == sample.phases.end() ? nullptr : &found->second;
}

/// Separates zeroing for calls that zero pages; in other calls string stores count like all instructions.
std::uint64_t cost(const Phase& phase, bool zeroes) {
    return per_unit(phase.instructions + (zeroes ? 0 : phase.string_stores), phase);
}

void add_calls(Results& results, const Sample& sample) {
    for (const CallName& name : call_names) {
        const Phase* const phase = phase_of(sample, name.phase);
        if (phase == nullptr) continue;
        results.push_back({std::string{name.result}, std::string{instructions}, cost(*phase, name.zeroes)});
        if (name.zeroes)
            results.push_back({formatted("{}.zeroing", name.result), std::string{instructions},
                               per_unit(phase->string_stores, *phase)});
    }
    const Phase *create = phase_of(sample, "create_vcpu"), *remove = phase_of(sample, "delete_vcpu");
    if (create != nullptr && remove != nullptr)
        results.push_back({"call.create_delete_vcpu", std::string{instructions},
                           cost(*create, false) + cost(*remove, false)});
}

/// The library's part of a report, and what is left: ours. Nothing of an SVSM whose functions are unknown.
void add_attestation(Results& results, const Sample& sample) {
    const Phase* const phase = phase_of(sample, "attest_services");
    if (phase == nullptr || sample.ciphers.aes_gcm == 0) return;
    const std::uint64_t all = cost(*phase, false), aes_gcm = per_unit(sample.ciphers.aes_gcm, *phase),
                        hash = per_unit(sample.ciphers.hash, *phase);
    results.push_back({"call.attest_services.aes_gcm", std::string{instructions}, aes_gcm});
    results.push_back({"call.attest_services.hash", std::string{instructions}, hash});
    results.push_back(
        {"call.attest_services.rest", std::string{instructions}, all - std::min(all, aes_gcm + hash)});
}

void add_boot(Results& results, const Sample& sample) {
    results.push_back({"boot.total", std::string{instructions}, sample.boot.instructions});
    results.push_back({"boot.total.zeroing", std::string{instructions}, sample.boot.string_stores});
    for (const auto& [name, value] : sample.boot.steps)
        results.push_back({"boot.step." + name, std::string{instructions}, value});
}

void add_growth(Results& results, const Sample& sample) {
    const auto suffix = formatted(".{}cpus", sample.cpus);
    results.push_back({"boot.total" + suffix, std::string{instructions}, sample.boot.instructions});
    for (const char* name : {"query_protocol", "remap_ca"})
        if (const Phase* const phase = phase_of(sample, name))
            results.push_back(
                {formatted("call.{}{}", name, suffix), std::string{instructions}, cost(*phase, false)});
    if (sample.memory_bytes)
        results.push_back({"memory.bytes" + suffix, std::string{bytes}, *sample.memory_bytes});
}

const Sample* sample_with(const std::vector<Sample>& samples, unsigned cpus) {
    const auto found = std::ranges::find(samples, cpus, &Sample::cpus);
    return found == samples.end() ? nullptr : &*found;
}

std::string row(std::string_view name, std::string_view value, std::string_view budget, std::string_view goal,
                std::string_view before) {
    std::string text = formatted("  {:<38}{:>11}{:>11}{:>8}{:>10}", name, value, budget, goal, before);
    text.erase(text.find_last_not_of(' ') + 1);
    return text + "\n";
}

std::string number(const std::map<std::string, std::uint64_t>& numbers, const std::string& name) {
    const auto found = numbers.find(name);
    return found == numbers.end() ? "" : formatted("{}", found->second);
}

}  // namespace

std::string change(const Measured& now, const Results* before) {
    const auto old = before == nullptr ? std::nullopt : value_of(*before, now.name);
    if (!old) return {};
    if (*old == now.value) return "same";
    return *old < now.value ? formatted("+{}", now.value - *old) : formatted("-{}", *old - now.value);
}

Results to_results(const std::vector<Sample>& samples, std::uint64_t image_bytes) {
    Results results;
    if (const Sample* const usual = sample_with(samples, usual_cpus)) {
        add_calls(results, *usual);
        add_attestation(results, *usual);
        if (const Sample* const one = sample_with(samples, 1))
            results.push_back({"ap_start.per_ap", std::string{instructions},
                               (usual->boot.instructions - one->boot.instructions) / (usual_cpus - 1)});
        add_boot(results, *usual);
    }
    if (image_bytes != 0) results.push_back({"image.bytes", std::string{bytes}, image_bytes});
    for (const Sample& sample : samples) add_growth(results, sample);
    return results;
}

std::string table(const Results& results, const Comparison& with) {
    std::string text = row("instructions at VMPL0 (or bytes)", "value", "budget", "goal",
                           with.before == nullptr ? "" : "change");
    for (const Measured& m : results) {
        // The numbers of vCPUs have a table of their own; the one that is limited is shown here too.
        if (m.name.ends_with("cpus") && !with.budget.limits.contains(m.name) && with.before == nullptr)
            continue;
        text += row(m.name, formatted("{}", m.value), number(with.budget.limits, m.name),
                    number(with.budget.goals, m.name), change(m, with.before));
    }
    return text;
}

std::string growth_table(const std::vector<Sample>& samples) {
    std::string text = formatted("  {:<10}{:>16}{:>18}{:>14}{:>16}\n", "vCPUs", "boot.total",
                                 "query_protocol", "remap_ca", "memory.bytes");
    for (const Sample& s : samples) {
        const Phase *query = phase_of(s, "query_protocol"), *remap = phase_of(s, "remap_ca");
        text += formatted("  {:<10}{:>16}{:>18}{:>14}{:>16}\n", s.cpus, s.boot.instructions,
                          query == nullptr ? 0 : cost(*query, false),
                          remap == nullptr ? 0 : cost(*remap, false), s.memory_bytes.value_or(0));
    }
    return text;
}

}  // namespace tools::bench

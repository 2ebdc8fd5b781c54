// SPDX-License-Identifier: MIT
#include "tools/run/threads.hpp"

#include <thread>

namespace tools::run {

using qemu::Threads;

Result<std::optional<Threads>> parse_threads(std::string_view text) {
    if (text == "auto") return std::nullopt;
    if (text == "single") return Threads::Single;
    if (text == "multi") return Threads::Multi;
    return problem("--threads {} is not possible; choose auto, single or multi", text);
}

bool patches_code_beside_others(const Options& options) { return options.is_linux() && options.cpus > 1; }

Threads choose_threads(const Options& options, const std::filesystem::path& program) {
    if (options.deterministic) return Threads::Single;
    if (options.threads) return *options.threads;
    if (is_crowded(options.cpus, std::thread::hardware_concurrency())) return Threads::Single;
    if (!patches_code_beside_others(options)) return Threads::Multi;
    return qemu::keeps_up_with_code(qemu::version_of(program)) ? Threads::Multi : Threads::Single;
}

}  // namespace tools::run

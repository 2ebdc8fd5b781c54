// SPDX-License-Identifier: MIT
#include "tools/qemu/threads.hpp"

#include "tools/qemu/find.hpp"

namespace tools::run {

Result<Threads> parse_threads(std::string_view text) {
    if (text == "auto") return Threads::Auto;
    if (text == "single") return Threads::Single;
    if (text == "multi") return Threads::Multi;
    return problem("--threads {} is not possible; choose auto, single or multi", text);
}

bool patches_code_beside_others(const Options& options) {
    return (options.linux_guest || options.plain_linux) && options.cpus > 1;
}

Threads choose_threads(const Options& options, const std::filesystem::path& qemu) {
    if (options.deterministic) return Threads::Single;
    if (options.threads != Threads::Auto) return options.threads;
    if (!patches_code_beside_others(options)) return Threads::Multi;
    return keeps_up_with_code(qemu_version(qemu)) ? Threads::Multi : Threads::Single;
}

}  // namespace tools::run

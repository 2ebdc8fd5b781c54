// SPDX-License-Identifier: MIT
#include "tools/linux/system_checks.hpp"

#include <sstream>

#include "base/address.hpp"
#include "base/result.hpp"

namespace tools::linux_boot {
namespace {

constexpr std::size_t sector_bytes = 512;

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wc23-extensions"
constexpr char common_checks[] = {
#embed "checks.sh"
};
constexpr char checks[] = {
#embed "system_checks.sh"
};
constexpr char units[] = {
#embed "failed_units.txt"
};
#pragma clang diagnostic pop

template <std::size_t size>
constexpr std::string_view text(const char (&bytes)[size]) { return {bytes, size}; }

}  // namespace

std::string_view failed_units_list() { return text(units); }

Result<std::string> listed_units(std::string_view list) {
    std::istringstream lines{std::string{list}};
    std::string names;
    for (std::string line; std::getline(lines, line);) {
        if (line.empty() || line.starts_with('#')) continue;
        const std::size_t blank = line.find(' ');
        if (blank == std::string::npos || line.find_first_not_of(' ', blank) == std::string::npos)
            return problem("the unit {} may fail for no reason; write one behind its name", line.substr(0, blank));
        names += (names.empty() ? "" : " ") + line.substr(0, blank);
    }
    return names;
}

Buffer system_checks(unsigned vmpl, unsigned cpus) {
    std::string script = formatted("adyton_vmpl={}\nadyton_cpus={}\nmay_fail='{}'\n", vmpl, cpus,
                                   listed_units(failed_units_list()).value_or(""));
    script += text(common_checks);
    script += text(checks);
    script.resize(round_up(script.size(), sector_bytes));
    const Bytes bytes = std::as_bytes(std::span{script});
    return {bytes.begin(), bytes.end()};
}

}  // namespace tools::linux_boot

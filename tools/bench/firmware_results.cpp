// SPDX-License-Identifier: MIT
// Pure: from what was measured to named numbers.
#include <algorithm>

#include "tools/bench/boots.hpp"
#include "tools/bench/firmware_boot.hpp"

namespace tools::bench {
namespace {

void add_stretch(Results& to, const std::string& name, const Stretch& stretch) {
    const auto add = [&](std::string_view what, std::string_view unit, std::uint64_t value) {
        to.push_back({formatted("firmware.{}.{}", name, what), std::string{unit}, value});
    };
    add("exits", "exits", stretch.exits());
    add("exits.start", "exits", stretch.start_exits);
    add("exits.vmpl0", "exits", stretch.vmpl0_exits);
    add("exits.guest", "exits", stretch.guest_exits);
    add("nested_faults", "faults", stretch.nested_faults);
    add("world_switches", "switches", stretch.world_switches);
    add("svsm_calls", "calls", stretch.calls);
}

void add_times(Results& to, const FirmwareBoot& boot) {
    const auto ms = [](double seconds) { return rounded(seconds * 1000); };
    to.push_back({"firmware.manager.ratio", "percent", percent(boot.svsm.to_manager, boot.plain.to_manager)});
    to.push_back({"firmware.manager.time.plain", "ms", ms(boot.plain.to_manager)});
    to.push_back({"firmware.manager.time.svsm", "ms", ms(boot.svsm.to_manager)});
    to.push_back({"firmware.init.ratio", "percent", percent(boot.svsm.to_init, boot.plain.to_init)});
    to.push_back({"firmware.init.time.plain", "ms", ms(boot.plain.to_init)});
    to.push_back({"firmware.init.time.svsm", "ms", ms(boot.svsm.to_init)});
}

void add_instructions(Results& to, const FirmwareBoot& boot) {
    const auto add = [&](std::string_view name, std::uint64_t value) {
        to.push_back({formatted("firmware.{}", name), "instructions", value});
    };
    const std::uint64_t vmpl0 = boot.start.vmpl0 + boot.start.zeroing + boot.calls.vmpl0 + boot.calls.zeroing;
    const std::uint64_t inside = boot.calls.guest + vmpl0;
    to.push_back({"firmware.boot.ratio", "percent",
                  percent(static_cast<double>(boot.svsm_instructions), static_cast<double>(boot.plain_instructions))});
    add("boot.plain", boot.plain_instructions);
    add("boot.svsm", boot.svsm_instructions);
    add("boot.guest", boot.calls.guest);
    add("boot.machine", boot.svsm_instructions - std::min(inside, boot.svsm_instructions));
    add("vmpl0.start", boot.start.vmpl0);
    add("vmpl0.start.zeroing", boot.start.zeroing);
    add("vmpl0.calls", boot.calls.vmpl0);
    add("vmpl0.calls.zeroing", boot.calls.zeroing);
}

void add_calls(Results& to, const FirmwareTrace& recorded) {
    const auto add = [&](std::string_view name, std::uint64_t value) {
        to.push_back({formatted("firmware.call.{}", name), "instructions", value});
    };
    const CallCost cost = mean_cost(recorded.validations);
    add("pvalidate.4k", rounded(cost.small));
    add("pvalidate.2m", rounded(cost.large));
    const std::uint64_t others = std::max<std::uint64_t>(recorded.other_calls, 1);
    add("other", (recorded.other_instructions + others / 2) / others);
}

}  // namespace

BootTimes least(const BootTimes& a, const BootTimes& b) {
    return {std::min(a.to_manager, b.to_manager), std::min(a.to_init, b.to_init)};
}

void take_counts(const count::Result& counted, FirmwareBoot& boot) {
    count::Result start = counted, calls = counted;
    const std::size_t boots = std::min<std::size_t>(counted.sessions.size(), 1);
    start.sessions.resize(boots);
    calls.sessions.erase(calls.sessions.begin(), calls.sessions.begin() + static_cast<std::ptrdiff_t>(boots));
    boot.start = boot_count(start);
    boot.calls = boot_count(calls);
    boot.svsm_instructions = counted.all;
}

Results to_results(const FirmwareBoot& boot) {
    Results results;
    add_times(results, boot);
    add_instructions(results, boot);
    add_calls(results, boot.recorded);
    add_stretch(results, "manager", boot.recorded.to_manager);
    add_stretch(results, "init", boot.recorded.to_init);
    return results;
}

}  // namespace tools::bench

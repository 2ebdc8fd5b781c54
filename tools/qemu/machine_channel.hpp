// SPDX-License-Identifier: MIT
// The machine's reports on its debug port, line by line.
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tools::qemu {

/// "key=value key=value", in the machine's order.
class Fields {
public:
    [[nodiscard]] static Fields parse(std::string_view text);
    /// Text of a field, "?" when the machine did not say.
    [[nodiscard]] std::string text(std::string_view key) const;
    /// Value of a decimal or 0x field; empty when absent or not a number.
    [[nodiscard]] std::optional<std::uint64_t> number(std::string_view key) const;
    [[nodiscard]] auto begin() const { return pairs_.begin(); }
    [[nodiscard]] auto end() const { return pairs_.end(); }

private:
    std::vector<std::pair<std::string, std::string>> pairs_;
};

using Counters = std::map<std::string, std::uint64_t, std::less<>>;

/// A piece of the machine's memory, as it names it: "@ NAME ADDRESS BYTES".
struct Place {
    std::uint64_t address, bytes;
};

/// One page as it was measured, and the launch digest behind it.
struct LaunchedPage {
    std::uint64_t gpa;
    unsigned type;  ///< of LAUNCH_UPDATE
    std::string digest;
    friend bool operator==(const LaunchedPage&, const LaunchedPage&) = default;
};

/// The last line: why the machine stopped. Its field `kind` says which fields it has besides.
using Verdict = Fields;

/// Collects the channel. First character of a line: '#' log, '~' past event, '?' vCPU state, '=' counter, '@'
/// place in memory, '*' note for the user, '%' page or end of the launch, '!' verdict. Anything else is kept as a log line, because a
/// machine in trouble says the most interesting things.
class MachineChannel {
public:
    /// `on_log` sees every log line as it arrives, `on_note` every note.
    explicit MachineChannel(std::function<void(std::string_view)> on_log,
                            std::function<void(const Fields&)> on_note = {})
        : on_log_{std::move(on_log)}, on_note_{std::move(on_note)} {}
    void feed(std::string_view chunk);
    /// Takes a last line that has no line end.
    void finish();

    [[nodiscard]] bool is_silent() const { return lines_ == 0; }
    [[nodiscard]] const std::optional<Verdict>& verdict() const { return verdict_; }
    [[nodiscard]] const std::deque<std::string>& events() const { return events_; }
    [[nodiscard]] const std::vector<Fields>& vcpus() const { return vcpus_; }
    [[nodiscard]] std::optional<std::uint64_t> counter(std::string_view name) const;
    [[nodiscard]] const Counters& counters() const { return counters_; }
    [[nodiscard]] std::optional<Place> place(std::string_view name) const;
    /// The end of the launch: digest, policy, pages, id-block. Empty before it.
    [[nodiscard]] const std::optional<Fields>& launch() const { return launch_; }
    /// In the order of the launch; empty unless the machine was to list them.
    [[nodiscard]] const std::vector<LaunchedPage>& pages() const { return pages_; }

private:
    void take_line(std::string_view line);
    void take_counter(std::string_view text);
    void take_place(std::string_view text);
    void take_launch(std::string_view text);
    std::function<void(std::string_view)> on_log_;
    std::function<void(const Fields&)> on_note_;
    std::string partial_;
    std::uint64_t lines_ = 0;
    std::optional<Verdict> verdict_;
    std::deque<std::string> events_;
    std::vector<Fields> vcpus_;
    Counters counters_;
    std::map<std::string, Place, std::less<>> places_;
    std::optional<Fields> launch_;
    std::vector<LaunchedPage> pages_;
};

}  // namespace tools::qemu

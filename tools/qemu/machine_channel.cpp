// SPDX-License-Identifier: MIT
// Parses the machine channel. The machine shows text that guests chose, so every amount has a limit.
#include "tools/qemu/machine_channel.hpp"

#include <algorithm>
#include <charconv>
#include <sstream>

#include "abi/adyton/limits.hpp"

namespace tools::qemu {
namespace {

constexpr std::size_t longest_line = 4096, most_events = 64, most_counters = 1024, most_places = 16,
                      most_pages = 1 << 24;

std::optional<std::uint64_t> to_number(std::string_view text) {
    const bool hex = text.starts_with("0x");
    if (hex) text.remove_prefix(2);
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, hex ? 16 : 10);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

}  // namespace

/// Words without '=' are ignored.
Fields Fields::parse(std::string_view text) {
    Fields fields;
    std::istringstream words{std::string{text}};
    for (std::string word; words >> word;)
        if (const std::size_t equals = word.find('='); equals != std::string::npos)
            fields.pairs_.emplace_back(word.substr(0, equals), word.substr(equals + 1));
    return fields;
}

std::string Fields::text(std::string_view key) const {
    const auto found = std::ranges::find(pairs_, key, &std::pair<std::string, std::string>::first);
    return found == pairs_.end() ? "?" : found->second;
}

std::optional<std::uint64_t> Fields::number(std::string_view key) const { return to_number(text(key)); }

void MachineChannel::feed(std::string_view chunk) {
    for (const char c : chunk) {
        if (c == '\n')
            finish();
        else if (partial_.size() < longest_line)
            partial_ += c;
    }
}

void MachineChannel::finish() {
    if (partial_.ends_with('\r')) partial_.pop_back();
    if (!partial_.empty()) take_line(partial_);
    partial_.clear();
}

void MachineChannel::take_line(std::string_view line) {
    ++lines_;
    const char kind = line.front();
    std::string_view text = line.substr(1);
    if (text.starts_with(' ')) text.remove_prefix(1);
    switch (kind) {
        case '#': return on_log_(text);
        case '~':
            events_.emplace_back(text);
            if (events_.size() > most_events) events_.pop_front();
            return;
        case '?':
            if (vcpus_.size() < abi::adyton::max_vcpus) vcpus_.push_back(Fields::parse(text));
            return;
        case '=': return take_counter(text);
        case '*':
            if (on_note_) on_note_(Fields::parse(text));
            return;
        case '@': return take_place(text);
        case '%': return take_launch(text);
        case '!': verdict_ = Fields::parse(text); return;
        default: return on_log_(line);
    }
}

void MachineChannel::take_counter(std::string_view text) {
    const std::size_t blank = text.find(' ');
    const auto value = blank == std::string_view::npos ? std::nullopt : to_number(text.substr(blank + 1));
    if (value && counters_.size() < most_counters)
        counters_.insert_or_assign(std::string{text.substr(0, blank)}, *value);
}

void MachineChannel::take_place(std::string_view text) {
    std::istringstream words{std::string{text}};
    std::string name, address, bytes;
    words >> name >> address >> bytes;
    const auto at = to_number(address), size = to_number(bytes);
    if (at && size && places_.size() < most_places) places_.insert_or_assign(name, Place{*at, *size});
}

void MachineChannel::take_launch(std::string_view text) {
    const Fields fields = Fields::parse(text);
    const auto gpa = fields.number("gpa"), type = fields.number("type");
    // The first end counts: nothing that comes later can take it back.
    if (fields.number("end") && !launch_) launch_ = fields;
    if (gpa && type && pages_.size() < most_pages)
        pages_.push_back({*gpa, static_cast<unsigned>(*type), fields.text("digest")});
}

std::optional<Place> MachineChannel::place(std::string_view name) const {
    const auto found = places_.find(name);
    if (found == places_.end()) return std::nullopt;
    return found->second;
}

std::optional<std::uint64_t> MachineChannel::counter(std::string_view name) const {
    const auto found = counters_.find(name);
    if (found == counters_.end()) return std::nullopt;
    return found->second;
}

}  // namespace tools::qemu

// SPDX-License-Identifier: MIT
// The debug port of a machine that may have gone mad. How its bytes are cut into pieces must
// make no difference.
#include "tools/qemu/machine_channel.hpp"

#include "tests/fuzz/fuzz.hpp"

namespace {

struct Listener {
    std::string log;
    tools::qemu::MachineChannel channel{[this](std::string_view line) { log.append(line).push_back('\n'); }};
};

}  // namespace

void fuzz::one_input(Bytes input) {
    if (input.empty()) return;
    const auto piece = 1 + std::to_integer<std::size_t>(input[0]) % 64;
    const std::string_view text{reinterpret_cast<const char*>(input.data()) + 1, input.size() - 1};
    Listener whole, pieces;
    whole.channel.feed(text);
    whole.channel.finish();
    for (std::size_t at = 0; at < text.size(); at += piece) pieces.channel.feed(text.substr(at, piece));
    pieces.channel.finish();
    expect(whole.log == pieces.log, "the log depends on how it arrives");
    expect(whole.channel.events() == pieces.channel.events(), "the events depend on how they arrive");
    expect(whole.channel.counters() == pieces.channel.counters(), "the counters depend on how they arrive");
    expect(whole.channel.verdict().has_value() == pieces.channel.verdict().has_value(),
           "the verdict depends on how it arrives");
    if (whole.channel.verdict()) (void)whole.channel.verdict()->number("code");
}

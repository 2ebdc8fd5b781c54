// SPDX-License-Identifier: MIT
// Manifests of any services, in any room: a second reading finds each of them where the first entry says, nothing is
// written behind the end, and what does not fit is not begun.
#include "svsm/protocol/attest/manifest.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "tests/fuzz/fuzz.hpp"

namespace {

using namespace svsm::attest;
using fuzz::Choices, fuzz::expect;

constexpr std::byte untouched{0xee};
constexpr std::size_t longest = 0x1100;  // more than the page that a guest gets

/// What manifests are made of. No byte of it is `untouched`.
const std::array<std::byte, longest>& words() {
    static const auto all = [] {
        std::array<std::byte, longest> bytes;
        for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i % 233);
        return bytes;
    }();
    return all;
}

std::size_t some_length(Choices& choices) {
    const std::size_t below = choices.percent(80) ? 0x90 : longest;
    return choices.below(below);
}

std::vector<Service> some_services(Choices& choices) {
    std::vector<Service> services(choices.below(6));
    for (Service& service : services) {
        const std::size_t bytes = some_length(choices);
        service.manifest = Bytes{words()}.subspan(choices.below(longest - bytes), bytes);
        service.guid =
            choices.percent(30) ? abi::vtpm_service_guid : Guid{static_cast<std::uint8_t>(choices.below(4))};
    }
    return services;
}

bool is_untouched(Bytes bytes) {
    return std::ranges::all_of(bytes, [](std::byte b) { return b == untouched; });
}

/// As a guest reads it.
void read_again(Bytes written, const std::vector<Service>& services) {
    const auto head = fuzz::from_input<abi::ServicesManifest>(written);
    expect(head.guid == abi::services_manifest_guid, "another GUID");
    expect(head.bytes == written.size() && head.services == services.size(), "another length or number");
    std::size_t next = sizeof head + services.size() * sizeof(abi::ServicesManifestEntry);
    for (std::size_t i = 0; i < services.size(); ++i) {
        const auto entry = fuzz::from_input<abi::ServicesManifestEntry>(
            written, sizeof head + i * sizeof(abi::ServicesManifestEntry));
        const auto manifest = slice(written, entry.offset, entry.bytes);
        expect(manifest.has_value(), "an entry leaves the manifest");
        expect(entry.offset == next, "two manifests overlap, or bytes lie between them");
        expect(entry.service == services[i].guid && std::ranges::equal(*manifest, services[i].manifest),
               "another service's manifest");
        next += entry.bytes;
    }
    expect(next == written.size(), "bytes behind the last manifest");
}

void of_all(Choices& choices, const std::vector<Service>& services) {
    std::size_t needed = sizeof(abi::ServicesManifest);
    for (const Service& service : services)
        needed += sizeof(abi::ServicesManifestEntry) + service.manifest.size();
    const std::size_t room_bytes = choices.percent(30)   ? needed
                                   : choices.percent(30) ? needed - 1
                                                         : choices.below(2 * longest);
    std::vector<std::byte> room(room_bytes, untouched);
    const auto written = write_services_manifest(room, services);
    expect(written.has_value() == (needed <= room.size()), "room enough and no manifest, or the reverse");
    expect(is_untouched(Bytes{room}.subspan(written.value_or(0))), "bytes behind the manifest were written");
    if (!written) return;
    expect(*written == needed, "another length");
    read_again(Bytes{room}.first(*written), services);
}

void of_one(Choices& choices, const std::vector<Service>& services) {
    const Guid wanted{static_cast<std::uint8_t>(choices.below(4))};
    const auto found = std::ranges::find(services, wanted, &Service::guid);
    std::vector<std::byte> room(some_length(choices), untouched);
    const auto written = write_service_manifest(room, services, wanted);
    const bool fits = found != services.end() && found->manifest.size() <= room.size();
    expect(written.has_value() == fits, "a manifest of no service, or a service without one");
    expect(is_untouched(Bytes{room}.subspan(written.value_or(0))), "bytes behind the manifest were written");
    expect(!written || std::ranges::equal(Bytes{room}.first(*written), found->manifest), "another manifest");
}

}  // namespace

void fuzz::one_input(Bytes input) {
    Choices choices{input, 1};
    const auto services = some_services(choices);
    of_all(choices, services);
    of_one(choices, services);
}

// SPDX-License-Identifier: MIT
#include "svsm/protocol/attest/manifest.hpp"

#include <algorithm>
#include <cstring>

namespace svsm::attest {
namespace {

/// Bytes before the services' own manifests.
std::size_t head_bytes(Services services) {
    return sizeof(abi::ServicesManifest) + services.size() * sizeof(abi::ServicesManifestEntry);
}

std::size_t total_bytes(Services services) {
    auto bytes = head_bytes(services);
    for (const auto& service : services) bytes += service.manifest.size();
    return bytes;
}

/// Copies `from` to the beginning of `to` and returns the rest.
std::span<std::byte> append(std::span<std::byte> to, Bytes from) {
    std::ranges::copy(from, to.begin());
    return to.subspan(from.size());
}
template <class T>
std::span<std::byte> append(std::span<std::byte> to, const T& value) {
    return append(to, bytes_of_object(value));
}

}  // namespace

std::optional<std::size_t> write_services_manifest(std::span<std::byte> to, Services services) {
    const auto bytes = total_bytes(services);
    if (bytes > to.size()) return std::nullopt;
    to = append(to, abi::ServicesManifest{abi::services_manifest_guid, static_cast<std::uint32_t>(bytes),
                                          static_cast<std::uint32_t>(services.size())});
    auto offset = static_cast<std::uint32_t>(head_bytes(services));
    for (const auto& service : services) {
        const auto length = static_cast<std::uint32_t>(service.manifest.size());
        to = append(to, abi::ServicesManifestEntry{service.guid, offset, length});
        offset += length;
    }
    for (const auto& service : services) to = append(to, service.manifest);
    return bytes;
}

std::optional<std::size_t> write_service_manifest(std::span<std::byte> to, Services services,
                                                  const Guid& guid) {
    const auto service = std::ranges::find(services, guid, &Service::guid);
    if (service == services.end() || service->manifest.size() > to.size()) return std::nullopt;
    append(to, service->manifest);
    return service->manifest.size();
}

}  // namespace svsm::attest

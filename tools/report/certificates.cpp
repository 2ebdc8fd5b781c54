// SPDX-License-Identifier: MIT
#include "tools/report/certificates.hpp"

#include <algorithm>
#include <set>

#include "abi/snp/certificate_table.hpp"
#include "base/result.hpp"
#include "tools/report/chip.hpp"
#include "tools/report/table.hpp"

namespace tools::attestation {
namespace {

struct Prefix {
    std::string_view text;
    Role role;
};
/// The longer name first.
constexpr std::array prefixes{Prefix{"ARK-", Role::Ark}, Prefix{"SEV-VLEK-", Role::Asvk},
                              Prefix{"SEV-", Role::Ask}};

void note_fault(Certificates& into, std::string sentence) {
    if (into.fault.empty()) into.fault = std::move(sentence);
}

void take(crypto::Certificate certificate, Certificates& into, std::optional<Role> expected = {}) {
    const auto role = role_of(certificate);
    const std::string common_name = crypto::only_value(certificate.facts().subject, "CN");
    if (!role)
        return note_fault(into, formatted("{}: no certificate of AMD's chain is called '{}'",
                                          certificate.name(), common_name));
    if (expected && *role != *expected && !(*expected == Role::Ask && *role == Role::Asvk))
        return note_fault(into, formatted("{}: the table calls the certificate of '{}' the {}",
                                          certificate.name(), common_name, name_of(*expected)));
    auto& place = into.by_role[static_cast<std::size_t>(*role)];
    if (place && place->der() != certificate.der())
        return note_fault(into, formatted("{} and {} both hold the {}; leave one out", place->name(),
                                          certificate.name(), name_of(*role)));
    place = std::move(certificate);
}

std::optional<Role> role_of_guid(const Guid& guid) {
    if (guid == abi::ark_guid) return Role::Ark;
    if (guid == abi::ask_guid) return Role::Ask;
    if (guid == abi::vcek_guid) return Role::Vcek;
    if (guid == abi::vlek_guid) return Role::Vlek;
    return std::nullopt;
}

bool is_pem(Bytes bytes) {
    constexpr std::string_view begin = "-----BEGIN ";
    const std::string_view text{reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    return text.find(begin) != text.npos;
}

/// A table holds each of them as DER or as PEM, as the host has loaded it.
void take_one(Bytes bytes, const std::string& name, Certificates& into, std::optional<Role> expected = {}) {
    if (is_pem(bytes)) {
        auto all = crypto::Certificate::from_pem(bytes, name);
        if (!all) return note_fault(into, all.error().sentence);
        for (auto& certificate : *all) take(std::move(certificate), into, expected);
        return;
    }
    auto certificate = crypto::Certificate::from_der(bytes, name);
    if (!certificate) return note_fault(into, certificate.error().sentence);
    take(std::move(*certificate), into, expected);
}

bool may_hold_certificates(const std::filesystem::path& path) {
    constexpr std::array<std::string_view, 5> endings{".pem", ".der", ".crt", ".cer", ".cert"};
    return std::ranges::find(endings, path.extension().string()) != endings.end();
}

}  // namespace

std::string_view name_of(Role role) {
    constexpr std::array<std::string_view, role_count> names{"ARK", "ASK", "ASVK", "VCEK", "VLEK"};
    return names[static_cast<std::size_t>(role)];
}

std::optional<Role> role_of(const crypto::Certificate& certificate) {
    const std::string name = crypto::only_value(certificate.facts().subject, "CN");
    if (name == "SEV-VCEK") return Role::Vcek;
    if (name == "SEV-VLEK") return Role::Vlek;
    for (const Prefix& prefix : prefixes)
        if (name.starts_with(prefix.text) && product_of(std::string_view{name}.substr(prefix.text.size())))
            return prefix.role;
    return std::nullopt;
}

void take_certificates(Bytes bytes, const std::string& name, Certificates& into) {
    if (!looks_like_table(bytes)) return take_one(bytes, name, into);
    const auto table = parse_table(bytes, name);
    if (!table) return note_fault(into, table.error().sentence);
    for (const TableEntry& entry : *table)
        if (const auto role = role_of_guid(entry.guid))
            take_one(entry.data, formatted("{} ({})", name, name_of(*role)), into, role);
}

Result<Certificates> read_certificates(const std::filesystem::path& path) {
    std::set<std::filesystem::path> files{path};
    std::error_code error;
    if (std::filesystem::is_directory(path, error)) {
        files.clear();
        for (const auto& entry : std::filesystem::directory_iterator{path, error})
            if (may_hold_certificates(entry.path())) files.insert(entry.path());
        if (error) return problem("cannot read {}: {}", path.string(), error.message());
        if (files.empty())
            return problem("{} has no file that ends in .pem, .der, .crt, .cer or .cert", path.string());
    }
    Certificates found;
    for (const auto& file : files) take_certificates(TRY(read_file(file)), file.string(), found);
    return found;
}

}  // namespace tools::attestation

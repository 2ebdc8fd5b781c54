// SPDX-License-Identifier: MIT
// The certificates that stand behind a report, found in whatever form they come.
#pragma once
#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "tools/crypto/certificate.hpp"

namespace tools::attestation {

/// What a certificate is in the chain, by its own common name.
enum class Role { Ark, Ask, Asvk, Vcek, Vlek };
inline constexpr std::size_t role_count = 5;
[[nodiscard]] std::string_view name_of(Role role);
/// "ARK-Genoa", "SEV-Genoa", "SEV-VLEK-Genoa", "SEV-VCEK", "SEV-VLEK"; empty for another name.
[[nodiscard]] std::optional<Role> role_of(const crypto::Certificate& certificate);

struct Certificates {
    std::array<std::optional<crypto::Certificate>, role_count> by_role{};
    /// What is wrong with them, one sentence: evidence that is damaged is no mistake of the person that verifies it.
    std::string fault{};

    [[nodiscard]] const std::optional<crypto::Certificate>& operator[](Role role) const {
        return by_role[static_cast<std::size_t>(role)];
    }
};

/// From PEM with one certificate or more, from one certificate in DER, or from a table. What is found goes into its
/// role; a certificate of no role, a second one of the same role that differs, and whatever does not parse is the fault.
void take_certificates(Bytes bytes, const std::string& name, Certificates& into);

/// From a file, or from all files of a folder that end in .pem, .der, .crt, .cer or .cert, in the order of their
/// names. A problem: no such file or folder, no right to read it, a folder without such a file.
[[nodiscard]] Result<Certificates> read_certificates(const std::filesystem::path& path);

}  // namespace tools::attestation

// SPDX-License-Identifier: MIT
// One forgery for each rule, and what refuses it.
#pragma once
#include <string_view>
#include <vector>

#include "tests/unit/tools/report/scene.hpp"

namespace tools::attestation {

struct Forgery {
    std::string_view name;
    void (*forge)(Scene&);
    std::string_view failed;  ///< names of all checks that fail
    std::string_view reason;  ///< in the sentence of the first one
    Product product = Product::Genoa;
    std::uint32_t version = 3;
};

/// Bytes that no AMD-SP makes.
[[nodiscard]] std::vector<Forgery> forgeries_of_form();
/// Certificates that do not lead to the key.
[[nodiscard]] std::vector<Forgery> forgeries_of_chain();
/// A key that is not this chip's, or that did not sign.
[[nodiscard]] std::vector<Forgery> forgeries_of_key();
/// Reports that the AMD-SP has signed, of a guest, host or firmware that is not good enough.
[[nodiscard]] std::vector<Forgery> forgeries_of_content();

[[nodiscard]] inline std::vector<Forgery> forgeries() {
    std::vector<Forgery> all;
    for (const auto part : {forgeries_of_form, forgeries_of_chain, forgeries_of_key, forgeries_of_content})
        for (const Forgery& forgery : part()) all.push_back(forgery);
    return all;
}

}  // namespace tools::attestation

// SPDX-License-Identifier: MIT
#include "tools/qemu/cpu_features.hpp"

#include <array>
#include <charconv>

#include "base/result.hpp"
#include "tools/support/format.hpp"

namespace tools::qemu {
namespace {

struct Feature {
    std::string_view name, off, on;
    std::string_view needs = {};  ///< another feature
    unsigned least_qemu = 0;      ///< the first major version that has it right
    std::string_view fault = {};  ///< of those before
};

constexpr std::array features{
    // QEMU switches off with XSAVE what depends on it.
    Feature{"xsave", "-xsave,-avx,-avx2,-fma,-f16c", "+xsave,+xsaveopt,+avx,+avx2,+fma,+f16c"},
    Feature{"pku", "-pku", "+pku", "xsave"},
    Feature{"cx16", "-cx16", "+cx16", {}, 8, "its CMPXCHG16B leaves garbage in the flags"},
};

constexpr std::uint32_t bit(std::size_t i) { return 1u << i; }

std::size_t find(std::string_view name) {
    std::size_t i = 0;
    while (i < features.size() && features[i].name != name) ++i;
    return i;
}

unsigned major_of(std::string_view version) {
    unsigned major = 0;
    const auto [end, error] = std::from_chars(version.data(), version.data() + version.size(), major);
    return error == std::errc{} ? major : ~0u;
}

}  // namespace

CpuFeatures xsave_feature() { return {bit(find("xsave"))}; }

bool has(CpuFeatures all, CpuFeatures some) { return (all.bits & some.bits) == some.bits; }

Result<CpuFeatures> parse_cpu_features(std::string_view text) {
    CpuFeatures all;
    for (std::string_view left = text;;) {
        const auto comma = left.find(',');
        const std::string_view name = left.substr(0, comma);
        const std::size_t found = find(name);
        if (found == features.size())
            return problem("there is no CPU feature '{}'; choose from: {}", name, cpu_feature_names());
        all.bits |= bit(found);
        if (comma == std::string_view::npos) break;
        left.remove_prefix(comma + 1);
    }
    for (std::size_t i = 0; i < features.size(); ++i)
        if (has(all, {bit(i)}) && !features[i].needs.empty() && !has(all, {bit(find(features[i].needs))}))
            return problem("--cpu-features {} needs {} as well", features[i].name, features[i].needs);
    return all;
}

Result<void> check_cpu_features(CpuFeatures all, std::string_view version) {
    for (std::size_t i = 0; i < features.size(); ++i)
        if (has(all, {bit(i)}) && major_of(version) < features[i].least_qemu)
            return problem("--cpu-features {} needs QEMU {} or later, and this is {}: {}", features[i].name,
                           features[i].least_qemu, version, features[i].fault);
    return {};
}

std::string cpu_words(CpuFeatures all) {
    std::string words;
    for (std::size_t i = 0; i < features.size(); ++i)
        words += formatted(",{}", has(all, {bit(i)}) ? features[i].on : features[i].off);
    return words;
}

std::string cpu_feature_names() {
    std::string names;
    for (const auto& feature : features) names += formatted("{}{}", names.empty() ? "" : " ", feature.name);
    return names;
}

}  // namespace tools::qemu

// SPDX-License-Identifier: MIT
// Instructions by call stack, in terms of source functions: those that were inlined are frames of their own.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tools/count/result.hpp"

namespace tools::profile {

struct Frame {
    std::string name;
    std::uint64_t self = 0;   ///< instructions in this function, called like this
    std::uint64_t total = 0;  ///< with all that it called
    std::map<std::string, Frame> children{};
};

/// The functions an address lies in by its source, outermost first: one, or more where some were inlined.
using NamesAt = std::function<const std::vector<std::string>&(std::uint64_t address)>;
/// True for an instruction whose count is zeroing; it gets a frame of its own, so that it can be told apart.
using IsZeroing = std::function<bool(std::uint64_t address)>;

/// `root` is count::boot_root or count::call_root.
[[nodiscard]] Frame make_tree(const count::Result& counted, unsigned root, const NamesAt& names,
                              const IsZeroing& zeroes);
inline constexpr const char* zeroing_name = "REP STOS";

/// A function wherever it was called from. `total` counts recursion once.
struct Function {
    std::string name;
    std::uint64_t self = 0, total = 0;
};
/// By `self`, largest first.
[[nodiscard]] std::vector<Function> by_function(const Frame& tree);
/// At most 80 columns. `entries`: how often VMPL0 was entered.
[[nodiscard]] std::string table(const Frame& tree, std::uint64_t entries);
[[nodiscard]] std::string flame_graph(const Frame& tree, std::string_view title);

}  // namespace tools::profile

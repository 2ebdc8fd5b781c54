// SPDX-License-Identifier: MIT
// The headers of an IGVM file as rows, for a text or for JSON.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address.hpp"
#include "igvm/reader.hpp"

namespace tools::image {

/// What becomes of a header when our machine launches the file.
enum class Use : std::uint8_t { Taken, OtherPlatform, Skipped, Unsupported, Unknown };

struct Row {
    igvm::Item item;            ///< the first, when the row stands for several
    std::uint64_t headers = 1;  ///< that the row stands for
    std::string label;          ///< what people call it
    std::optional<GpaRange> range{};
    std::vector<std::string> details{};
    std::vector<std::string_view> platforms{};  ///< empty: all of the file's
    Use use = Use::Taken;
};

/// Rows in file order; pages that are alike and adjacent are one row.
[[nodiscard]] std::vector<Row> list_headers(const igvm::Headers& headers);
/// A few words for each use; none for what is taken.
[[nodiscard]] std::string_view words_of(Use use);
[[nodiscard]] std::string_view name_of(const igvm::Item& item);
[[nodiscard]] std::string_view name_of(abi::igvm::PlatformType platform);

}  // namespace tools::image

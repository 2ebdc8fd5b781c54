// SPDX-License-Identifier: MIT
// Records in words. Titles hold no addresses: they are the same in every run, and the documents quote them.
#pragma once
#include <optional>
#include <string>

#include "tools/trace/file.hpp"

namespace tools::trace {

/// "pvalidate", as --kind takes it; "kind-99" for one that this program does not know.
[[nodiscard]] std::string kind_name(Kind kind);
[[nodiscard]] std::optional<Kind> kind_of(std::string_view name);
/// All of them, separated by blanks.
[[nodiscard]] std::string kind_names();

/// "core.pvalidate" for RAX of a call; "protocol 1 call 3" when it is not one that we know.
[[nodiscard]] std::string call_name(std::uint64_t rax);
/// "success", "invalid address", or the number.
[[nodiscard]] std::string result_name(std::uint64_t rax);
/// "nested page fault" for an intercept code.
[[nodiscard]] std::string exit_name(std::uint32_t code);
/// What a GHCB asks for: "port output", "AP creation".
[[nodiscard]] std::string request_name(const Event& event);

/// What happened, without numbers that change from build to build: "PVALIDATE 2M validate: ok".
[[nodiscard]] std::string title(const Event& event);
/// The rest: addresses, registers. May be empty.
[[nodiscard]] std::string details(const Event& event);

/// Bytes of a Text record.
[[nodiscard]] std::string text_of(const Event& event);

}  // namespace tools::trace

// SPDX-License-Identifier: MIT
// A small formatter whose format string is checked at compile time: "{}" decimal or text, "{:x}" hexadecimal.
#pragma once
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace base {

/// One argument, erased to what the formatter can print.
struct FormatArg {
    enum class Kind : std::uint8_t { Unsigned, Signed, Text } kind;
    std::uint64_t number = 0;
    std::string_view text{};

    template <class T>
    static constexpr FormatArg from(const T& value) {
        if constexpr (std::is_convertible_v<T, std::string_view>)
            return {Kind::Text, 0, std::string_view{value}};
        else if constexpr (std::is_enum_v<T>)
            return {Kind::Unsigned, static_cast<std::uint64_t>(value)};
        else if constexpr (requires {
                               { value.value() } -> std::convertible_to<std::uint64_t>;
                           })
            return {Kind::Unsigned, value.value()};
        else if constexpr (std::signed_integral<T>)
            return {Kind::Signed, static_cast<std::uint64_t>(static_cast<std::int64_t>(value))};
        else
            return {Kind::Unsigned, static_cast<std::uint64_t>(value)};
    }
};

/// Declared only: a call that a constant evaluation reaches does not compile, and the compiler
/// prints the argument.
void bad_format(const char* why);

/// Number of "{}" / "{:x}" in a format; ill-formed braces do not compile.
consteval std::size_t count_fields(std::string_view format) {
    std::size_t fields = 0;
    for (std::size_t i = 0; i < format.size(); ++i) {
        if (format[i] == '}') bad_format("'}' without '{'");
        if (format[i] != '{') continue;
        const std::size_t close = format.find('}', i);
        if (close == std::string_view::npos) bad_format("'{' without '}'");
        const std::string_view spec = format.substr(i, close - i + 1);
        if (spec != "{}" && spec != "{:x}") bad_format("only {} and {:x} are known");
        ++fields;
        i = close;
    }
    return fields;
}

/// A format string that has as many fields as there are arguments, or does not compile.
template <class... Args>
struct FormatString {
    std::string_view text;
    template <class S>
        requires std::convertible_to<const S&, std::string_view>
    consteval FormatString(const S& s) : text{s} {  // NOLINT: implicit on purpose, like std::format_string
        if (count_fields(text) != sizeof...(Args)) bad_format("number of fields and arguments differ");
    }
};

/// Writes into `out` and returns what was written; text that does not fit is cut off.
std::string_view format_args(std::span<char> out, std::string_view format, std::span<const FormatArg> args);

template <class... Args>
std::string_view format_to(std::span<char> out, FormatString<std::type_identity_t<Args>...> format,
                           const Args&... args) {
    const FormatArg list[sizeof...(Args) + 1] = {FormatArg::from(args)..., FormatArg{FormatArg::Kind::Text}};
    return format_args(out, format.text, std::span{list, sizeof...(Args)});
}

}  // namespace base

// SPDX-License-Identifier: MIT
// The run-time half of the formatter.
#include "base/format.hpp"

#include <charconv>

namespace base {
namespace {

class Writer {
public:
    explicit Writer(std::span<char> out) : out_{out} {}
    void put(std::string_view text) {
        for (const char c : text) {
            if (used_ == out_.size()) return;
            out_[used_++] = c;
        }
    }
    void put(const FormatArg& arg, int base) {
        if (arg.kind == FormatArg::Kind::Text) return put(arg.text);
        char digits[24];
        const auto signed_value = static_cast<std::int64_t>(arg.number);
        const auto end = arg.kind == FormatArg::Kind::Signed && base == 10
                             ? std::to_chars(digits, digits + sizeof digits, signed_value).ptr
                             : std::to_chars(digits, digits + sizeof digits, arg.number, base).ptr;
        put(std::string_view{digits, static_cast<std::size_t>(end - digits)});
    }
    [[nodiscard]] std::string_view text() const { return {out_.data(), used_}; }

private:
    std::span<char> out_;
    std::size_t used_ = 0;
};

}  // namespace

std::string_view format_args(std::span<char> out, std::string_view format, std::span<const FormatArg> args) {
    Writer writer{out};
    std::size_t next = 0;
    for (std::size_t i = 0; i < format.size(); ++i) {
        if (format[i] != '{') {
            writer.put(std::string_view{&format[i], 1});
            continue;
        }
        // The braces were checked at compile time: a field is "{}" or "{:x}".
        const bool hex = format[i + 1] == ':';
        i += hex ? 3 : 1;
        if (next < args.size()) writer.put(args[next++], hex ? 16 : 10);
    }
    return writer.text();
}

}  // namespace base

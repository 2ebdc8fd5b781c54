// SPDX-License-Identifier: MIT
// Reads both forms of apt's configuration.
#include "tools/debian/sources.hpp"

#include <algorithm>
#include <span>
#include <sstream>

#include "base/result.hpp"
#include "tools/support/file.hpp"

namespace tools::debian {
namespace {

namespace fs = std::filesystem;
using Lines = std::vector<std::string>;

std::vector<std::string> words_of(std::string_view text) {
    std::istringstream stream{std::string{text}};
    std::vector<std::string> words;
    for (std::string word; stream >> word;) words.push_back(word);
    return words;
}

Lines lines_of(std::string_view text) {
    std::istringstream stream{std::string{text}};
    Lines lines;
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
}

/// Value of `Name: value` when the line is that field.
std::optional<std::string> field(const std::string& line, std::string_view name) {
    if (line.size() <= name.size() || line[name.size()] != ':') return std::nullopt;
    const bool same = std::ranges::equal(line.substr(0, name.size()), name, [](char a, char b) {
        return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
    });
    if (!same) return std::nullopt;
    return line.substr(name.size() + 1);
}

/// Lines that begin with a blank belong to the field before them.
bool has_word(const Lines& stanza, std::string_view name, std::string_view word) {
    bool is_inside = false;
    for (const std::string& line : stanza) {
        const auto value = field(line, name);
        is_inside = value || (is_inside && line.starts_with(' '));
        if (is_inside && std::ranges::contains(words_of(value.value_or(line)), word)) return true;
    }
    return false;
}

std::string rewrite_stanza(const Lines& stanza, std::string_view from, std::string_view to,
                           std::string_view kind) {
    // Others name their suites after Debian's releases as well; "main" is Debian's.
    if (!has_word(stanza, "Types", "deb") || !has_word(stanza, "Suites", from) ||
        !has_word(stanza, "Components", "main") || has_word(stanza, "Enabled", "no"))
        return {};
    std::string text = formatted("Types: {}\nSuites: {}\nComponents: main\n", kind, to);
    bool is_replaced = false;
    for (const std::string& line : stanza) {
        const bool goes_on = line.starts_with(' ');
        is_replaced = goes_on ? is_replaced
                              : field(line, "Types") || field(line, "Suites") || field(line, "Components");
        if (!is_replaced) text += line + "\n";
    }
    return text + "\n";
}

/// A file that cannot be read has nothing to say: the next one may.
std::string text_of(const fs::path& path) {
    const auto bytes = read_file(path);
    if (!bytes) return {};
    return {reinterpret_cast<const char*>(bytes->data()), bytes->size()};
}

}  // namespace

std::string rewrite_deb822(std::string_view text, std::string_view from, std::string_view to,
                           std::string_view kind) {
    std::string result;
    Lines stanza;
    const auto finish = [&] {
        result += rewrite_stanza(stanza, from, to, kind);
        stanza.clear();
    };
    for (const std::string& line : lines_of(text)) {
        if (line.starts_with('#')) continue;
        if (words_of(line).empty())
            finish();
        else
            stanza.push_back(line);
    }
    finish();
    return result;
}

std::string rewrite_one_line(std::string_view text, std::string_view from, std::string_view to,
                             std::string_view kind) {
    std::string result;
    for (const std::string& line : lines_of(text)) {
        const std::vector<std::string> words = words_of(line.substr(0, line.find('#')));
        if (words.empty() || words[0] != "deb") continue;
        // Options stand in brackets, with or without blanks inside.
        std::size_t uri = 1;
        if (words.size() > 1 && words[1].starts_with('[')) {
            while (uri < words.size() && !words[uri].ends_with(']')) ++uri;
            ++uri;
        }
        if (uri + 1 >= words.size() || words[uri + 1] != from) continue;
        if (!std::ranges::contains(std::span{words}.subspan(uri + 2), "main")) continue;
        result += kind;
        for (std::size_t i = 1; i <= uri; ++i) result += " " + words[i];
        result += formatted(" {} main\n", to);
    }
    return result;
}

Result<std::vector<SourceFile>> sources_for(const fs::path& folder, std::string_view from,
                                            const std::vector<std::string>& to, std::string_view kind) {
    std::vector<fs::path> paths{folder / "sources.list"};
    std::error_code error;
    for (const auto& entry : fs::directory_iterator{folder / "sources.list.d", error})
        paths.push_back(entry.path());
    std::ranges::sort(paths);
    std::vector<SourceFile> files;
    for (const fs::path& path : paths) {
        std::string text;
        for (const std::string& release : to) {
            if (path.extension() == ".sources") text += rewrite_deb822(text_of(path), from, release, kind);
            if (path.extension() == ".list") text += rewrite_one_line(text_of(path), from, release, kind);
        }
        if (!text.empty()) files.push_back({path.filename(), std::move(text)});
    }
    if (files.empty())
        return problem("apt has no mirror of Debian {} in {}; name a file instead (--kernel, --qemu)", from,
                       folder.string());
    return files;
}

Result<std::string> running_release(const fs::path& os_release) {
    for (const std::string& line : lines_of(text_of(os_release))) {
        constexpr std::string_view key = "VERSION_CODENAME=";
        if (!line.starts_with(key)) continue;
        std::string name = line.substr(key.size());
        std::erase(name, '"');
        if (!name.empty()) return name;
    }
    return problem("{} does not name a Debian release; name a file instead (--kernel, --qemu)",
                   os_release.string());
}

}  // namespace tools::debian

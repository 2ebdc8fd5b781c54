// SPDX-License-Identifier: MIT
#include "tools/test/groups.hpp"

#include <algorithm>
#include <ranges>

namespace tools::test {
namespace {

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(' '), end = text.find_last_not_of(' ');
    return begin == std::string_view::npos ? std::string_view{} : text.substr(begin, end - begin + 1);
}

}  // namespace

Result<Groups> parse_groups(std::string_view text) {
    Groups groups;
    for (const auto part : std::views::split(text, '\n')) {
        const std::string_view line{part.begin(), part.end()};
        if (trimmed(line).empty() || line.starts_with('#')) continue;
        const auto bar = line.find('|');
        const std::string key{trimmed(line.substr(0, bar))};
        const std::string proves{bar == std::string_view::npos ? std::string_view{}
                                                               : trimmed(line.substr(bar + 1))};
        if (key.empty() || proves.empty())
            return problem("groups.txt: '{}' is not 'group | what only it proves'", trimmed(line));
        if (std::ranges::contains(groups, key, &Group::key))
            return problem("groups.txt: {} comes twice", key);
        groups.push_back({key, proves});
    }
    return groups;
}

std::size_t group_of(const Groups& groups, const TestCase& test) {
    const auto takes = [&](const Group& group) {
        return test.has_label(group.key) || test.name.starts_with(group.key);
    };
    return static_cast<std::size_t>(std::ranges::find_if(groups, takes) - groups.begin());
}

std::vector<std::string> disagreements(const Groups& groups, const std::vector<TestCase>& tests) {
    std::vector<std::string> sentences;
    std::vector<bool> has_test(groups.size());
    for (const TestCase& test : tests) {
        const std::size_t group = group_of(groups, test);
        if (group == groups.size())
            sentences.push_back(formatted("test {} belongs to no group of tests/groups.txt", test.name));
        else
            has_test[group] = true;
    }
    for (std::size_t i = 0; i < groups.size(); ++i)
        if (!has_test[i])
            sentences.push_back(formatted("group {} of tests/groups.txt has no test", groups[i].key));
    return sentences;
}

}  // namespace tools::test

// SPDX-License-Identifier: MIT
#include "tools/count/result.hpp"

#include <sstream>
#include <string>

namespace tools::count {
namespace {

bool take(Result& result, std::istringstream& line, const std::string& kind) {
    if (kind == "session") {
        Session s;
        line >> s.cpu >> s.instructions >> s.waiting >> s.string_stores;
        result.sessions.push_back(s);
    } else if (kind == "node") {
        std::size_t id = 0;
        Node node;
        line >> id >> node.parent >> node.function >> node.site >> node.waiting >> node.string_stores;
        if (id != result.nodes.size() || node.parent >= id) return false;
        result.nodes.push_back(node);
    } else if (kind == "count") {
        Count count;
        line >> count.node >> count.address >> count.times;
        if (count.node >= result.nodes.size()) return false;
        result.counts.push_back(count);
    } else if (kind == "guest") {
        line >> result.guest;
    } else if (kind == "all") {
        line >> result.all;
    } else {
        return false;
    }
    return !line.fail();
}

}  // namespace

tools::Result<Result> parse(std::string_view text) {
    Result result;
    result.nodes.resize(call_root + 1);
    std::istringstream lines{std::string{text}};
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words{line};
        std::string kind;
        words >> kind;
        if (kind == "end") return result;
        if (!take(result, words, kind)) return problem("the counter of instructions wrote '{}'", line);
    }
    return problem("the counter of instructions did not finish: QEMU was killed, or cannot load plugins");
}

}  // namespace tools::count

// SPDX-License-Identifier: MIT
// Breadth first from every room: the first way back is the shortest circle through it.
#include "tools/check_layers/circles.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <set>

#include "tools/support/format.hpp"

namespace tools::check_layers {
namespace {

/// room -> room that it includes -> the first include that does.
using Graph = std::map<std::string, std::map<std::string, std::string>>;
using Circle =
    std::vector<std::string>;  ///< rooms in the order of their includes; the last includes the first

Graph rooms_of(std::span<const Source> sources, const Rules& rules) {
    Graph graph;
    for (const Source& source : sources)
        for (const auto& [target, line] : source.includes) {
            const std::string from = rules.room_of(source.path), to = rules.room_of(target);
            if (from != to)
                graph[from].emplace(to, formatted("{}:{}: includes \"{}\"", source.path, line, target));
        }
    return graph;
}

/// The rooms from `begin` to `end` along `came_from`.
Circle way_back(const std::map<std::string, std::string>& came_from, const std::string& begin,
                const std::string& end) {
    Circle way{end};
    while (way.back() != begin) way.push_back(came_from.at(way.back()));
    std::ranges::reverse(way);
    return way;
}

/// Empty when no way leads back to `begin`.
Circle shortest_through(const Graph& graph, const std::string& begin) {
    std::map<std::string, std::string> came_from;
    std::deque<std::string> open{begin};
    while (!open.empty()) {
        const std::string room = open.front();
        open.pop_front();
        const auto edges = graph.find(room);
        if (edges == graph.end()) continue;
        for (const auto& [next, include] : edges->second) {
            if (next == begin) return way_back(came_from, begin, room);
            if (came_from.emplace(next, room).second) open.push_back(next);
        }
    }
    return {};
}

std::string told(const Graph& graph, const Circle& circle) {
    std::string rooms, includes;
    for (std::size_t i = 0; i < circle.size(); ++i) {
        const std::string& next = circle[(i + 1) % circle.size()];
        rooms += circle[i] + " -> ";
        includes += "\n  " + graph.at(circle[i]).at(next);
    }
    return "circle of rooms: " + rooms + circle.front() + includes;
}

}  // namespace

std::vector<std::string> circles(std::span<const Source> sources, const Rules& rules) {
    const Graph graph = rooms_of(sources, rules);
    std::vector<Circle> found;
    for (const auto& [room, edges] : graph) found.push_back(shortest_through(graph, room));
    std::erase_if(found, [](const Circle& circle) { return circle.empty(); });
    std::ranges::stable_sort(found, {}, &Circle::size);

    std::set<std::string> seen;
    std::vector<std::string> texts;
    for (const Circle& circle : found) {
        if (std::ranges::any_of(circle, [&](const std::string& room) { return seen.contains(room); }))
            continue;
        seen.insert(circle.begin(), circle.end());
        texts.push_back(told(graph, circle));
    }
    return texts;
}

}  // namespace tools::check_layers

// SPDX-License-Identifier: MIT
// The flame graph: a row per depth, a box per function as wide as what it and its callees executed.
#include <algorithm>

#include "tools/profile/tree.hpp"

namespace tools::profile {
namespace {

constexpr double width = 1200, row = 18, least_width = 0.4, letter = 6.6;

std::string escaped(std::string_view text) {
    std::string result;
    for (const char c : text) {
        if (c == '<')
            result += "&lt;";
        else if (c == '>')
            result += "&gt;";
        else if (c == '&')
            result += "&amp;";
        else
            result += c;
    }
    return result;
}

std::size_t depth_of(const Frame& frame) {
    std::size_t deepest = 0;
    for (const auto& [name, child] : frame.children) deepest = std::max(deepest, depth_of(child));
    return deepest + 1;
}

/// Warm colours that stay the same for a name, so that two pictures can be compared.
std::string colour(std::string_view name) {
    unsigned hash = 5381;
    for (const char c : name) hash = hash * 33 + static_cast<unsigned char>(c);
    return formatted("rgb({},{},{})", 205 + hash % 50, 90 + hash / 50 % 110, hash / 5500 % 60);
}

struct Picture {
    std::string svg;
    double total, height;

    void draw(const Frame& frame, double x, std::size_t depth) {
        const double w = static_cast<double>(frame.total) / total * width;
        if (w < least_width) return;
        const double y = height - static_cast<double>(depth + 1) * row;
        svg += formatted("<g><title>{}: {} ({:.1f} %), itself {}</title>", escaped(frame.name), frame.total,
                         100 * static_cast<double>(frame.total) / total, frame.self);
        svg += formatted(
            "<rect x=\"{:.1f}\" y=\"{:.0f}\" width=\"{:.1f}\" height=\"{:.0f}\" fill=\"{}\" rx=\"2\"/>", x, y,
            std::max(w - 0.5, 0.3), row - 1, colour(frame.name));
        const auto room = static_cast<std::size_t>(std::max(0.0, (w - 6) / letter));
        if (room >= 3)
            svg += formatted(
                "<text x=\"{:.1f}\" y=\"{:.0f}\">{}</text>", x + 3, y + 12.5,
                escaped(frame.name.size() <= room ? frame.name : frame.name.substr(0, room - 2) + ".."));
        svg += "</g>\n";
        for (const auto& [name, child] : frame.children) {
            draw(child, x, depth + 1);
            x += static_cast<double>(child.total) / total * width;
        }
    }
};

}  // namespace

std::string flame_graph(const Frame& tree, std::string_view title) {
    const double height = static_cast<double>(depth_of(tree)) * row + 40;
    Picture picture{{}, static_cast<double>(std::max<std::uint64_t>(tree.total, 1)), height - 6};
    picture.draw(tree, 0, 0);
    return formatted(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" "
        "font-family=\"monospace\" font-size=\"11\">\n<rect width=\"{0}\" height=\"{1}\" fill=\"white\"/>\n"
        "<text x=\"{2}\" y=\"18\" text-anchor=\"middle\" font-size=\"14\">{3}</text>\n{4}</svg>\n",
        width, height, width / 2, escaped(title), picture.svg);
}

}  // namespace tools::profile

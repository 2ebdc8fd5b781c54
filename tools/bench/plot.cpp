// SPDX-License-Identifier: MIT
// The results as a picture: bars for the calls, a line for the boot over the number of vCPUs.
#include <algorithm>
#include <cmath>

#include "tools/bench/table.hpp"

namespace tools::bench {
namespace {

constexpr int width = 760, bar_left = 300, bar_right = 680, bar_height = 22;
constexpr int curve_left = 90, curve_right = 700, curve_height = 220;

std::string text(double x, double y, std::string_view anchor, std::string_view words) {
    return formatted("<text x=\"{:.0f}\" y=\"{:.0f}\" text-anchor=\"{}\">{}</text>\n", x, y, anchor, words);
}

bool is_bar(const Measured& m) {
    return m.name.starts_with("call.") && !m.name.ends_with(".zeroing") && !m.name.ends_with("cpus");
}

std::string bars(const Results& results, int& y) {
    std::uint64_t most = 1;
    for (const Measured& m : results)
        if (is_bar(m)) most = std::max(most, m.value);
    std::string svg = text(20, y, "start", "Instructions at VMPL0 per call or list entry, zeroing left out");
    y += 12;
    for (const Measured& m : results) {
        if (!is_bar(m)) continue;
        const double length =
            static_cast<double>(m.value) * (bar_right - bar_left) / static_cast<double>(most);
        svg += text(bar_left - 8, y + 15, "end", m.name);
        svg += formatted("<rect x=\"{}\" y=\"{}\" width=\"{:.1f}\" height=\"{}\" fill=\"#3b6ea5\"/>\n",
                         bar_left, y + 2, length, bar_height - 6);
        svg += text(bar_left + length + 6, y + 15, "start", formatted("{}", m.value));
        y += bar_height;
    }
    return svg;
}

/// vCPUs on a logarithmic axis, because they double.
std::string curve(const std::vector<Sample>& samples, int& y) {
    std::uint64_t most = 1;
    unsigned most_cpus = 2;
    for (const Sample& s : samples) {
        most = std::max(most, s.boot.instructions);
        most_cpus = std::max(most_cpus, s.cpus);
    }
    const int bottom = y + 20 + curve_height;
    std::string svg = text(20, y, "start",
                           "Instructions of the boot over the number of vCPUs, zeroing and waiting left out");
    svg += formatted("<path d=\"M{0} {1}V{2}H{3}\" fill=\"none\" stroke=\"#888\"/>\n", curve_left, y + 20,
                     bottom, curve_right);
    std::string points;
    for (const Sample& s : samples) {
        const double x =
            curve_left + 20 + std::log2(s.cpus) / std::log2(most_cpus) * (curve_right - curve_left - 60);
        const double at = bottom - static_cast<double>(s.boot.instructions) / static_cast<double>(most) *
                                       (curve_height - 20);
        points += formatted("{:.1f},{:.1f} ", x, at);
        svg += formatted("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3.5\" fill=\"#b5482f\"/>\n", x, at);
        svg += text(x, at - 8, "middle", formatted("{}", s.boot.instructions));
        svg += text(x, bottom + 16, "middle", formatted("{}", s.cpus));
    }
    y = bottom + 36;
    return svg +
           formatted("<polyline points=\"{}\" fill=\"none\" stroke=\"#b5482f\" stroke-width=\"1.5\"/>\n",
                     points);
}

}  // namespace

std::string plot(const Results& results, const std::vector<Sample>& samples) {
    int y = 28;
    std::string body = bars(results, y);
    y += 30;
    body += curve(samples, y);
    return formatted(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" "
        "font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"{0}\" height=\"{1}\" "
        "fill=\"white\"/>\n{2}</svg>\n",
        width, y, body);
}

}  // namespace tools::bench

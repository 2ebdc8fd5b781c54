// SPDX-License-Identifier: MIT
// The trace as a picture. One rectangle may stand for many slices that are too narrow to be seen.
#include <algorithm>
#include <array>
#include <cmath>

#include "tools/support/terminal.hpp"
#include "tools/trace/output.hpp"
#include "tools/trace/steps.hpp"

namespace tools::trace {
namespace {

constexpr double width = 1000, left = 76, right = 24, plot = width - left - right;
constexpr double top = 66, lane_height = 74, bar = 34, row_height = 17;
constexpr double narrow = 0.5;  // pixels

constexpr std::array<std::string_view, 4> vmpl_colours{"#d9622b", "#2f6fbd", "#2c9a6b", "#8457b5"};
constexpr std::string_view host_colour = "#b4bac4", run_colour = "#20242a", sleep_colour = "#e4e7eb";

/// Text of other people's programs, safe inside XML.
std::string escaped(std::string_view text) {
    std::string safe;
    for (const char c : printable(text)) switch (c) {
            case '&': safe += "&amp;"; break;
            case '<': safe += "&lt;"; break;
            case '>': safe += "&gt;"; break;
            case '"': safe += "&quot;"; break;
            default:
                safe +=
                    static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e ? '?' : c;
        }
    return safe;
}

std::string duration(double ns) {
    if (ns < 1e3) return formatted("{:.0f} ns", ns);
    if (ns < 1e6) return formatted("{:.4g} us", ns / 1e3);
    if (ns < 1e9) return formatted("{:.4g} ms", ns / 1e6);
    return formatted("{:.4g} s", ns / 1e9);
}

/// Rectangles of one row of one lane; neighbours that cannot be told apart become one.
class Row {
public:
    Row(double y, double height) : y_{y}, height_{height} {}
    /// `label` bounds the name inside; 0 shows none.
    void add(double begin, double end, std::string_view colour, const std::string& name, double label = 0) {
        if (has_ && colour == colour_ && begin - end_ < narrow &&
            (end - begin < narrow || end_ - begin_ < narrow)) {
            end_ = std::max(end_, end);
            covered_ += end - begin;
            ++merged_;
            return;
        }
        flush();
        has_ = true, begin_ = begin, end_ = end, colour_ = colour, name_ = name, label_ = label, merged_ = 1,
        covered_ = end - begin;
    }
    std::string take() {
        flush();
        return std::move(text_);
    }

private:
    void flush() {
        if (!has_) return;
        const std::string title = merged_ == 1 ? name_ : formatted("{} slices", merged_);
        const double w = std::max(end_ - begin_, 0.3);
        // Many slices with gaps between them are as pale as the share of time that they fill.
        const double share = merged_ == 1 ? 1 : std::clamp(covered_ / w, 0.15, 1.0);
        text_ += formatted(
            "<rect x=\"{:.2f}\" y=\"{:.1f}\" width=\"{:.2f}\" height=\"{:.1f}\" "
            "fill=\"{}\"{}><title>{}</title></rect>\n",
            begin_, y_, w, height_, colour_, share < 0.99 ? formatted(" fill-opacity=\"{:.2f}\"", share) : "",
            escaped(title));
        if (merged_ == 1 && label_ - begin_ > 7.2 * static_cast<double>(name_.size()) + 8)
            text_ += formatted("<text x=\"{:.1f}\" y=\"{:.1f}\" fill=\"#fff\">{}</text>\n", begin_ + 5,
                               y_ + height_ / 2 + 4, escaped(name_));
        has_ = false;
    }
    double y_, height_, begin_ = 0, end_ = 0, label_ = 0, covered_ = 0;
    bool has_ = false;
    std::string_view colour_;
    std::string name_, text_;
    std::size_t merged_ = 0;
};

class Picture {
public:
    Picture(const Trace& trace, const Filter& filter)
        : trace_{trace},
          filter_{filter},
          timeline_{build_timeline(trace)},
          steps_{choose_steps(trace, timeline_, filter)},
          from_{std::clamp(filter.from, trace.begin, trace.end)},
          to_{std::clamp(filter.to, trace.begin, trace.end)} {
        // The first and the last moment are worth seeing too.
        const std::uint64_t margin = (to_ - from_) / 50;
        from_ -= std::min(margin, from_ - trace.begin);
        to_ += std::min(margin, trace.end - to_);
        for (std::uint32_t cpu = 0; cpu < trace.cpu_count; ++cpu)
            if (filter.shows_cpu(cpu)) cpus_.push_back(cpu);
    }

    std::string draw() {
        const double lanes_end = top + lane_height * static_cast<double>(cpus_.size());
        const double height = lanes_end + 34 + row_height * static_cast<double>(steps_.size()) + 10;
        std::string text = formatted(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {:.0f} {:.0f}\" "
            "font-family=\"sans-serif\" "
            "font-size=\"12\">\n<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" "
            "markerWidth=\"7\" "
            "markerHeight=\"7\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" fill=\"#111\"/></marker></defs>\n"
            "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
            width, height);
        text += legend() + axis(lanes_end);
        for (std::size_t i = 0; i < cpus_.size(); ++i) text += lane(i);
        return text + flows() + numbers() + list(lanes_end + 40) + "</svg>\n";
    }

private:
    [[nodiscard]] double x(std::uint64_t time) const {
        const double span = to_ > from_ ? static_cast<double>(to_ - from_) : 1;
        const double at = time <= from_ ? 0 : static_cast<double>(std::min(time, to_) - from_);
        return left + plot * at / span;
    }
    [[nodiscard]] double y(std::size_t lane) const {
        return top + lane_height * static_cast<double>(lane) + 24;
    }
    [[nodiscard]] std::optional<std::size_t> lane_of(std::uint32_t cpu) const {
        const auto found = std::ranges::find(cpus_, cpu);
        if (found == cpus_.end()) return std::nullopt;
        return static_cast<std::size_t>(found - cpus_.begin());
    }

    [[nodiscard]] std::string legend() const {
        std::array<bool, 4> seen{};
        for (const Slice& s : timeline_.slices)
            if (s.type == Slice::Type::World && s.end >= from_ && s.begin <= to_) seen[s.vmpl & 3] = true;
        std::string text;
        double at = left;
        const auto entry = [&](std::string_view colour, std::string_view name) {
            text += formatted(
                "<rect x=\"{:.0f}\" y=\"12\" width=\"14\" height=\"12\" fill=\"{}\"/><text x=\"{:.0f}\" "
                "y=\"22\">{}</text>\n",
                at, colour, at + 19, name);
            at += 36 + 6.6 * static_cast<double>(name.size());
        };
        for (std::size_t v = 0; v < seen.size(); ++v)
            if (seen[v]) entry(vmpl_colours[v], formatted("VMPL{}", v));
        entry(host_colour, "hypervisor at work");
        entry(run_colour, "instructions of the guest execute");
        entry(sleep_colour, "asleep");
        return text;
    }

    [[nodiscard]] std::string axis(double bottom) const {
        const double span = trace_.ns(to_) - trace_.ns(from_);
        std::string text =
            formatted("<text x=\"{:.0f}\" y=\"42\" fill=\"#555\">{} from {} after the launch{}</text>\n",
                      left, duration(span), duration(trace_.ns(from_)),
                      trace_.ticks_are_instructions ? "; one instruction is one nanosecond" : "");
        double step = std::pow(10, std::floor(std::log10(std::max(span, 1.0) / 5)));
        while (span / step > 10) step *= step * 2 * 5 > span ? 2 : 2.5;
        for (double at = 0; at <= span; at += step) {
            const double position = left + plot * at / std::max(span, 1.0);
            text += formatted(
                "<path d=\"M{:.1f} {:.0f}V{:.0f}\" stroke=\"#e3e6ea\"/><text x=\"{:.1f}\" y=\"{:.0f}\" "
                "text-anchor=\"middle\" fill=\"#777\" font-size=\"10\">{}</text>\n",
                position, top, bottom, position, bottom + 12, duration(at));
        }
        return text;
    }

    /// When the first World inside this one begins, which would hide a name.
    [[nodiscard]] std::uint64_t first_inside(std::size_t index) const {
        const Slice& outer = timeline_.slices[index];
        for (std::size_t i = index + 1; i < timeline_.slices.size(); ++i) {
            const Slice& s = timeline_.slices[i];
            if (s.begin > outer.end) break;
            if (s.cpu == outer.cpu && s.type == Slice::Type::World && s.end >= from_) return s.begin;
        }
        return outer.end;
    }

    [[nodiscard]] std::string lane(std::size_t index) const {
        const double base = y(index);
        Row world{base, bar}, inner{base + 6, bar - 12}, host{base + bar, 7}, run{base + bar + 7, 6},
            sleep{base + 12, 10};
        for (std::size_t i = 0; i < timeline_.slices.size(); ++i) {
            const Slice& s = timeline_.slices[i];
            if (s.cpu != cpus_[index] || s.end < from_ || s.begin > to_) continue;
            if (!filter_.vmpls.empty() && !filter_.vmpls.contains(s.vmpl)) continue;
            const double begin = x(s.begin), end = x(s.end);
            switch (s.type) {
                case Slice::Type::World:
                    (s.depth == 0 ? world : inner)
                        .add(begin, end, vmpl_colours[s.vmpl & 3], s.name, std::min(end, x(first_inside(i))));
                    break;
                case Slice::Type::Host: host.add(begin, end, host_colour, s.name); break;
                case Slice::Type::Run: run.add(begin, end, run_colour, s.name); break;
                case Slice::Type::Sleep: sleep.add(begin, end, sleep_colour, s.name); break;
            }
        }
        return formatted("<text x=\"14\" y=\"{:.0f}\" font-weight=\"bold\">vCPU {}</text>\n", base + 21,
                         cpus_[index]) +
               world.take() + inner.take() + host.take() + run.take() + sleep.take();
    }

    [[nodiscard]] std::string flows() const {
        std::string text;
        for (const Flow& f : timeline_.flows) {
            const auto a = lane_of(f.from_cpu), b = lane_of(f.to_cpu);
            if (f.type != Flow::Type::ApStart || !a || !b || a == b || f.from < from_ || f.to > to_) continue;
            const double y1 = y(*a) + (*b > *a ? bar : 0), y2 = y(*b) + (*b > *a ? 0 : bar);
            text += formatted(
                "<path d=\"M{:.1f} {:.1f}C{:.1f} {:.1f} {:.1f} {:.1f} {:.1f} {:.1f}\" fill=\"none\" "
                "stroke=\"#111\" stroke-width=\"1.4\" marker-end=\"url(#tip)\"><title>{}</title></path>\n",
                x(f.from), y1, x(f.from), (y1 + y2) / 2, x(f.to), (y1 + y2) / 2, x(f.to), y2,
                escaped(f.name));
        }
        return text;
    }

    /// A number above the lane for every step; where they crowd, they move right and keep a line
    /// to their time.
    [[nodiscard]] std::string numbers() const {
        std::string text;
        std::vector<double> next(cpus_.size(), 0);
        for (std::size_t i = 0; i < steps_.size(); ++i) {
            const auto lane = lane_of(steps_[i].cpu);
            if (!lane) continue;
            const double at = x(steps_[i].time), shown = std::max(at, next[*lane]), base = y(*lane);
            if (shown > left + plot + 12) continue;  // no room; the list still has it
            next[*lane] = shown + 15;
            text += formatted(
                "<path d=\"M{:.1f} {:.1f}L{:.1f} {:.1f}\" stroke=\"#555\" stroke-width=\"0.7\"/>"
                "<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\" font-size=\"10\">{}</text>\n",
                at, base, shown, base - 7, shown, base - 9, i + 1);
        }
        return text;
    }

    [[nodiscard]] std::string list(double at) const {
        std::string text;
        for (std::size_t i = 0; i < steps_.size(); ++i) {
            const Step& step = steps_[i];
            const double line = at + row_height * static_cast<double>(i);
            text += formatted(
                "<text x=\"{:.0f}\" y=\"{:.0f}\" text-anchor=\"end\" font-weight=\"bold\">{}</text>"
                "<text x=\"{:.0f}\" y=\"{:.0f}\" fill=\"#777\">+{}</text>"
                "<text x=\"{:.0f}\" y=\"{:.0f}\" fill=\"{}\">vCPU {}</text>"
                "<text class=\"step\" x=\"{:.0f}\" y=\"{:.0f}\">{}</text>\n",
                left - 48, line, i + 1, left - 40, line, duration(trace_.ns(step.time) - trace_.ns(from_)),
                left + 36, line, vmpl_colours[step.vmpl & 3], step.cpu, left + 88, line, escaped(step.title));
            if (!step.details.empty())
                text +=
                    formatted("<text x=\"{:.0f}\" y=\"{:.0f}\" fill=\"#888\" font-size=\"11\">{}</text>\n",
                              left + 400, line, escaped(step.details));
        }
        return text;
    }

    const Trace& trace_;
    const Filter& filter_;
    Timeline timeline_;
    std::vector<Step> steps_;
    std::uint64_t from_, to_;
    std::vector<std::uint32_t> cpus_;
};

}  // namespace

std::string to_svg(const Trace& trace, const Filter& filter) { return Picture{trace, filter}.draw(); }

}  // namespace tools::trace

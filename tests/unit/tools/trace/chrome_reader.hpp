// SPDX-License-Identifier: MIT
// A strict reader of the Trace Event Format: every viewer shows what it accepts.
#pragma once
#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

namespace tests {

struct ChromeTrace {
    std::set<unsigned> lanes;               ///< with a name
    std::set<unsigned> busy;                ///< with at least one slice
    std::map<std::string, unsigned> flows;  ///< complete ones, by name
    unsigned slices = 0, deepest = 0;
    std::vector<std::string> problems;
};

/// Checks syntax, fields, order of time in every lane, nesting of B and E by name, and that every flow has
/// one begin and one end, both inside a slice.
class ChromeReader {
public:
    static ChromeTrace read(const std::string& text) {
        ChromeReader reader;
        const auto json = nlohmann::json::parse(text, nullptr, false);
        if (json.is_discarded() || !json.is_object() || !json.contains("traceEvents") ||
            !json["traceEvents"].is_array()) {
            reader.out_.problems.emplace_back("not JSON with an array traceEvents");
            return reader.out_;
        }
        for (const auto& event : json["traceEvents"]) reader.take(event);
        reader.finish();
        return reader.out_;
    }

private:
    struct Open {
        double begin, end;
    };
    struct Flow {
        std::string name;
        unsigned from_lane, to_lane;
        double from = -1, to = -1;
    };

    void wrong(const std::string& what, const nlohmann::json& event) {
        if (out_.problems.size() < 20) out_.problems.push_back(what + ": " + event.dump());
    }

    void take(const nlohmann::json& e) {
        if (!e.is_object() || !e.contains("ph") || !e["ph"].is_string() || !e.contains("name") ||
            !e["name"].is_string() || !e.contains("pid"))
            return wrong("an event without ph, name or pid", e);
        const std::string phase = e["ph"];
        if (phase == "M") {
            if (e["name"] == "thread_name") out_.lanes.insert(e.at("tid").get<unsigned>());
            return;
        }
        if (!e.contains("ts") || !e["ts"].is_number() || e["ts"] < 0 || !e.contains("tid"))
            return wrong("an event without ts or tid", e);
        const double time = e["ts"];
        const unsigned lane = e["tid"];
        if (!out_.lanes.contains(lane)) wrong("an event on a lane without a name", e);
        if (phase == "B" || phase == "E") return edge(e, phase == "B", lane, time);
        if (phase == "i") {
            const std::string scope = e.value("s", "");
            if (scope != "t" && scope != "p" && scope != "g") wrong("a moment without a scope", e);
            return;
        }
        if (phase == "s" || phase == "f") return flow(e, phase == "s", lane, time);
        wrong("an unknown phase", e);
    }

    void edge(const nlohmann::json& e, bool begins, unsigned lane, double time) {
        if (time < last_[lane]) wrong("time runs backwards", e);
        last_[lane] = time;
        auto& stack = stacks_[lane];
        if (begins) {
            stack.emplace_back(e["name"], time);
            out_.busy.insert(lane);
            ++out_.slices;
            out_.deepest = std::max(out_.deepest, static_cast<unsigned>(stack.size()));
            return;
        }
        if (stack.empty() || stack.back().first != e["name"].get<std::string>())
            return wrong("an end without its begin", e);
        spans_[lane].push_back({stack.back().second, time});
        stack.pop_back();
    }

    void flow(const nlohmann::json& e, bool begins, unsigned lane, double time) {
        if (!e.contains("id")) return wrong("a flow without an id", e);
        Flow& flow = flows_[e["id"].dump()];
        (begins ? flow.from_lane : flow.to_lane) = lane;
        double& at = begins ? flow.from : flow.to;
        if (at >= 0) wrong("a flow with two ends of one kind", e);
        at = time;
        if (!begins && e.value("bp", "") != "e")
            wrong("the end of a flow must bind to the slice around it", e);
        flow.name = e["name"];
    }

    bool is_inside(unsigned lane, double time) const {
        const auto found = spans_.find(lane);
        if (found == spans_.end()) return false;
        for (const Open& span : found->second)
            if (span.begin <= time && time <= span.end) return true;
        return false;
    }

    void finish() {
        for (const auto& [lane, stack] : stacks_)
            if (!stack.empty())
                out_.problems.push_back("lane " + std::to_string(lane) + " ends inside a slice");
        // Only the outermost slices matter, and there are few of those; keep them alone.
        for (auto& [lane, spans] : spans_) {
            std::vector<Open> outer;
            for (auto i = spans.rbegin(); i != spans.rend(); ++i)
                if (outer.empty() || i->end <= outer.back().begin || i->begin < outer.back().begin)
                    outer.push_back(*i);
            spans = outer;
        }
        for (const auto& [id, flow] : flows_) {
            if (flow.from < 0 || flow.to < 0 || flow.to < flow.from)
                out_.problems.push_back("flow " + id + " has no begin, no end, or ends before it begins");
            else if (!is_inside(flow.from_lane, flow.from) || !is_inside(flow.to_lane, flow.to))
                out_.problems.push_back("flow " + id + " begins or ends outside every slice");
            else
                ++out_.flows[flow.name];
        }
    }

    ChromeTrace out_;
    std::map<unsigned, double> last_;
    std::map<unsigned, std::vector<std::pair<std::string, double>>> stacks_;
    std::map<unsigned, std::vector<Open>> spans_;
    std::map<std::string, Flow> flows_;
};

}  // namespace tests

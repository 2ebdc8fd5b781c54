// SPDX-License-Identifier: MIT
#include "tools/profile/source_names.hpp"

#include <fcntl.h>

#include <algorithm>
#include <chrono>
#include <sstream>
#include <thread>

#include "base/result.hpp"
#include "tools/count/subject.hpp"
#include "tools/elf/symbolizer.hpp"
#include "tools/support/child.hpp"
#include "tools/support/command.hpp"

namespace tools::profile {
namespace {

Bytes bytes_of(std::string_view text) { return std::as_bytes(std::span{text}); }

/// Runs llvm-symbolizer on `input`; empty when there is none.
Result<std::string> symbolize(const std::filesystem::path& program, std::string_view input) {
    auto tool = find_on_path("llvm-symbolizer-19");
    if (!tool) tool = find_on_path("llvm-symbolizer");
    if (!tool) return std::string{};
    const Descriptor questions = TRY(anonymous_file("adyton-addresses", bytes_of(input)));
    const Descriptor answers = TRY(anonymous_file("adyton-names", {}));
    const Descriptor in{::open(formatted("/proc/self/fd/{}", questions.get()).c_str(), O_RDONLY | O_CLOEXEC)};
    const Descriptor nothing{::open("/dev/null", O_RDWR | O_CLOEXEC)};
    Child child = TRY(Child::start(
        *tool, {"--obj=" + program.string(), "--inlines", "--functions=linkage", "--no-demangle"},
        {{in.get(), 0}, {answers.get(), 1}, {nothing.get(), 2}}));
    while (!child.poll()) std::this_thread::sleep_for(std::chrono::milliseconds{5});
    const Buffer text = TRY(read_file(formatted("/proc/self/fd/{}", answers.get())));
    return std::string{reinterpret_cast<const char*>(text.data()), text.size()};
}

}  // namespace

std::vector<std::vector<std::string>> parse_symbolizer(std::string_view text) {
    std::vector<std::vector<std::string>> blocks;
    std::vector<std::string> block;
    std::istringstream lines{std::string{text}};
    for (std::string name, place; std::getline(lines, name);) {
        if (name.empty()) {
            std::ranges::reverse(block);
            blocks.push_back(std::exchange(block, {}));
            continue;
        }
        std::getline(lines, place);
        block.push_back(elf::without_parameters(name));
    }
    return blocks;
}

Result<SourceNames> SourceNames::look_up(const std::filesystem::path& program,
                                         const std::vector<elf::Symbol>& symbols,
                                         const std::set<std::uint64_t>& addresses) {
    std::string input;
    for (const std::uint64_t address : addresses) input += formatted("{:#x}\n", address);
    auto blocks = parse_symbolizer(TRY(symbolize(program, input)));
    blocks.resize(addresses.size());
    SourceNames result;
    std::size_t i = 0;
    for (const std::uint64_t address : addresses) {
        auto& names = blocks[i++];
        if (names.empty() || names.front() == "??") names = {count::function_name(symbols, address)};
        result.names_[address] = std::move(names);
    }
    return result;
}

const std::vector<std::string>& SourceNames::at(std::uint64_t address) const {
    static const std::vector<std::string> unknown{"?"};
    const auto found = names_.find(address);
    return found == names_.end() || found->second.empty() ? unknown : found->second;
}

}  // namespace tools::profile

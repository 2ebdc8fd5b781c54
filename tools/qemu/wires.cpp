// SPDX-License-Identifier: MIT
#include "tools/qemu/wires.hpp"

#include <unistd.h>

#include "base/result.hpp"
#include "tools/qemu/arguments.hpp"

namespace tools::qemu {
namespace {

/// The two files of a payload: those of the machine, or a kernel and its initrd.
struct Contents {
    Bytes image, disk;
};
Contents contents_of(const Spec& spec) {
    if (const auto* const plain = std::get_if<PlainLinux>(&spec.boots)) return {plain->kernel, plain->initrd};
    return {std::get<SnpMachine>(spec.boots).image, spec.disk};
}

Stream::Kind console_kind(const Spec& spec) {
    return spec.console == Console::Dialogue ? Stream::Kind::Socket : Stream::Kind::Pipe;
}

}  // namespace

Result<Wires::Files> Wires::Files::make(const Spec& spec) {
    const Contents contents = contents_of(spec);
    Files files;
    files.image = TRY(anonymous_file("adyton-image", contents.image));
    files.disk = TRY(anonymous_file("adyton-disk", contents.disk));
    if (const auto* const machine = std::get_if<SnpMachine>(&spec.boots))
        for (const ConfigFile& file : machine->config)
            files.config.push_back(TRY(anonymous_file("adyton-config", file.contents)));
    if (const auto* const plain = std::get_if<PlainLinux>(&spec.boots); plain != nullptr && !plain->firmware.empty())
        files.config.push_back(TRY(anonymous_file("adyton-firmware", plain->firmware)));
    if (!spec.count) return files;
    files.functions =
        TRY(anonymous_file("adyton-functions", std::as_bytes(std::span{spec.count->functions})));
    files.counts = TRY(anonymous_file("adyton-counts", {}));
    return files;
}

Wires::Wires(std::array<Stream, 4> streams, Monitor monitor, Files files, const Spec& spec)
    : console_{std::move(streams[0])},
      machine_{std::move(streams[1])},
      errors_{std::move(streams[2])},
      monitor_out_{std::move(streams[3])},
      monitor_{std::move(monitor)},
      files_{std::move(files)},
      memory_{spec.memory_file},
      out_disk_{spec.out_disk} {}

Result<Wires> Wires::make(const Spec& spec, Hearing& hearing) {
    Files files = TRY(Files::make(spec));
    const auto stream = [&hearing](void (Hearing::*hear)(std::string_view),
                                   Stream::Kind kind = Stream::Kind::Pipe) {
        return Stream::make([&hearing, hear](std::string_view chunk) { (hearing.*hear)(chunk); }, kind);
    };
    Wires wires{{TRY(stream(&Hearing::hear_console, console_kind(spec))), TRY(stream(&Hearing::hear_machine)),
                 TRY(stream(&Hearing::hear_errors)), TRY(stream(&Hearing::hear_monitor))},
                TRY(Monitor::make()),
                std::move(files),
                spec};
    if (spec.debugger) wires.proxy_.emplace(TRY(debug::Proxy::make(spec.debugger->port)));
    return wires;
}

Child::Descriptors Wires::descriptors() const {
    Child::Descriptors list{{monitor_.other_end(), STDIN_FILENO}, {monitor_out_.other_end(), STDOUT_FILENO},
                            {errors_.other_end(), STDERR_FILENO}, {console_.other_end(), Fds::console},
                            {machine_.other_end(), Fds::machine}, {files_.image.get(), Fds::image},
                            {files_.disk.get(), Fds::disk}};
    if (files_.counts.is_open()) {
        list.emplace_back(files_.counts.get(), Fds::counts);
        list.emplace_back(files_.functions.get(), Fds::functions);
    }
    for (std::size_t i = 0; i < files_.config.size(); ++i)
        list.emplace_back(files_.config[i].get(), Fds::config + static_cast<int>(i));
    if (proxy_) list.emplace_back(proxy_->qemu_end(), Fds::gdb);
    if (memory_) list.emplace_back(*memory_, Fds::memory);
    if (out_disk_) list.emplace_back(*out_disk_, Fds::out_disk);
    return list;
}

void Wires::close_other_ends() {
    monitor_.close_other_end();
    for (Stream* const stream : streams()) stream->close_other_end();
}

void Wires::start_debugger(const Spec& spec, const Watch& watch) {
    const auto* const machine = std::get_if<SnpMachine>(&spec.boots);
    if (!proxy_ || machine == nullptr) return;
    proxy_->start(spec.debugger->first_instruction, machine->c_bit,
                  [port = proxy_->port(), tell = watch.on_debugger] { tell(port); });
}

std::string Wires::counts() const {
    if (!files_.counts.is_open()) return {};
    const auto bytes = read_file(formatted("/proc/self/fd/{}", files_.counts.get()));
    return bytes ? std::string{reinterpret_cast<const char*>(bytes->data()), bytes->size()} : "";
}

}  // namespace tools::qemu

// SPDX-License-Identifier: MIT
// From the rings in memory to the sections of a file.
#include "tools/run/trace_capture.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "abi/adyton/limits.hpp"
#include "abi/adyton/trace.hpp"
#include "base/bytes.hpp"
#include "base/result.hpp"

namespace tools::run {
namespace {

using namespace abi::adyton::trace;

template <class T>
void append(Buffer& to, const T& value) {
    const auto bytes = std::as_bytes(std::span{&value, 1});
    to.insert(to.end(), bytes.begin(), bytes.end());
}

void append_text(Buffer& to, SectionType type, const std::string& text) {
    append(to, Section{static_cast<std::uint32_t>(type), 0, text.size(), 0});
    const auto bytes = std::as_bytes(std::span{text});
    to.insert(to.end(), bytes.begin(), bytes.end());
}

/// One ring, unrolled: the oldest record that is left comes first.
void append_ring(Buffer& to, Bytes ring, std::uint64_t capacity, std::uint32_t cpu) {
    const std::uint64_t written = load<RingHeader>(ring, 0)->written;
    const std::uint64_t kept = std::min(written, capacity), lost = written - kept;
    const Bytes records = ring.subspan(sizeof(RingHeader), capacity * sizeof(Record));
    append(to, Section{static_cast<std::uint32_t>(SectionType::Records), cpu, kept * sizeof(Record), lost});
    const std::uint64_t oldest = lost == 0 ? 0 : written % capacity * sizeof(Record);
    const Bytes used = records.first(kept * sizeof(Record));
    to.insert(to.end(), used.begin() + static_cast<std::ptrdiff_t>(oldest), used.end());
    to.insert(to.end(), used.begin(), used.begin() + static_cast<std::ptrdiff_t>(oldest));
}

/// The part of QEMU's memory with the records, mapped for reading.
class Mapping {
public:
    Mapping(int fd, std::uint64_t address, std::uint64_t bytes) : bytes_{bytes} {
        void* const at = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, fd, static_cast<off_t>(address));
        if (at != MAP_FAILED) at_ = static_cast<const std::byte*>(at);
    }
    ~Mapping() {
        if (at_ != nullptr) ::munmap(const_cast<std::byte*>(at_), bytes_);
    }
    Mapping(const Mapping&) = delete;
    Mapping& operator=(const Mapping&) = delete;
    [[nodiscard]] Bytes bytes() const { return {at_, at_ == nullptr ? 0 : bytes_}; }

private:
    const std::byte* at_ = nullptr;
    std::uint64_t bytes_;
};

}  // namespace

Result<TraceCapture> TraceCapture::make(const std::string& name, std::uint64_t memory_bytes) {
    Output output = TRY(Output::to(name));
    if (output.is_stdout())
        return problem(
            "--trace {} would mix the records with the guest's console; name a file, a FIFO or /dev/fd/N",
            name);
    Descriptor memory{::memfd_create("adyton-memory", MFD_CLOEXEC)};
    if (!memory.is_open() || ::ftruncate(memory.get(), static_cast<off_t>(memory_bytes)) != 0)
        return problem("cannot make {} MiB of memory for the machine: {}", memory_bytes >> 20,
                       std::strerror(errno));
    return TraceCapture{std::move(output), std::move(memory), memory_bytes};
}

Result<Buffer> trace_file_of(Bytes area, const qemu::Counters& counters, const TraceFacts& facts) {
    const auto header = load<Header>(area, 0);
    if (!header || header->magic != magic || header->record_bytes != sizeof(Record) ||
        header->cpu_count == 0 || header->cpu_count > abi::adyton::max_vcpus ||
        area.size() < least_area_bytes)
        return problem("the machine left no usable trace in its memory");
    Buffer file;
    append(file, *header);
    for (std::uint32_t cpu = 0; cpu < header->cpu_count; ++cpu)
        append_ring(file,
                    area.subspan(ring_offset(area.size(), header->cpu_count, cpu),
                                 ring_bytes(area.size(), header->cpu_count)),
                    ring_capacity(area.size(), header->cpu_count), cpu);
    std::string text;
    for (const auto& [name, value] : counters) text += formatted("{} {}\n", name, value);
    append_text(file, SectionType::Counters, text);
    text.clear();
    for (const auto& [name, value] : facts) text += formatted("{} {}\n", name, value);
    append_text(file, SectionType::Facts, text);
    return file;
}

Result<void> TraceCapture::save(const qemu::MachineChannel& channel, const TraceFacts& facts) const {
    const auto place = channel.place("trace");
    if (!place) return problem("no trace was written: the machine ended before it began to record");
    if (place->address % 4096 != 0 || place->address > bytes_ || place->bytes > bytes_ - place->address ||
        place->bytes > most_area_bytes)
        return problem("no trace was written: the machine names a place outside its memory");
    const Mapping area{memory_.get(), place->address, place->bytes};
    return output_.write(TRY(trace_file_of(area.bytes(), channel.counters(), facts)));
}

}  // namespace tools::run

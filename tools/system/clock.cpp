// SPDX-License-Identifier: MIT
#include "tools/system/clock.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

#include "base/result.hpp"
#include "tools/support/format.hpp"

namespace tools::system {
namespace {

constexpr std::size_t searched_bytes = 128ull << 20;

/// The data of a sparse file; holes stay holes.
bool copy_data(int from, int to) {
    off_t at = ::lseek(from, 0, SEEK_DATA);
    while (at >= 0) {
        const off_t end = ::lseek(from, at, SEEK_HOLE);
        off_t target = at;
        while (at < end)
            if (::copy_file_range(from, &at, to, &target, static_cast<std::size_t>(end - at), 0) <= 0) return false;
        at = ::lseek(from, end, SEEK_DATA);
    }
    return errno == ENXIO;  // no data behind the last
}

/// With as many bytes as the words have that are replaced.
std::string words_for(std::uint64_t khz) {
    std::string words{clock_words.substr(0, clock_words.find('0'))};
    words += std::to_string(khz);
    words.resize(clock_words.size(), ' ');
    return words;
}

bool tell(int file, std::size_t bytes, std::uint64_t khz) {
    void* const mapped = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (mapped == MAP_FAILED) return false;
    const std::string words = words_for(khz);
    const std::string_view text{static_cast<char*>(mapped), bytes};
    for (auto at = text.find(clock_words); at != text.npos; at = text.find(clock_words, at))
        std::memcpy(static_cast<char*>(mapped) + at, words.data(), words.size());
    ::munmap(mapped, bytes);
    return true;
}

}  // namespace

Result<Descriptor> copy_with_clock(const std::filesystem::path& disk, std::uint64_t khz) {
    const Descriptor from{::open(disk.c_str(), O_RDONLY | O_CLOEXEC)};
    const off_t bytes = from.is_open() ? ::lseek(from.get(), 0, SEEK_END) : -1;
    if (bytes < 0) return problem("cannot read {}: {}", disk.string(), std::strerror(errno));
    Descriptor to{::open(disk.parent_path().c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)};
    const std::size_t searched = std::min(static_cast<std::size_t>(bytes), searched_bytes);
    if (!to.is_open() || ::ftruncate(to.get(), bytes) != 0 || !copy_data(from.get(), to.get()) ||
        (searched != 0 && !tell(to.get(), searched, khz)))
        return problem("cannot copy {} for this run: {}", disk.string(), std::strerror(errno));
    return to;
}

}  // namespace tools::system

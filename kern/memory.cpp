// SPDX-License-Identifier: MIT
// The functions that a compiler assumes to exist even in a freestanding program.
#include <cstddef>
#include <cstdint>

extern "C" {

// By quadwords first: an emulated CPU pays for every step of a repeated instruction, and most of what goes
// through here are pages.

void* memcpy(void* to, const void* from, std::size_t bytes) {
    void* result = to;
    std::size_t quadwords = bytes / sizeof(std::uint64_t), rest = bytes % sizeof(std::uint64_t);
    asm volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(quadwords) : : "memory");
    asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(rest) : : "memory");
    return result;
}

void* memset(void* at, int value, std::size_t bytes) {
    void* result = at;
    const std::uint64_t pattern = static_cast<unsigned char>(value) * std::uint64_t{0x0101'0101'0101'0101};
    std::size_t quadwords = bytes / sizeof(std::uint64_t), rest = bytes % sizeof(std::uint64_t);
    asm volatile("rep stosq" : "+D"(at), "+c"(quadwords) : "a"(pattern) : "memory");
    asm volatile("rep stosb" : "+D"(at), "+c"(rest) : "a"(pattern) : "memory");
    return result;
}

void* memmove(void* to, const void* from, std::size_t bytes) {
    const auto* source = static_cast<const unsigned char*>(from);
    auto* target = static_cast<unsigned char*>(to);
    if (target <= source || target >= source + bytes) return memcpy(to, from, bytes);
    while (bytes-- > 0) target[bytes] = source[bytes];
    return to;
}

int memcmp(const void* a, const void* b, std::size_t bytes) {
    const auto* left = static_cast<const unsigned char*>(a);
    const auto* right = static_cast<const unsigned char*>(b);
    for (std::size_t i = 0; i < bytes; ++i)
        if (left[i] != right[i]) return left[i] < right[i] ? -1 : 1;
    return 0;
}

int bcmp(const void* a, const void* b, std::size_t bytes) { return memcmp(a, b, bytes); }

std::size_t strlen(const char* text) {
    std::size_t length = 0;
    while (text[length] != 0) ++length;
    return length;
}

void* memchr(const void* at, int value, std::size_t bytes) {
    const auto* p = static_cast<const unsigned char*>(at);
    for (std::size_t i = 0; i < bytes; ++i)
        if (p[i] == static_cast<unsigned char>(value)) return const_cast<unsigned char*>(p + i);
    return nullptr;
}

}  // extern "C"

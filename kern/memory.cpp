// SPDX-License-Identifier: MIT
// The functions that a compiler assumes to exist even in a freestanding program.
#include <cstddef>
#include <cstdint>

extern "C" {

void* memcpy(void* to, const void* from, std::size_t bytes) {
    void* result = to;
    asm volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(bytes) : : "memory");
    return result;
}

void* memset(void* at, int value, std::size_t bytes) {
    void* result = at;
    asm volatile("rep stosb" : "+D"(at), "+c"(bytes) : "a"(value) : "memory");
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

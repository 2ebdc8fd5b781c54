// SPDX-License-Identifier: MIT
// BearSSL's SHA-384 for the machine, in one piece: the compiler sees that a block has 16 words. (ADR 0061)
#include <codec/dec64be.c>
#include <codec/enc64be.c>
#include <hash/sha2big.c>

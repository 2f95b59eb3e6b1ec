/* trim.c - see trim.h. Blocks of 64 bytes are looked at as vectors, without a branch: first for the last one that isn't
 * all zero, then for the last byte in it. What isn't a whole block at the end is one with zeros behind it. */
#include "trim.h"

#include <stdint.h>

#include "mem.h"

#define BLOCK 64
#define LANES 16

/* What the compiler makes vector instructions of, where there are any; bytes may stand at any address. */
typedef uint16_t words __attribute__((vector_size(LANES)));
typedef uint16_t loose_words __attribute__((vector_size(LANES), aligned(1), may_alias));
typedef uint8_t octets __attribute__((vector_size(LANES)));

static const octets ones_up = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};

/* All ones if v isn't 0, else 0. */
static size_t mask_of(size_t v)
{
	__asm__("" : "+r"(v)); /* or the compiler might see a comparison */
	return (size_t)0 - ((v | ((size_t)0 - v)) >> (8 * sizeof(v) - 1));
}

static size_t larger(size_t a, size_t b)
{
	size_t a_is_less = (size_t)0 - ((a - b) >> (8 * sizeof(a) - 1)); /* both are small */

	return a ^ ((a ^ b) & a_is_less);
}

/* 1 and the number of the last of n blocks that has a byte other than 0; 0 for none. */
static size_t last_block(const uint8_t *p, size_t n)
{
	words last = {0}, number = {0};
	size_t most = 0;

	for (size_t i = 0; i < n; i++, p += BLOCK) {
		const loose_words *v = (const void *)p;
		words zero = (words)((v[0] | v[1] | v[2] | v[3]) == 0);

		number += 1;
		last = (last & zero) | (number & ~zero);
	}
	for (unsigned i = 0; i < LANES / sizeof(last[0]); i++)
		most = larger(most, last[i]);
	return most;
}

/* 1 and the place of the last byte of a block other than 0; 0 for none. */
static size_t last_byte(const uint8_t p[BLOCK])
{
	octets last = {0}, place = ones_up, v;
	size_t most = 0;

	for (unsigned i = 0; i < BLOCK; i += LANES) {
		octets zero;

		__builtin_memcpy(&v, p + i, LANES);
		zero = (octets)(v == 0);
		last = (last & zero) | (place & ~zero);
		place += LANES;
	}
	for (unsigned i = 0; i < LANES; i++)
		most = larger(most, last[i]);
	return most;
}

size_t tls_trim_zeros(const void *data, size_t n)
{
	size_t n_blocks = n / BLOCK, block = 0, in_blocks = 0, in_rest, before = n_blocks * BLOCK, is_in_rest;
	const uint8_t *p = data;
	uint8_t rest[BLOCK] = {0};

	if (n_blocks > 0) {
		block = last_block(p, n_blocks);
		block -= mask_of(block) & 1;
		in_blocks = block * BLOCK + last_byte(p + block * BLOCK);
	}
	tls_mem_copy(rest, p + before, n - before);
	in_rest = last_byte(rest);
	tls_mem_wipe(rest, sizeof(rest));
	is_in_rest = mask_of(in_rest);
	return (is_in_rest & (before + in_rest)) | (~is_in_rest & in_blocks);
}

/* data.h - files of tests/data, and PEM to DER, for the tests of tls/x509 and the credentials. */
#ifndef TESTS_UNIT_DATA_H
#define TESTS_UNIT_DATA_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tls/bytes/mem.h"
#include "tls/tls.h"
#include "tls/x509/pem.h"

#define DATA_MAX_LEN 65536

struct data {
	uint8_t bytes[DATA_MAX_LEN];
	size_t len;
};

/* Reads a file of tests/data. */
static inline void data_read(struct data *data, const char *name)
{
	const char *top = getenv("top_srcdir");
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/tests/data/%s", top != NULL ? top : "..", name);
	f = fopen(path, "rb");
	if (f == NULL)
		fail_msg("%s can't be read", path);
	data->len = fread(data->bytes, 1, sizeof(data->bytes), f);
	fclose(f);
	assert_true(data->len > 0 && data->len < sizeof(data->bytes));
}

static inline struct tls_span data_span(const struct data *data)
{
	return tls_span(data->bytes, data->len);
}

/* The DER of the block number index (from 0) in a PEM file. */
static inline void data_read_der(struct data *data, const char *name, unsigned index)
{
	struct tls_pem_block block;
	struct tls_pem pem;
	struct data text;

	data_read(&text, name);
	tls_pem_init(&pem, data_span(&text));
	for (unsigned i = 0;; i++) {
		assert_int_equal(tls_pem_next(&pem, &block), 0);
		if (i == index)
			break;
		tls_pem_block_clear(&block);
	}
	data->len = block.der.len;
	memcpy(data->bytes, block.der.p, block.der.len);
	tls_pem_block_clear(&block);
}

/* Calls judge with every beginning of data, each in memory of just that size, and with every byte
 * changed in two ways. */
static inline void data_mutate(const struct data *data, void (*judge)(struct tls_span))
{
	static const uint8_t changes[] = {0x01, 0xff};

	for (size_t n = 0; n < data->len; n++) {
		uint8_t *part = malloc(n > 0 ? n : 1);

		assert_non_null(part);
		memcpy(part, data->bytes, n);
		judge(tls_span(part, n));
		for (size_t i = 0; i < sizeof(changes); i++) {
			uint8_t *whole = malloc(data->len);

			assert_non_null(whole);
			memcpy(whole, data->bytes, data->len);
			whole[n] ^= changes[i];
			judge(tls_span(whole, data->len));
			free(whole);
		}
		free(part);
	}
}

#endif

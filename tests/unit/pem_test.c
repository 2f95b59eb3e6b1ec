/* pem_test.c - tls/x509/pem.c: base64 vectors of RFC 4648 section 10, blocks as RFC 7468 has them. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "tls/bytes/mem.h"
#include "tls/tls.h"
#include "tls/x509/der.h"
#include "tls/x509/pem.h"

#define BLOCK(body) "-----BEGIN X-----\n" body "-----END X-----\n"

/* Reads the first block of text; its bytes go to out, its line to *line. */
static int first(const char *text, char out[64], unsigned *line)
{
	struct tls_pem_block block;
	struct tls_pem pem;
	int ret;

	tls_pem_init(&pem, tls_span(text, strlen(text)));
	ret = tls_pem_next(&pem, &block);
	*line = ret == 0 ? block.line : pem.line;
	if (ret == 0) {
		assert_true(block.der.len < 64);
		memcpy(out, block.der.p == NULL ? (const uint8_t *)"" : block.der.p, block.der.len);
		out[block.der.len] = '\0';
	}
	tls_pem_block_clear(&block);
	return ret;
}

static void decodes_rfc_4648(void **state)
{
	static const struct {
		const char *text, *bytes;
	} rows[] = {
	    {BLOCK(""), ""},
	    {BLOCK("Zg==\n"), "f"},
	    {BLOCK("Zm8=\n"), "fo"},
	    {BLOCK("Zm9v\n"), "foo"},
	    {BLOCK("Zm9vYg==\n"), "foob"},
	    {BLOCK("Zm9vYmE=\n"), "fooba"},
	    {BLOCK("Zm9vYmFy\n"), "foobar"},
	    {BLOCK("Zm9v\nYmFy\n"), "foobar"},
	    {BLOCK("Z\nm9vY\nmF\ny\n"), "foobar"},
	    {BLOCK("+/+/\n"), "\xfb\xff\xbf"},
	};
	char out[64];
	unsigned line;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(first(rows[i].text, out, &line), 0);
		assert_string_equal(out, rows[i].bytes);
		assert_int_equal(line, 1);
	}
}

static void takes_text_around_and_crlf(void **state)
{
	static const char text[] = "\xef\xbb\xbfsubject: x\r\n\r\n----- no block\r\n"
	    "-----BEGIN AN X-Y 1----- \r\nZm9v \r\nYmFy\t\r\n-----END AN X-Y 1-----\r\nmore\n"
	    "-----BEGIN -----\nnot one\n";
	struct tls_pem_block block;
	struct tls_pem pem;

	(void)state;
	tls_pem_init(&pem, tls_span(text, sizeof(text) - 1));
	assert_int_equal(tls_pem_next(&pem, &block), 0);
	assert_int_equal(block.line, 4);
	assert_true(tls_pem_is(&block, "AN X-Y 1"));
	assert_false(tls_pem_is(&block, "AN X-Y"));
	assert_false(block.encrypted);
	assert_true(tls_mem_same(block.der.p, block.der.len, "foobar", 6));
	tls_pem_block_clear(&block);
	assert_int_equal(tls_pem_next(&pem, &block), TLS_E_BASE64_DECODING_ERROR);
	assert_int_equal(pem.line, 10);
	assert_int_equal(tls_pem_next(&pem, &block), TLS_E_REQUESTED_DATA_NOT_AVAILABLE);
}

static void takes_a_last_line_without_end(void **state)
{
	char out[64];
	unsigned line;

	(void)state;
	assert_int_equal(first("-----BEGIN X-----\nZm9v\n-----END X-----", out, &line), 0);
	assert_string_equal(out, "foo");
}

static void tells_the_line_of_the_fault(void **state)
{
	static const struct {
		const char *text;
		unsigned line;
	} rows[] = {
	    {"-----END X-----\n", 1},
	    {"a\n-----BEGIN X----\n", 2},
	    {"-----BEGIN X\n", 1},
	    {"-----BEGIN X--Y-----\nZm9v\n-----END X--Y-----\n", 1},
	    {"-----BEGIN X -----\nZm9v\n-----END X -----\n", 1},
	    {"-----BEGIN X\x7f-----\nZm9v\n-----END X\x7f-----\n", 1},
	    {BLOCK("Zg\n"), 3},         /* no padding */
	    {BLOCK("Zg=\n"), 3},        /* half of it */
	    {BLOCK("Zh==\n"), 3},       /* unused bits set */
	    {BLOCK("Zm9=\n"), 3},
	    {BLOCK("Z\n"), 3},          /* one character alone */
	    {BLOCK("Zm9v=\n"), 3},      /* padding that isn't needed */
	    {BLOCK("Zg==\nZm9v\n"), 3}, /* something after the padding */
	    {BLOCK("Zg=\n=\n"), 3},
	    {BLOCK("Zg===\n"), 2},
	    {BLOCK("Zm9v\n\nZm9v\n"), 3},
	    {BLOCK("Zm9v\n Zm9v\n"), 3},
	    {BLOCK("Zm9v\nZm-_\n"), 3}, /* the other alphabet */
	    {BLOCK("Zm9v\nZm9v Zm9v\n"), 3},
	    {"-----BEGIN X-----\nZm9v\n", 3},
	    {"-----BEGIN X-----\nZm9v", 3},
	    {"-----BEGIN X-----", 2},
	    {"-----BEGIN X-----\nZm9v\n-----END Y-----\n", 3},
	    {"-----BEGIN X-----\nZm9v\n-----END X----\n", 3},
	    {"-----BEGIN X-----\nZm9v\n-----BEGIN X-----\nZm9v\n-----END X-----\n", 3},
	    {BLOCK("Proc-Type: 4,ENCRYPTED\nZm9v\n"), 3}, /* no empty line after the headers */
	};
	char out[64];
	unsigned line;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(first(rows[i].text, out, &line), TLS_E_BASE64_DECODING_ERROR);
		assert_int_equal(line, rows[i].line);
	}
}

static void refuses_every_other_character(void **state)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char text[] = BLOCK("Zm?v\n");
	char *at = strchr(text, '?');
	char out[64];
	unsigned line;

	(void)state;
	for (unsigned c = 1; c < 256; c++) {
		bool ok = strchr(allowed, (int)c) != NULL;

		if (c == '\n')
			continue;
		*at = (char)c;
		assert_int_equal(first(text, out, &line), ok ? 0 : TLS_E_BASE64_DECODING_ERROR);
		if (ok)
			assert_int_equal((uint8_t)out[1] & 0xf, (strchr(allowed, (int)c) - allowed) >> 2);
	}
}

static void knows_encrypted_blocks(void **state)
{
	static const char text[] = BLOCK("Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nZm9v\n");
	struct tls_pem_block block;
	struct tls_pem pem;

	(void)state;
	tls_pem_init(&pem, tls_span(text, sizeof(text) - 1));
	assert_int_equal(tls_pem_next(&pem, &block), 0);
	assert_true(block.encrypted);
	assert_int_equal(block.der.len, 3);
	tls_pem_block_clear(&block);
}

/* A block of n bytes of zeros. */
static char *zeros(size_t n, size_t *len)
{
	static const char head[] = "-----BEGIN X-----\n", tail[] = "-----END X-----\n";
	size_t n_chars = n / 3 * 4, at = sizeof(head) - 1;
	char *text = malloc(n_chars + n_chars / 64 + 64);

	assert_int_equal(n % 3, 0);
	assert_non_null(text);
	memcpy(text, head, at);
	for (size_t i = 0; i < n_chars; i++) {
		text[at++] = 'A';
		if (i % 64 == 63 || i == n_chars - 1)
			text[at++] = '\n';
	}
	memcpy(text + at, tail, sizeof(tail) - 1);
	*len = at + sizeof(tail) - 1;
	return text;
}

static int read_zeros(size_t n)
{
	struct tls_pem_block block;
	struct tls_pem pem;
	size_t len;
	char *text = zeros(n, &len);
	int ret;

	tls_pem_init(&pem, tls_span(text, len));
	ret = tls_pem_next(&pem, &block);
	if (ret == 0)
		assert_int_equal(block.der.len, n);
	tls_pem_block_clear(&block);
	free(text);
	return ret;
}

static void bounds_the_block(void **state)
{
	(void)state;
	assert_int_equal(read_zeros(TLS_DER_MAX_LEN - 1), 0);
	assert_int_equal(read_zeros(TLS_DER_MAX_LEN + 2), TLS_E_BASE64_DECODING_ERROR);
	assert_int_equal(read_zeros(TLS_DER_MAX_LEN * 3), TLS_E_BASE64_DECODING_ERROR);
}

static void survives_failed_allocations(void **state)
{
	unsigned long n = 0;
	int ret;

	(void)state;
	do {
		tls_mem_fail_at(++n);
		ret = read_zeros(3000);
		assert_true(ret == 0 || ret == TLS_E_MEMORY_ERROR);
	} while (tls_mem_fail_left() == 0);
	tls_mem_fail_at(0);
	assert_int_equal(ret, 0);
	assert_true(n > 3);
}

struct taken {
	char text[16];
	size_t n;
	int err; /* what taking the block with the byte 'c' gives */
};

static int take(void *to, struct tls_span der)
{
	struct taken *t = to;

	assert_int_equal(der.len, 1);
	t->text[t->n++] = (char)der.p[0];
	return der.p[0] == 'c' ? t->err : 0;
}

/* The blocks of a, b, c and d in turn ("YQ==" is "a"), those of d with a label that nobody asked for. */
#define FOUR \
	"-----BEGIN A-----\nYQ==\n-----END A-----\n-----BEGIN B-----\nYg==\n-----END B-----\n" \
	"-----BEGIN D-----\nZA==\n-----END D-----\n-----BEGIN A-----\nYw==\n-----END A-----\n"

static void takes_all_of_some_labels(void **state)
{
	static const char *const both[] = {"A", "B", NULL}, *const none[] = {"E", NULL};
	static const struct {
		const char *text, *taken;
		const char *const *labels;
		int err, result;
		unsigned line;
	} rows[] = {
	    {FOUR, "abc", both, 0, 3, 0},
	    {FOUR, "b", both + 1, 0, 1, 0},
	    {FOUR, "", none, 0, 0, 0},
	    {"", "", both, 0, 0, 0},
	    {FOUR, "abc", both, TLS_E_MEMORY_ERROR, TLS_E_MEMORY_ERROR, 10},
	    {FOUR "-----BEGIN D-----\n*\n", "abc", both, 0, TLS_E_BASE64_DECODING_ERROR, 14},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct taken t = {.err = rows[i].err};
		unsigned line = 77;
		struct tls_pem pem;

		tls_pem_init(&pem, tls_span(rows[i].text, strlen(rows[i].text)));
		assert_int_equal(tls_pem_take_all(&pem, &line, rows[i].labels, take, &t), rows[i].result);
		assert_string_equal(t.text, rows[i].taken);
		assert_int_equal(line, rows[i].line);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(decodes_rfc_4648),
	    cmocka_unit_test(takes_text_around_and_crlf),
	    cmocka_unit_test(takes_a_last_line_without_end),
	    cmocka_unit_test(tells_the_line_of_the_fault),
	    cmocka_unit_test(refuses_every_other_character),
	    cmocka_unit_test(knows_encrypted_blocks),
	    cmocka_unit_test(bounds_the_block),
	    cmocka_unit_test(survives_failed_allocations),
	    cmocka_unit_test(takes_all_of_some_labels),
	};

	return cmocka_run_group_tests_name("pem", tests, NULL, NULL);
}

/* trust_test.c - tls/x509/trust.c. */
#include "unit.h"

#include <stdio.h>

#include "judge.h"

static char *pem_of(const struct mint *m)
{
	struct tls_span der = mint_cert(m);
	char *pem = mint_pem(der, "CERTIFICATE");

	mint_free(der);
	return pem;
}

static int add_text(struct tls_trust *trust, unsigned *line, const char *text)
{
	return tls_trust_add_pem(trust, line, tls_span(text, strlen(text)));
}

static void finds_anchors_by_subject_in_order(void **state)
{
	struct mint a = {.subject = "A", .key = keys[0]}, other = {.subject = "A", .key = keys[1]};
	struct mint b = {.subject = "B", .key = keys[2]};
	const struct tls_node *first, *second;
	struct tls_node like;
	struct court c;

	(void)state;
	court_init(&c);
	court_trust(&c, &a);
	court_trust(&c, &b);
	court_send(&c, &other);
	assert_int_equal(tls_trust_add(&c.trust, c.chain[0]), 0);
	assert_int_equal(c.trust.n_anchors, 3);
	assert_int_equal(tls_node_init(&like, c.chain[0]), 0);
	first = tls_trust_next(&c.trust, like.subject_hash, NULL);
	assert_non_null(first);
	second = tls_trust_next(&c.trust, like.subject_hash, first);
	assert_non_null(second);
	assert_null(tls_trust_next(&c.trust, like.subject_hash, second));
	assert_ptr_equal(tls_trust_find(&c.trust, &like), second);
	assert_null(tls_trust_next(&c.trust, like.subject_hash + 1, NULL));
	assert_null(tls_trust_next(NULL, like.subject_hash, NULL));
	assert_null(tls_trust_find(NULL, &like));
	assert_int_equal(tls_trust_add(&c.trust, c.chain[0]), 0); /* once is enough */
	assert_int_equal(c.trust.n_anchors, 3);
	court_clear(&c);
}

static void reads_pem(void **state)
{
	char *a = pem_of(&(struct mint){.subject = "A", .key = keys[0]});
	char *b = pem_of(&(struct mint){.subject = "B", .key = keys[1]}), *text = malloc(65536);
	struct tls_trust trust;
	unsigned line = 9;

	(void)state;
	tls_trust_init(&trust);
	sprintf(text, "the CAs\n%s\n-----BEGIN X-----\nAAAA\n-----END X-----\n%s", a, b);
	assert_int_equal(add_text(&trust, &line, text), 2);
	assert_int_equal(trust.n_anchors, 2);
	assert_int_equal(add_text(&trust, &line, "nothing"), TLS_E_NO_CERTIFICATE_FOUND);
	assert_int_equal(line, 0);
	assert_int_equal(add_text(&trust, &line, "\n\n-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"),
	    TLS_E_CERTIFICATE_ERROR);
	assert_int_equal(line, 3);
	assert_int_equal(add_text(&trust, &line, "-----BEGIN CERTIFICATE-----\nM?==\n-----END CERTIFICATE-----\n"),
	    TLS_E_BASE64_DECODING_ERROR);
	assert_int_equal(line, 2);
	assert_int_equal(tls_trust_add(&trust, tls_span("", 0)), TLS_E_CERTIFICATE_ERROR);
	tls_trust_clear(&trust);
	free(a);
	free(b);
	free(text);
}

/* Sessions of another set of anchors are not resumed: the digest tells sets apart. */
static void has_a_digest(void **state)
{
	/* SHA-256 of nothing: FIPS 180-4's example */
	static const uint8_t empty[32] = {0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99,
	    0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8,
	    0x55};
	uint8_t one[32], two[32];
	struct court c;

	(void)state;
	court_init(&c);
	tls_trust_digest(&c.trust, one);
	assert_memory_equal(one, empty, 32);
	court_trust(&c, &(struct mint){.subject = "A", .key = keys[0]});
	tls_trust_digest(&c.trust, one);
	assert_memory_not_equal(one, empty, 32);
	court_trust(&c, &(struct mint){.subject = "B", .key = keys[0]});
	tls_trust_digest(&c.trust, two);
	assert_memory_not_equal(one, two, 32);
	tls_trust_clear(&c.trust);
	tls_trust_digest(&c.trust, one);
	assert_memory_equal(one, empty, 32);
	court_clear(&c);
}

static unsigned n_names(const struct tls_trust *trust)
{
	struct tls_span rest = tls_trust_names(trust);
	unsigned n = 0;

	while (tls_span_more(&rest)) {
		(void)tls_span_block16(&rest, 2, UINT16_MAX);
		n++;
	}
	assert_true(tls_span_end(&rest));
	return n;
}

static void add_named(struct tls_trust *trust, const char *subject, unsigned key)
{
	struct tls_span der = mint_cert(&(struct mint){.subject = subject, .key = keys[key]});

	assert_int_equal(tls_trust_add(trust, der), 0);
	mint_free(der);
}

/* RFC 8446 section 4.2.4: each name once, with its length; X.501 by hand. */
static void lists_the_subjects(void **state)
{
	static const char want[] = "\x00\x0e\x30\x0c\x31\x0a\x30\x08\x06\x03\x55\x04\x03\x0c\x01" "A"
				   "\x00\x0e\x30\x0c\x31\x0a\x30\x08\x06\x03\x55\x04\x03\x0c\x01" "B";
	struct tls_trust trust;
	struct tls_span names;

	(void)state;
	tls_trust_init(&trust);
	assert_int_equal(tls_trust_names(&trust).len, 0);
	add_named(&trust, "A", 0);
	add_named(&trust, "A", 0);
	add_named(&trust, "A", 1);
	add_named(&trust, "", 1);
	add_named(&trust, "B", 1);
	names = tls_trust_names(&trust);
	assert_int_equal(names.len, sizeof(want) - 1);
	assert_memory_equal(names.p, want, names.len);
	tls_trust_clear(&trust);
	assert_int_equal(tls_trust_names(&trust).len, 0);
	tls_trust_clear(&trust);
}

/* All of them or none. */
static void lists_no_more_than_it_may(void **state)
{
	struct tls_trust trust;
	char name[400];

	(void)state;
	for (unsigned len = 2; len <= 300; len += 298) {
		unsigned i = 0;

		tls_trust_init(&trust);
		do {
			snprintf(name, sizeof(name), "%0*u", (int)len, i);
			add_named(&trust, name, 0);
			i++;
		} while (n_names(&trust) == i);
		assert_int_equal(n_names(&trust), 0);
		assert_int_equal(i - 1, len == 2 ? TLS_TRUST_MAX_NAMES : TLS_TRUST_NAMES_MAX_LEN / (len + 23));
		add_named(&trust, "A", 0);
		assert_int_equal(n_names(&trust), 0);
		tls_trust_clear(&trust);
	}
}

static void survives_failed_allocations(void **state)
{
	char *a = pem_of(&(struct mint){.subject = "A", .issuer = "Z", .key = keys[0], .no_issuer_key_id = true});
	struct tls_trust trust;
	unsigned line;
	int ret = -1;

	(void)state;
	for (unsigned long n = 1; ret < 0; n++) {
		tls_trust_init(&trust);
		tls_mem_fail_at(n);
		ret = add_text(&trust, &line, a);
		assert_true(ret == 1 || (ret == TLS_E_MEMORY_ERROR && trust.n_anchors == 0));
		tls_trust_clear(&trust);
		assert_true(n < 100);
	}
	tls_mem_fail_at(0);
	free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(finds_anchors_by_subject_in_order),
	    cmocka_unit_test(reads_pem),
	    cmocka_unit_test(has_a_digest),
	    cmocka_unit_test(lists_the_subjects),
	    cmocka_unit_test(lists_no_more_than_it_may),
	    cmocka_unit_test(survives_failed_allocations),
	};

	return cmocka_run_group_tests_name("trust", tests, make_keys, free_keys);
}

/* judge.h - a small PKI in memory for the tests of tls/x509 that judge chains: a leaf, an intermediate, a root. */
#ifndef TESTS_UNIT_JUDGE_H
#define TESTS_UNIT_JUDGE_H

#include <stdlib.h>
#include <string.h>

#include "tests/lib/mint.h"
#include "tls/bytes/mem.h"
#include "tls/tls.h"
#include "tls/x509/judge.h"

enum { LEAF, MIDDLE, ROOT, N_KEYS = 16 };

#define MAX_CHAIN 120
#define CA_USAGE (TLS_USAGE_CERT_SIGN | TLS_USAGE_CRL_SIGN)

static struct tls_privkey *keys[N_KEYS];

static int make_keys(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_KEYS; i++)
		keys[i] = mint_key(TLS_PK_ECDSA_P256);
	return 0;
}

static int free_keys(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_KEYS; i++)
		tls_privkey_free(keys[i]);
	return 0;
}

/* What is asked; everything a chain needs in one place. */
struct court {
	struct tls_trust trust;
	struct tls_crls crls;
	struct tls_span chain[MAX_CHAIN];
	struct tls_san_wanted name;
	struct tls_judge_ask ask;
	struct tls_verdict verdict;
};

static inline void court_init(struct court *c)
{
	memset(c, 0, sizeof(*c));
	tls_trust_init(&c->trust);
	tls_crls_init(&c->crls);
	c->ask.trust = &c->trust;
	c->ask.crls = &c->crls;
	c->ask.chain = c->chain;
	c->ask.now = MINT_NOW;
	c->ask.names = &c->name;
}

static inline void court_send(struct court *c, const struct mint *m)
{
	assert_true(c->ask.n_chain < MAX_CHAIN);
	c->chain[c->ask.n_chain++] = mint_cert(m);
}

static inline void court_trust(struct court *c, const struct mint *m)
{
	struct tls_span der = mint_cert(m);

	assert_int_equal(tls_trust_add(&c->trust, der), 0);
	mint_free(der);
}

static inline void court_crl(struct court *c, const struct mint_crl *m)
{
	struct tls_span der = mint_crl(m);

	assert_int_equal(tls_crls_add(&c->crls, der), 0);
	mint_free(der);
}

static inline void court_name(struct court *c, unsigned kind, const char *value)
{
	c->name = (struct tls_san_wanted){.kind = kind, .value = tls_span(value, strlen(value))};
	c->ask.n_names = 1;
}

static inline enum tls_flaw court_judge(struct court *c)
{
	assert_int_equal(tls_judge(&c->verdict, &c->ask), 0);
	return c->verdict.fault;
}

static inline void court_clear(struct court *c)
{
	for (size_t i = 0; i < c->ask.n_chain; i++)
		mint_free(c->chain[i]);
	tls_trust_clear(&c->trust);
	tls_crls_clear(&c->crls);
}

/* A chain without fault, by the strictest standards. */
struct trio {
	struct mint c[3];
};

static inline struct trio good_trio(void)
{
	struct trio t = {.c = {
			     [LEAF] = {.subject = "leaf", .issuer = "Middle", .key = keys[LEAF], .signer = keys[MIDDLE],
				 .usage = TLS_USAGE_DIGITAL_SIGNATURE, .purposes = "s", .names = {"dns:leaf.example"}},
			     [MIDDLE] = {.subject = "Middle", .issuer = "Root", .key = keys[MIDDLE],
				 .signer = keys[ROOT], .ca = true, .usage = CA_USAGE},
			     [ROOT] = {.subject = "Root", .key = keys[ROOT], .ca = true, .usage = CA_USAGE},
			 }};

	return t;
}

static inline void court_trio(struct court *c, const struct trio *t)
{
	court_init(c);
	court_send(c, &t->c[LEAF]);
	court_send(c, &t->c[MIDDLE]);
	court_trust(c, &t->c[ROOT]);
	court_name(c, TLS_CERT_NAME_DNS, "leaf.example");
}

#endif

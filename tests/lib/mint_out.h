/* mint_out.h - inside of mint.c and mint_ocsp.c: a writer of DER. */
#ifndef TESTS_LIB_MINT_OUT_H
#define TESTS_LIB_MINT_OUT_H

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mint.h"
#include "tls/tls.h"

/* A writer: elements are wrapped after their content is there. */
struct out {
	uint8_t p[MINT_MAX_LEN];
	size_t len;
};

static inline void put(struct out *o, const void *bytes, size_t n)
{
	assert(o->len + n + 8 < sizeof(o->p));
	if (n > 0)
		memcpy(o->p + o->len, bytes, n);
	o->len += n;
}

static inline void put_span(struct out *o, struct tls_span s)
{
	put(o, s.p, s.len);
}

#define PUT(o, literal) put(o, literal, sizeof(literal) - 1)

static inline void wrap(struct out *o, size_t mark, uint8_t tag)
{
	size_t n = o->len - mark, head = n < 128 ? 2 : n < 256 ? 3 : 4;

	assert(o->len + 8 < sizeof(o->p));
	memmove(o->p + mark + head, o->p + mark, n);
	o->p[mark] = tag;
	o->p[mark + 1] = n < 128 ? (uint8_t)n : (uint8_t)(0x80 | (head - 2));
	if (head == 4)
		o->p[mark + 2] = (uint8_t)(n >> 8);
	o->p[mark + head - 1] = (uint8_t)n;
	o->len += head;
}

static inline void put_element(struct out *o, uint8_t tag, const void *bytes, size_t n)
{
	size_t mark = o->len;

	put(o, bytes, n);
	wrap(o, mark, tag);
}

static inline void put_name(struct out *o, const char *cn)
{
	size_t mark = o->len;

	if (*cn != '\0') {
		PUT(o, "\x06\x03\x55\x04\x03");
		put_element(o, 0x0c, cn, strlen(cn));
		wrap(o, mark, 0x30);
		wrap(o, mark, 0x31);
	}
	wrap(o, mark, 0x30);
}

/* GeneralizedTime from 2050 on, by the calendar of 400 years. */
static inline void put_time(struct out *o, int64_t t)
{
	int64_t days = t / 86400, seconds = t % 86400, year = 1970, length;
	static const int months[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	char text[32];
	int month = 0;
	bool leap;

	for (;; year++) {
		leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
		length = leap ? 366 : 365;
		if (days < length)
			break;
		days -= length;
	}
	while (days >= months[month] + (month == 1 && leap)) {
		days -= months[month] + (month == 1 && leap);
		month++;
	}
	snprintf(text, sizeof(text), "%04d%02d%02d%02d%02d%02dZ", (int)year, month + 1, (int)days + 1,
	    (int)(seconds / 3600), (int)(seconds / 60 % 60), (int)(seconds % 60));
	if (year < 2050)
		put_element(o, 0x17, text + 2, strlen(text) - 2);
	else
		put_element(o, 0x18, text, strlen(text));
}

static inline enum tls_pk kind_of(const struct tls_privkey *key)
{
	return tls_pubkey_kind(tls_privkey_public(key));
}

static inline void put_algorithm(struct out *o, const struct tls_privkey *signer, struct tls_span algorithm)
{
	if (algorithm.p != NULL)
		put_span(o, algorithm);
	else if (kind_of(signer) == TLS_PK_ED25519)
		PUT(o, "\x30\x05\x06\x03\x2b\x65\x70");
	else
		PUT(o, "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02"); /* ecdsa-with-SHA256 */
}

/* What stands in o is signed; algorithm and signature go behind it. */
static inline void put_signature(struct out *o, const struct tls_privkey *signer, struct tls_span algorithm, bool spoil)
{
	uint16_t scheme =
	    kind_of(signer) == TLS_PK_ED25519 ? TLS_SIGN_ED25519 : TLS_SIGN_ECDSA_SECP256R1_SHA256;
	uint8_t sig[TLS_SIG_MAX_LEN];
	size_t len = sizeof(sig), mark;

	assert(tls_sig_sign(sig, &len, signer, scheme, o->p, o->len, NULL) == 0);
	sig[len - 1] ^= spoil;
	put_algorithm(o, signer, algorithm);
	mark = o->len;
	PUT(o, "\x00");
	put(o, sig, len);
	wrap(o, mark, 0x03);
}

/* A SEQUENCE of all that stands in o, in memory of its own; o is gone. */
static inline struct tls_span take_out(struct out *o)
{
	uint8_t *copy;
	size_t n;

	wrap(o, 0, 0x30);
	n = o->len;
	copy = malloc(n);
	assert(copy != NULL);
	memcpy(copy, o->p, n);
	free(o);
	return tls_span(copy, n);
}

static inline int64_t or_else(int64_t t, int64_t usual)
{
	return t != 0 ? t : usual;
}

#endif

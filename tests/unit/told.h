/* told.h - what the functions of a session were told: messages by the hook function, secrets by the keylog function. */
#ifndef TESTS_UNIT_TOLD_H
#define TESTS_UNIT_TOLD_H

#include "unit.h"

#include <string.h>

#include "tls/record.h"
#include "tls/tls.h"

struct told_message {
	unsigned type, when, incoming;
};

struct told_secret {
	char label[32]; /* as in the SSLKEYLOGFILE format */
	size_t len;
	uint8_t b[48];
};

static struct {
	struct told_message message[40];
	unsigned n_messages;
	unsigned fail_at; /* telling of this message fails with TLS_E_UNRECOGNIZED_NAME; 0: of none */
	struct told_secret secret[5];
	unsigned n_secrets;
} told;

static inline int told_hook(tls_session_t s, unsigned type, unsigned when, unsigned incoming, const tls_datum_t *msg)
{
	(void)s;
	assert_non_null(msg->data);
	assert_true(told.n_messages < sizeof(told.message) / sizeof(told.message[0]));
	told.message[told.n_messages++] = (struct told_message){type, when, incoming};
	return told.n_messages == told.fail_at ? TLS_E_UNRECOGNIZED_NAME : 0;
}

static inline int told_keylog(tls_session_t s, const char *label, const tls_datum_t *secret)
{
	struct told_secret *to = &told.secret[told.n_secrets];

	(void)s;
	assert_true(told.n_secrets < sizeof(told.secret) / sizeof(told.secret[0]));
	assert_true(strlen(label) < sizeof(to->label) && secret->size <= sizeof(to->b));
	memcpy(to->label, label, strlen(label) + 1);
	to->len = secret->size;
	memcpy(to->b, secret->data, secret->size);
	told.n_secrets++;
	return 0;
}

/* The secret number i has this name, and is this one. */
static inline void told_is(unsigned i, const char *label, const void *secret, size_t len)
{
	assert_true(i < told.n_secrets);
	assert_string_equal(told.secret[i].label, label);
	assert_int_equal(told.secret[i].len, len);
	assert_memory_equal(told.secret[i].b, secret, len);
}

/* Of a handshake of TLS 1.3, in this order: the traffic secrets of the client and the server, and one more. */
static inline void told_secrets13(const struct tls_secret *c_hs, const struct tls_secret *s_hs,
    const struct tls_secret *c_ap, const struct tls_secret *s_ap)
{
	assert_int_equal(told.n_secrets, 5);
	told_is(0, "CLIENT_HANDSHAKE_TRAFFIC_SECRET", c_hs->b, c_hs->len);
	told_is(1, "SERVER_HANDSHAKE_TRAFFIC_SECRET", s_hs->b, s_hs->len);
	told_is(2, "CLIENT_TRAFFIC_SECRET_0", c_ap->b, c_ap->len);
	told_is(3, "SERVER_TRAFFIC_SECRET_0", s_ap->b, s_ap->len);
	assert_string_equal(told.secret[4].label, "EXPORTER_SECRET");
}

#endif

/* client_rfc8448_test.c - our client in the place of the one of RFC 8448, sections 3 and 5: driven through the
 * whole handshake with the RFC's hello and keys, it takes the server's records as they are printed, and what
 * it sends from there on is what is printed, byte for byte.
 *
 * The tables and auth.c stand here with two things changed: the hello is the RFC's, and the RFC's RSA key of
 * 1024 bits, which we refuse, is taken.
 */
#include "hex.h"

#include <errno.h>

#include "tests/vectors/rfc8448_3.h"
#include "tests/vectors/rfc8448_5.h"
#include "tests/vectors/rfc8448_keys.h"
#include "tls/bytes/mem.h"
#include "tls/crypto/sig.h"
#include "tls/error.h"

#define tls_client_send_hello rfc_send_hello
#define tls_cert_new_pubkey rfc_new_pubkey
#include "tls/hs/steps.c"
/* what follows is included for the second */
#include "tls/hs/auth.c"
#undef tls_client_send_hello
#undef tls_cert_new_pubkey

#define RFC8448_RSA_BITS 1024

struct rfc_hello {
	const char *message, *private_key;
	uint16_t group;
};

static const struct rfc_hello *next_hello;

/* The wire: what the server says, and what we say. */
static struct tls_buf theirs, ours;

static ssize_t pull(tls_transport_ptr_t ptr, void *data, size_t len)
{
	size_t n = theirs.len < len ? theirs.len : len;

	(void)ptr;
	if (n == 0) {
		errno = EAGAIN;
		return -1;
	}
	memcpy(data, theirs.p, n);
	tls_buf_drop(&theirs, n);
	return (ssize_t)n;
}

static ssize_t push(tls_transport_ptr_t ptr, const void *data, size_t len)
{
	(void)ptr;
	tls_buf_bytes(&ours, data, len);
	return (ssize_t)len;
}

int rfc_send_hello(struct tls_session_st *s, struct tls_buf *body)
{
	struct hex m = unhex(next_hello->message), key = unhex(next_hello->private_key);

	s->hs->group_key.group = tls_group_by_id(next_hello->group);
	assert_int_equal(key.len, 32);
	memcpy(s->hs->group_key.private_key, key.p, key.len);
	tls_buf_bytes(body, m.p + TLS_HS_HEADER_LEN, m.len - TLS_HS_HEADER_LEN);
	next_hello++;
	return 0;
}

int rfc_new_pubkey(struct tls_pubkey **out, const struct tls_cert *cert)
{
	struct hex n = unhex(rfc8448_rsa_n), e = unhex(rfc8448_rsa_e);

	/* the modulus, and behind it the exponent with its header */
	assert_memory_equal(cert->spki.p + cert->spki.len - 5 - n.len, n.p, n.len);
	return tls_pubkey_new_rsa_min(out, tls_span(n.p, n.len), tls_span(e.p, e.len), RFC8448_RSA_BITS);
}

static tls_session_t start(const struct rfc_hello *hellos)
{
	tls_session_t s;

	next_hello = hellos;
	tls_buf_init(&theirs, 0);
	tls_buf_init(&ours, 0);
	assert_int_equal(tls_init(&s, TLS_CLIENT | TLS_NONBLOCK), 0);
	tls_transport_set_pull_function(s, pull);
	tls_transport_set_push_function(s, push);
	assert_int_equal(tls_server_name_set(s, TLS_NAME_DNS, "server", 6), 0);
	assert_int_equal(tls_handshake(s), TLS_E_AGAIN);
	return s;
}

static void finish(tls_session_t s)
{
	tls_deinit(s);
	tls_buf_clear(&theirs);
	tls_buf_clear(&ours);
}

static void says(const char *record)
{
	struct hex h = unhex(record);

	tls_buf_bytes(&theirs, h.p, h.len);
}

/* What we have sent since, and nothing else. */
static void we_said(const char *record)
{
	assert_hex(ours.p, ours.len, record);
	tls_buf_clear(&ours);
}

/* The first ClientHello's record has another legacy_record_version, which says nothing. */
static void we_said_hello(const char *record)
{
	struct hex h = unhex(record);

	assert_int_equal(ours.len, h.len);
	assert_memory_equal(ours.p + 3, h.p + 3, h.len - 3);
	tls_buf_clear(&ours);
}

static void section_3(void **state)
{
	static const struct rfc_hello hellos[] = {
	    {rfc8448_3_client_hello, rfc8448_3_client_x25519_private, TLS_GROUP_X25519}};
	struct hex data = unhex(rfc8448_3_client_application_data);
	tls_session_t s = start(hellos);
	uint8_t got[100];

	(void)state;
	we_said_hello(rfc8448_3_client_hello_record);
	says(rfc8448_3_server_hello_record);
	says(rfc8448_3_server_flight_record);
	assert_int_equal(tls_handshake(s), 0);
	we_said(rfc8448_3_client_finished_record);
	assert_hex(s->wr_secret.b, s->wr_secret.len, rfc8448_3_c_ap_traffic);
	assert_hex(s->rd_secret.b, s->rd_secret.len, rfc8448_3_s_ap_traffic);
	assert_hex(s->exporter.b, s->exporter.len, rfc8448_3_exp_master);
	assert_int_equal(tls_ciphersuite_get(s), TLS_CIPHER_AES_128_GCM_SHA256);
	assert_int_equal(tls_sign_algorithm_get(s), TLS_SIGN_RSA_PSS_RSAE_SHA256);
	says(rfc8448_3_new_session_ticket_record);
	assert_int_equal(tls_record_recv(s, got, sizeof(got)), TLS_E_AGAIN);
	assert_int_equal(tls_record_send(s, data.p, data.len), data.len);
	we_said(rfc8448_3_client_application_data_record);
	says(rfc8448_3_server_application_data_record);
	assert_int_equal(tls_record_recv(s, got, sizeof(got)), data.len);
	assert_memory_equal(got, data.p, data.len);
	assert_int_equal(tls_bye(s, TLS_SHUT_WR), 0);
	we_said(rfc8448_3_client_alert_record);
	says(rfc8448_3_server_alert_record);
	assert_int_equal(tls_record_recv(s, got, sizeof(got)), 0);
	finish(s);
}

static void section_5(void **state)
{
	static const struct rfc_hello hellos[] = {
	    {rfc8448_5_client_hello1, rfc8448_5_client_x25519_private, TLS_GROUP_X25519},
	    {rfc8448_5_client_hello2, rfc8448_5_client_p256_private, TLS_GROUP_SECP256R1}};
	tls_session_t s = start(hellos);
	uint8_t byte;

	(void)state;
	we_said_hello(rfc8448_5_client_hello1_record);
	says(rfc8448_5_hello_retry_request_record);
	assert_int_equal(tls_handshake(s), TLS_E_AGAIN);
	we_said_hello(rfc8448_5_client_hello2_record);
	says(rfc8448_5_server_hello_record);
	says(rfc8448_5_server_flight_record);
	assert_int_equal(tls_handshake(s), 0);
	we_said(rfc8448_5_client_finished_record);
	assert_hex(s->wr_secret.b, s->wr_secret.len, rfc8448_5_c_ap_traffic);
	assert_hex(s->rd_secret.b, s->rd_secret.len, rfc8448_5_s_ap_traffic);
	assert_hex(s->exporter.b, s->exporter.len, rfc8448_5_exp_master);
	assert_int_equal(tls_group_get(s), TLS_GROUP_SECP256R1);
	assert_int_equal(tls_bye(s, TLS_SHUT_WR), 0);
	we_said(rfc8448_5_client_alert_record);
	says(rfc8448_5_server_alert_record);
	assert_int_equal(tls_record_recv(s, &byte, 1), 0);
	finish(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(section_3),
	    cmocka_unit_test(section_5),
	};

	return cmocka_run_group_tests_name("client_rfc8448", tests, NULL, NULL);
}

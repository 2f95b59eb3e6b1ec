/* describe_message_test.c - tls/describe_message.c: every message of handshakes in both versions, and what is told of it is
 * what was offered, chosen and shown; the same cut and altered. */
#include "hex.h"

#include <stdlib.h>
#include <string.h>

#include "cred.h"
#include "tests/lib/duo.h"
#include "tests/lib/pair.h"

#define KEPT_MAX 32

static const uint8_t staple[] = {0x30, 0x07, 0x0a, 0x01, 0x00, 0xa0, 0x02, 0x05, 0x00};

/* What the client saw of one handshake. */
static struct {
	unsigned htype;
	bool incoming;
	tls_protocol_t version;
	unsigned char *data;
	unsigned size;
} kept[KEPT_MAX];
static unsigned n_kept;

static int keep(tls_session_t s, unsigned htype, unsigned when, unsigned incoming, const tls_datum_t *msg)
{
	(void)when;
	assert_true(n_kept < KEPT_MAX);
	kept[n_kept].data = malloc(msg->size > 0 ? msg->size : 1);
	assert_non_null(kept[n_kept].data);
	memcpy(kept[n_kept].data, msg->data, msg->size);
	kept[n_kept].size = msg->size;
	kept[n_kept].htype = htype;
	kept[n_kept].incoming = incoming != 0;
	kept[n_kept].version = tls_protocol_get_version(s);
	n_kept++;
	return 0;
}

static void forget(void)
{
	while (n_kept > 0)
		free(kept[--n_kept].data);
}

static uint64_t now_ms(void *ptr)
{
	(void)ptr;
	return 1800000000000;
}

static tls_certificate_credentials_t shown(void)
{
	tls_certificate_credentials_t cred = cred_new();
	tls_datum_t d = {.data = (unsigned char *)(uintptr_t)staple, .size = sizeof(staple)};

	assert_int_equal(cred_add_files(cred, "p256.crt.pem", "p256.pkcs8.pem"), 0);
	assert_int_equal(tls_certificate_set_ocsp_status_request_mem(cred, &d, 0, TLS_X509_FMT_DER), 0);
	return cred;
}

/* A handshake with everything in it: staple, client certificate, ALPN, ticket. */
static void shake_hands(struct duo *d, tls_protocol_t version)
{
	static const tls_datum_t alpn[] = {{(unsigned char *)(uintptr_t)"h2", 2}, {(unsigned char *)(uintptr_t)"x", 1}};
	tls_certificate_credentials_t cred = shown();
	tls_datum_t key;
	char byte;

	duo_init(d, cred, cred);
	duo_set_version(d, version);
	assert_int_equal(tls_session_ticket_key_generate(&key), 0);
	assert_int_equal(tls_session_ticket_enable_server(d->server, &key), 0);
	tls_free(key.data);
	tls_session_set_clock_function(d->server, now_ms, NULL);
	tls_session_set_clock_function(d->client, now_ms, NULL);
	assert_int_equal(tls_alpn_set_protocols(d->client, alpn, 2, 0), 0);
	assert_int_equal(tls_alpn_set_protocols(d->server, alpn + 1, 1, 0), 0);
	assert_int_equal(tls_ocsp_status_request_enable_client(d->client, NULL, 0, NULL), 0);
	tls_certificate_server_set_request(d->server, TLS_CERT_REQUEST);
	tls_handshake_set_hook_function(d->client, TLS_HANDSHAKE_ANY, TLS_HOOK_PRE, keep);
	assert_true(duo_handshake(d));
	assert_int_equal(tls_record_recv(d->client, &byte, 1), TLS_E_AGAIN);
	tls_certificate_free_credentials(cred);
}

static tls_message_info_t found(unsigned htype, bool incoming)
{
	tls_message_info_t info = {.retry = false};

	for (unsigned i = 0; i < n_kept; i++) {
		tls_datum_t d = {.data = kept[i].data, .size = kept[i].size};

		if (kept[i].htype != htype || kept[i].incoming != incoming)
			continue;
		assert_int_equal(tls_message_get_info(htype, kept[i].version, &d, &info), 0);
		return info;
	}
	fail_msg("no message %u", htype);
	return info;
}

static void assert_list(const tls_message_list_t *list, unsigned n, const uint16_t *ids)
{
	assert_int_equal(list->n, n);
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(list->id[i], ids[i]);
}

#define LIST(list, ...)                                                                                       \
	assert_list(list, sizeof((const uint16_t[]){__VA_ARGS__}) / 2, (const uint16_t[]){__VA_ARGS__})

static bool has(const tls_message_list_t *list, uint16_t id)
{
	for (unsigned i = 0; i < list->n; i++)
		if (list->id[i] == id)
			return true;
	return false;
}

static void assert_text(const tls_datum_t *d, const char *text)
{
	assert_int_equal(d->size, strlen(text));
	if (d->size > 0)
		assert_memory_equal(d->data, text, d->size);
}

static void assert_shown(const tls_message_info_t *m)
{
	struct data der;

	data_read_der(&der, "p256.crt.pem", 0);
	assert_int_equal(m->n_certificates, 1);
	assert_int_equal(m->certificates[0].size, der.len);
	assert_memory_equal(m->certificates[0].data, der.bytes, der.len);
}

static void what_both_versions_have(tls_session_t client)
{
	tls_message_info_t m = found(TLS_HANDSHAKE_CLIENT_HELLO, false);

	LIST(&m.versions, (uint16_t)tls_protocol_get_version(client));
	assert_true(has(&m.ciphersuites, tls_ciphersuite_get(client)));
	assert_true(has(&m.groups, TLS_GROUP_X25519));
	assert_true(has(&m.groups, TLS_GROUP_SECP521R1));
	assert_true(has(&m.sign_algorithms, tls_sign_algorithm_get(client)));
	assert_text(&m.server_name, "localhost");
	assert_text(&m.alpn, "\x02h2\x01x");
	assert_true(m.status_request);
	assert_false(m.psk);
	assert_false(m.session_ticket);
	m = found(TLS_HANDSHAKE_SERVER_HELLO, true);
	LIST(&m.versions, (uint16_t)tls_protocol_get_version(client));
	LIST(&m.ciphersuites, tls_ciphersuite_get(client));
	assert_false(m.retry);
	m = found(TLS_HANDSHAKE_CERTIFICATE_PKT, true);
	assert_shown(&m);
	m = found(TLS_HANDSHAKE_CERTIFICATE_PKT, false);
	assert_shown(&m);
	m = found(TLS_HANDSHAKE_CERTIFICATE_REQUEST, true);
	assert_true(has(&m.sign_algorithms, TLS_SIGN_ECDSA_SECP256R1_SHA256));
	assert_int_equal(m.authorities.size, 0);
	m = found(TLS_HANDSHAKE_NEW_SESSION_TICKET, true);
	assert_int_equal(m.lifetime, 21600);
	assert_in_range(m.ticket_size, 32, 12288);
}

static void messages_of_13_are_told(void **state)
{
	tls_message_info_t m;
	struct duo d;

	(void)state;
	shake_hands(&d, TLS_1_3);
	what_both_versions_have(d.client);
	m = found(TLS_HANDSHAKE_CLIENT_HELLO, false);
	assert_true(has(&m.key_shares, tls_group_get(d.client)));
	assert_int_equal(m.session_id.size, 32);
	m = found(TLS_HANDSHAKE_SERVER_HELLO, true);
	LIST(&m.groups, tls_group_get(d.client));
	m = found(TLS_HANDSHAKE_ENCRYPTED_EXTENSIONS, true);
	assert_text(&m.alpn, "x");
	m = found(TLS_HANDSHAKE_CERTIFICATE_PKT, true);
	assert_int_equal(m.ocsp_response.size, sizeof(staple));
	assert_memory_equal(m.ocsp_response.data, staple, sizeof(staple));
	forget();
	duo_clear(&d);
}

static void messages_of_12_are_told(void **state)
{
	tls_message_info_t m;
	struct duo d;

	(void)state;
	shake_hands(&d, TLS_1_2);
	what_both_versions_have(d.client);
	m = found(TLS_HANDSHAKE_CLIENT_HELLO, false);
	assert_int_equal(m.key_shares.n, 0);
	assert_true(m.extended_master_secret);
	m = found(TLS_HANDSHAKE_SERVER_HELLO, true);
	assert_text(&m.alpn, "x");
	assert_true(m.session_ticket && m.status_request && m.extended_master_secret);
	m = found(TLS_HANDSHAKE_CERTIFICATE_STATUS, true);
	assert_int_equal(m.ocsp_response.size, sizeof(staple));
	m = found(TLS_HANDSHAKE_SERVER_KEY_EXCHANGE, true);
	LIST(&m.groups, tls_group_get(d.client));
	LIST(&m.sign_algorithms, tls_sign_algorithm_get(d.client));
	forget();
	duo_clear(&d);
}

/* Cut at each byte, and with each byte changed: an error or not, nothing is told from beyond the message. */
static void any_message_is_survived(void **state)
{
	tls_message_info_t info;
	unsigned n = 0;
	struct duo d;

	(void)state;
	for (int version = TLS_1_2; version <= TLS_1_3; version++) {
		shake_hands(&d, (tls_protocol_t)version);
		for (unsigned i = 0; i < n_kept; i++) {
			for (unsigned at = 0; at < kept[i].size; at++) {
				unsigned char *part = malloc(at > 0 ? at : 1);
				tls_datum_t cut = {.data = part, .size = at};
				tls_datum_t whole = {.data = kept[i].data, .size = kept[i].size};

				memcpy(part, kept[i].data, at);
				n += tls_message_get_info(kept[i].htype, kept[i].version, &cut, &info) < 0;
				free(part);
				whole.data[at] ^= 0xff;
				(void)tls_message_get_info(kept[i].htype, kept[i].version, &whole, &info);
				whole.data[at] ^= 0xff;
			}
		}
		forget();
		duo_clear(&d);
	}
	assert_true(n > 1000);
}

static void silent_messages_are_known(void **state)
{
	static const unsigned types[] = {TLS_HANDSHAKE_FINISHED, TLS_HANDSHAKE_CERTIFICATE_VERIFY,
	    TLS_HANDSHAKE_SERVER_HELLO_DONE, TLS_HANDSHAKE_CLIENT_KEY_EXCHANGE, TLS_HANDSHAKE_HELLO_REQUEST, 99};
	tls_datum_t none = {.data = NULL}, update = {.data = (unsigned char *)(uintptr_t)"\x01", .size = 1};
	tls_message_info_t info;

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		assert_int_equal(tls_message_get_info(types[i], TLS_1_3, &none, &info),
		    TLS_E_REQUESTED_DATA_NOT_AVAILABLE);
	assert_int_equal(tls_message_get_info(TLS_HANDSHAKE_KEY_UPDATE, TLS_1_3, &update, &info), 0);
	assert_true(info.update_requested);
}

/* Two names as a CertificateRequest has them, then one that is none; one that is cut. */
static void authorities_are_told(void **state)
{
	/* CN=a; CN=b, O=c; an INTEGER; five bytes of ten */
	static const char list[] = "\x00\x0e\x30\x0c\x31\x0a\x30\x08\x06\x03\x55\x04\x03\x0c\x01\x61"
				   "\x00\x1a\x30\x18\x31\x0a\x30\x08\x06\x03\x55\x04\x0a\x0c\x01\x63"
				   "\x31\x0a\x30\x08\x06\x03\x55\x04\x03\x0c\x01\x62"
				   "\x00\x03\x02\x01\x05"
				   "\x00\x0a\x30\x08\x31\x06\x30";
	tls_datum_t rest = {.data = (unsigned char *)(uintptr_t)list, .size = sizeof(list) - 1};
	char text[16];

	(void)state;
	assert_true(tls_message_next_authority(&rest, text, sizeof(text)));
	assert_string_equal(text, "CN=a");
	assert_true(tls_message_next_authority(&rest, text, sizeof(text)));
	assert_string_equal(text, "CN=b, O=c");
	assert_true(tls_message_next_authority(&rest, text, sizeof(text)));
	assert_string_equal(text, "");
	assert_false(tls_message_next_authority(&rest, text, sizeof(text)));
	assert_int_equal(rest.size, 0);
	assert_false(tls_message_next_authority(&rest, text, sizeof(text)));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(messages_of_13_are_told),
	    cmocka_unit_test(messages_of_12_are_told),
	    cmocka_unit_test(any_message_is_survived),
	    cmocka_unit_test(silent_messages_are_known),
	    cmocka_unit_test(authorities_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

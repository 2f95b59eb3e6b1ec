/* keys13_test.c - a server's keys and first flight against RFC 8448 section 3: from its inputs
 * (random, private key, certificate, signature) to the RFC's records, byte for byte, and the
 * client's keys. */
#include "hex.h"

#include "tests/unit/testrng.h"
#include "tests/vectors/rfc8448_3.h"
#include "tls/bytes/mem.h"
#include "tls/hs/auth.h"
#include "tls/hs/server.h"
#include "tls/msg/encrypted_extensions.h"

#define MAX_LABELS 5

static struct {
	unsigned n;
	const char *label[MAX_LABELS];
	int result;
} logged;

static const struct {
	const char *label, *secret;
} secrets[MAX_LABELS] = {
    {"CLIENT_HANDSHAKE_TRAFFIC_SECRET", rfc8448_3_c_hs_traffic},
    {"SERVER_HANDSHAKE_TRAFFIC_SECRET", rfc8448_3_s_hs_traffic},
    {"CLIENT_TRAFFIC_SECRET_0", rfc8448_3_c_ap_traffic},
    {"SERVER_TRAFFIC_SECRET_0", rfc8448_3_s_ap_traffic},
    {"EXPORTER_SECRET", rfc8448_3_exp_master},
};

static int keylog(tls_session_t s, const char *label, const tls_datum_t *secret)
{
	(void)s;
	assert_true(logged.n < MAX_LABELS);
	assert_string_equal(label, secrets[logged.n].label);
	assert_hex(secret->data, secret->size, secrets[logged.n].secret);
	logged.n++;
	return logged.result;
}

/* A session that has received the RFC's ClientHello and chosen as the RFC's server did. */
static void at_server_hello(struct tls_session_st *s, struct hex *share)
{
	struct hex hello = unhex(rfc8448_3_client_hello);

	*share = unhex(rfc8448_3_client_x25519_public);
	memset(s, 0, sizeof(*s));
	memset(&logged, 0, sizeof(logged));
	s->flags = TLS_SERVER;
	s->keylog = keylog;
	assert_int_equal(tls_workspace_init(&s->ws, 0), 0);
	s->hs = tls_mem_alloc(sizeof(*s->hs));
	assert_non_null(s->hs);
	tls_transcript_init(&s->hs->transcript);
	tls_transcript_choose(&s->hs->transcript, TLS_HASH_SHA256);
	tls_transcript_add(&s->hs->transcript, tls_span(hello.p, hello.len));
	s->hs->choice.suite = tls_suite_by_id(TLS_CIPHER_AES_128_GCM_SHA256);
	s->hs->choice.group = tls_group_by_id(TLS_GROUP_X25519);
	s->hs->choice.share = tls_span(share->p, share->len);
}

static void clear(struct tls_session_st *s)
{
	tls_record_forget(&s->rd, s->ws);
	tls_record_forget(&s->wr, s->ws);
	tls_buf_clear(&s->messages);
	tls_mem_free(s->hs);
	tls_workspace_deinit(s->ws);
}

/* Builds a message as the driver does, and compares it. */
static void sends(struct tls_session_st *s, unsigned type,
    int (*send)(struct tls_session_st *s, struct tls_buf *body), const char *want)
{
	struct tls_block body;
	struct tls_buf b;

	tls_buf_init(&b, 0);
	tls_buf_u8(&b, type);
	body = tls_buf_open(&b, 3);
	assert_int_equal(send(s, &b), 0);
	tls_buf_close(&b, body);
	assert_true(tls_buf_ok(&b));
	assert_hex(b.p, b.len, want);
	tls_transcript_add(&s->hs->transcript, tls_buf_as_span(&b));
	tls_buf_clear(&b);
}

static void add(struct tls_session_st *s, const char *message)
{
	struct hex h = unhex(message);

	tls_transcript_add(&s->hs->transcript, tls_span(h.p, h.len));
}

static void has_keys(const struct tls_half *half, const char *key, const char *iv)
{
	assert_int_equal(half->seq, 0);
	assert_hex(half->key, 16, key);
	assert_hex(half->iv, sizeof(half->iv), iv);
}

static void seals(struct tls_session_st *s, const char *content, const char *record)
{
	struct hex in = unhex(content);
	uint8_t out[1200];
	size_t len;

	assert_int_equal(
	    tls_record_seal(&s->wr, s->ws, out, &len, TLS_CONTENT_HANDSHAKE, in.p, in.len), 0);
	assert_hex(out, len, record);
}

static const struct tls_step hello_keys = {.s2c = TLS_KEYS_HANDSHAKE, .c2s = TLS_KEYS_HANDSHAKE};
static const struct tls_step server_finished = {.s2c = TLS_KEYS_TRAFFIC};
static const struct tls_step client_finished = {.c2s = TLS_KEYS_TRAFFIC};

/* The RFC's EncryptedExtensions tell groups, which our server doesn't: the codec writes them. */
static int send_extensions(struct tls_session_st *s, struct tls_buf *body)
{
	struct hex groups = unhex("001d 0017 0018 0019 0100 0101 0102 0103 0104");
	struct tls_encrypted_extensions m = {.groups = tls_span(groups.p, groups.len),
	    .record_size_limit = 0x4001,
	    .server_name = true};

	(void)s;
	tls_encrypted_extensions_encode(body, &m);
	return 0;
}

static void whole_flight(void **state)
{
	struct hex script = unhex(rfc8448_3_server_random);
	struct hex private = unhex(rfc8448_3_server_x25519_private), share, finished;
	struct testrng chance = {.script = script.p, .script_len = 64};
	struct tls_session_st s;

	(void)state;
	tls_mem_copy(script.p + 32, private.p, 32);
	at_server_hello(&s, &share);
	s.rng = (struct tls_rng){.fill = testrng_fill, .ptr = &chance};
	sends(&s, TLS_HANDSHAKE_SERVER_HELLO, tls_server_send_hello, rfc8448_3_server_hello);
	seals(&s, rfc8448_3_server_hello, rfc8448_3_server_hello_record);
	assert_int_equal(tls_keys13_change(&s, &hello_keys), 0);
	has_keys(&s.wr, rfc8448_3_server_hs_key, rfc8448_3_server_hs_iv);
	has_keys(&s.rd, rfc8448_3_client_hs_key, rfc8448_3_client_hs_iv);
	sends(&s, TLS_HANDSHAKE_ENCRYPTED_EXTENSIONS, send_extensions,
	    rfc8448_3_encrypted_extensions);
	add(&s, rfc8448_3_server_certificate);
	add(&s, rfc8448_3_server_certificate_verify);
	sends(&s, TLS_HANDSHAKE_FINISHED, tls_auth_send_finished, rfc8448_3_server_finished);
	seals(&s, rfc8448_3_server_flight, rfc8448_3_server_flight_record);
	assert_int_equal(tls_keys13_change(&s, &server_finished), 0);
	has_keys(&s.wr, rfc8448_3_server_ap_key, rfc8448_3_server_ap_iv);
	has_keys(&s.rd, rfc8448_3_client_hs_key, rfc8448_3_client_hs_iv);
	assert_hex(s.wr_secret.b, s.wr_secret.len, rfc8448_3_s_ap_traffic);
	finished = unhex(rfc8448_3_client_verify_data);
	assert_int_equal(tls_auth_recv_finished(&s, tls_span(finished.p, finished.len)), 0);
	assert_int_equal(tls_keys13_change(&s, &client_finished), 0);
	has_keys(&s.rd, rfc8448_3_client_ap_key, rfc8448_3_client_ap_iv);
	assert_hex(s.rd_secret.b, s.rd_secret.len, rfc8448_3_c_ap_traffic);
	assert_int_equal(logged.n, MAX_LABELS);
	clear(&s);
}

/* RFC 8446 section 4.4.4, with every changed bit and every other length. */
static void wrong_finished(void **state)
{
	struct hex secret = unhex(rfc8448_3_c_hs_traffic),
		   data = unhex(rfc8448_3_client_verify_data), share;
	static const char *const messages[] = {rfc8448_3_server_hello,
	    rfc8448_3_encrypted_extensions, rfc8448_3_server_certificate,
	    rfc8448_3_server_certificate_verify, rfc8448_3_server_finished};
	struct tls_session_st s;

	(void)state;
	at_server_hello(&s, &share);
	s.hs->sched.hash = TLS_HASH_SHA256;
	s.hs->c_hs.len = 32;
	tls_mem_copy(s.hs->c_hs.b, secret.p, 32);
	for (size_t i = 0; i < 5; i++)
		add(&s, messages[i]);
	assert_int_equal(tls_auth_recv_finished(&s, tls_span(data.p, 32)), 0);
	for (size_t bit = 0; bit < 256; bit++) {
		data.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_int_equal(
		    tls_auth_recv_finished(&s, tls_span(data.p, 32)), TLS_E_FINISHED_VERIFY_FAILED);
		data.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	for (size_t len = 0; len <= 64; len++)
		if (len != 32)
			assert_int_equal(tls_auth_recv_finished(&s, tls_span(data.p, len)),
			    TLS_E_UNEXPECTED_PACKET_LENGTH);
	clear(&s);
}

/* RFC 8446 section 5.1: bytes of the next message behind the one that changes our reading keys. */
static void message_crosses_key_change(void **state)
{
	static const uint8_t zero[TLS_GROUP_SECRET_MAX_LEN];
	struct tls_session_st s;
	struct hex share;

	(void)state;
	at_server_hello(&s, &share);
	s.keylog = NULL;
	memset(s.hs->secret, 1, sizeof(s.hs->secret));
	assert_int_equal(tls_hs_message_add(&s, tls_span("\x14", 1)), 0);
	assert_int_equal(tls_keys13_change(&s, &hello_keys), TLS_E_MESSAGE_CROSSES_KEY_CHANGE);
	assert_null(s.rd.suite);
	/* the shared secret is gone once it is used */
	assert_memory_equal(s.hs->secret, zero, sizeof(zero));
	/* our own direction doesn't mind */
	assert_int_equal(tls_keys13_change(&s, &server_finished), 0);
	assert_int_equal(tls_keys13_change(&s, &client_finished), TLS_E_MESSAGE_CROSSES_KEY_CHANGE);
	clear(&s);
}

static void key_log_may_refuse(void **state)
{
	static const struct {
		int result, err;
	} figures[] = {{TLS_E_MEMORY_ERROR, TLS_E_MEMORY_ERROR},
	    {TLS_E_AGAIN, TLS_E_INTERNAL_ERROR}, {1, TLS_E_INTERNAL_ERROR}};

	(void)state;
	for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
		struct hex ecdhe = unhex(rfc8448_3_ecdhe), share;
		struct tls_session_st s;

		at_server_hello(&s, &share);
		add(&s, rfc8448_3_server_hello);
		tls_mem_copy(s.hs->secret, ecdhe.p, ecdhe.len);
		logged.result = figures[i].result;
		assert_int_equal(tls_keys13_change(&s, &hello_keys), figures[i].err);
		assert_int_equal(logged.n, 1);
		assert_null(s.wr.suite);
		clear(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(whole_flight),
	    cmocka_unit_test(wrong_finished),
	    cmocka_unit_test(message_crosses_key_change),
	    cmocka_unit_test(key_log_may_refuse),
	};

	return cmocka_run_group_tests_name("keys13", tests, NULL, NULL);
}

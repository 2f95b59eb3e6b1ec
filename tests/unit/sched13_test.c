/* sched13_test.c - the key schedule against every secret, key and IV of RFC 8448 sections 3, 5,
 * 6, 7. */
#include "hex.h"

#include "tests/vectors/rfc8448_3.h"
#include "tests/vectors/rfc8448_5.h"
#include "tests/vectors/rfc8448_6.h"
#include "tests/vectors/rfc8448_7.h"
#include "tls/bytes/mem.h"
#include "tls/crypto/hkdf.h"
#include "tls/hs/sched13.h"

/* One trace; NULL: the RFC doesn't print it there. */
struct trace {
	const char *early, *for_handshake, *ecdhe, *handshake, *hash_hello, *c_hs, *s_hs;
	const char *for_master, *master, *hash_server_finished, *c_ap, *s_ap, *exp_master;
	const char *hash_client_finished, *res_master, *s_hs_key, *s_hs_iv, *c_hs_key, *c_hs_iv;
	const char *s_ap_key, *s_ap_iv, *c_ap_key, *c_ap_iv;
};

#define TRACE(n)                                                                                   \
	{                                                                                          \
		rfc8448_##n##_early_secret, rfc8448_##n##_derived_for_handshake,                   \
		    rfc8448_##n##_ecdhe, rfc8448_##n##_handshake_secret,                           \
		    rfc8448_##n##_hash_to_server_hello, rfc8448_##n##_c_hs_traffic,                \
		    rfc8448_##n##_s_hs_traffic, rfc8448_##n##_derived_for_master,                  \
		    rfc8448_##n##_master_secret, rfc8448_##n##_hash_to_server_finished,            \
		    rfc8448_##n##_c_ap_traffic, rfc8448_##n##_s_ap_traffic,                        \
		    rfc8448_##n##_exp_master, rfc8448_##n##_hash_to_client_finished,               \
		    rfc8448_##n##_res_master, rfc8448_##n##_server_hs_key,                         \
		    rfc8448_##n##_server_hs_iv, rfc8448_##n##_client_hs_key,                       \
		    rfc8448_##n##_client_hs_iv, rfc8448_##n##_server_ap_key,                       \
		    rfc8448_##n##_server_ap_iv, rfc8448_##n##_client_ap_key,                       \
		    rfc8448_##n##_client_ap_iv                                                     \
	}

static const struct trace traces[] = {TRACE(3), TRACE(5), TRACE(6), TRACE(7)};

static void assert_secret(const struct tls_secret *secret, const char *text)
{
	assert_hex(secret->b, secret->len, text);
}

/* Derive-Secret(current, label, hash), compared. */
static void derives(
    const struct tls_sched13 *s, const char *label, const char *hash, const char *want)
{
	struct hex h = unhex(hash);
	struct tls_secret out;

	tls_sched13_derive(&out, s, label, tls_span(h.p, h.len));
	assert_secret(&out, want);
}

/* The SHA-256 of nothing, FIPS 180-4. */
static const char nothing[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

static void one_trace(const struct trace *t)
{
	struct hex ecdhe = unhex(t->ecdhe);
	struct tls_sched13 s;

	tls_sched13_start(&s, TLS_HASH_SHA256, NULL, 0);
	assert_secret(&s.current, t->early);
	derives(&s, "derived", nothing, t->for_handshake);
	tls_sched13_next(&s, ecdhe.p, ecdhe.len);
	assert_secret(&s.current, t->handshake);
	derives(&s, "c hs traffic", t->hash_hello, t->c_hs);
	derives(&s, "s hs traffic", t->hash_hello, t->s_hs);
	derives(&s, "derived", nothing, t->for_master);
	tls_sched13_next(&s, NULL, 0);
	assert_secret(&s.current, t->master);
	derives(&s, "c ap traffic", t->hash_server_finished, t->c_ap);
	derives(&s, "s ap traffic", t->hash_server_finished, t->s_ap);
	derives(&s, "exp master", t->hash_server_finished, t->exp_master);
	derives(&s, "res master", t->hash_client_finished, t->res_master);
	tls_sched13_clear(&s);
}

static void every_secret(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(traces) / sizeof(traces[0]); i++)
		one_trace(&traces[i]);
}

static struct tls_secret secret_of(const char *text)
{
	struct hex h = unhex(text);
	struct tls_secret secret = {.len = (uint8_t)h.len};

	tls_mem_copy(secret.b, h.p, h.len);
	return secret;
}

static void gives_keys(const char *traffic, const char *key, const char *iv)
{
	const struct tls_suite *suite = tls_suite_by_id(TLS_CIPHER_AES_128_GCM_SHA256);
	struct tls_secret secret = secret_of(traffic);
	struct tls_half half = {.seq = 7};
	tls_workspace_t ws;

	assert_int_equal(tls_workspace_init(&ws, 0), 0);
	tls_record_install(&half, ws, suite, &secret);
	assert_hex(half.key, 16, key);
	assert_hex(half.iv, sizeof(half.iv), iv);
	assert_int_equal(half.seq, 0);
	tls_record_forget(&half, ws);
	tls_workspace_deinit(ws);
}

static void every_key(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(traces) / sizeof(traces[0]); i++) {
		const struct trace *t = &traces[i];

		gives_keys(t->s_hs, t->s_hs_key, t->s_hs_iv);
		gives_keys(t->c_hs, t->c_hs_key, t->c_hs_iv);
		gives_keys(t->s_ap, t->s_ap_key, t->s_ap_iv);
		gives_keys(t->c_ap, t->c_ap_key, t->c_ap_iv);
	}
}

/* Messages up to what a Finished covers, and its verify_data. */
static const struct {
	const char *traffic, *messages[10], *verify_data;
} finished[] = {
    {rfc8448_3_s_hs_traffic,
	{rfc8448_3_client_hello, rfc8448_3_server_hello, rfc8448_3_encrypted_extensions,
	    rfc8448_3_server_certificate, rfc8448_3_server_certificate_verify},
	rfc8448_3_server_verify_data},
    {rfc8448_3_c_hs_traffic,
	{rfc8448_3_client_hello, rfc8448_3_server_hello, rfc8448_3_encrypted_extensions,
	    rfc8448_3_server_certificate, rfc8448_3_server_certificate_verify,
	    rfc8448_3_server_finished},
	rfc8448_3_client_verify_data},
    {rfc8448_6_s_hs_traffic,
	{rfc8448_6_client_hello, rfc8448_6_server_hello, rfc8448_6_encrypted_extensions,
	    rfc8448_6_certificate_request, rfc8448_6_server_certificate,
	    rfc8448_6_server_certificate_verify},
	rfc8448_6_server_verify_data},
    {rfc8448_6_c_hs_traffic,
	{rfc8448_6_client_hello, rfc8448_6_server_hello, rfc8448_6_encrypted_extensions,
	    rfc8448_6_certificate_request, rfc8448_6_server_certificate,
	    rfc8448_6_server_certificate_verify, rfc8448_6_server_finished,
	    rfc8448_6_client_certificate, rfc8448_6_client_certificate_verify},
	rfc8448_6_client_verify_data},
    {rfc8448_7_s_hs_traffic,
	{rfc8448_7_client_hello, rfc8448_7_server_hello, rfc8448_7_encrypted_extensions,
	    rfc8448_7_server_certificate, rfc8448_7_server_certificate_verify},
	rfc8448_7_server_verify_data},
};

static void every_finished(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(finished) / sizeof(finished[0]); i++) {
		struct tls_secret traffic = secret_of(finished[i].traffic);
		uint8_t hash[TLS_HASH_MAX_LEN], out[TLS_HASH_MAX_LEN];
		struct tls_hash_ctx ctx;

		tls_hash_init(&ctx, TLS_HASH_SHA256);
		for (size_t k = 0; finished[i].messages[k] != NULL; k++) {
			struct hex h = unhex(finished[i].messages[k]);

			tls_hash_update(&ctx, h.p, h.len);
		}
		tls_hash_peek(&ctx, hash);
		tls_sched13_finished(out, TLS_HASH_SHA256, &traffic, tls_span(hash, 32));
		assert_hex(out, 32, finished[i].verify_data);
	}
}

/* A PSK takes the place of the zeros: RFC 8448 section 4 begins with the PSK of section 3. */
static void start_from_psk(void **state)
{
	struct hex psk = unhex(rfc8448_3_resumption_psk);
	struct tls_sched13 s;

	(void)state;
	tls_sched13_start(&s, TLS_HASH_SHA256, psk.p, psk.len);
	assert_hex(s.current.b, s.current.len,
	    "9b2188e9b2fc6d64d71dc329900e20bb41915000f678aa839cbb797cb7d8332c");
}

/* Section 7.2, spelled out: HKDF-Expand-Label(secret, "traffic upd", "", Hash.length), for each
 * hash. */
static void update_is_section_7_2(void **state)
{
	static const uint8_t info32[] = "\0\x20\x11tls13 traffic upd",
			     info48[] = "\0\x30\x11tls13 traffic upd";
	struct tls_secret secret = secret_of(rfc8448_3_c_ap_traffic), before = secret;
	uint8_t want[48];

	(void)state;
	/* the string's NUL is the empty context's length */
	tls_hkdf_expand(TLS_HASH_SHA256, want, 32, before.b, 32, info32, sizeof(info32));
	tls_sched13_update(TLS_HASH_SHA256, &secret);
	assert_int_equal(secret.len, 32);
	assert_memory_equal(secret.b, want, 32);
	secret.len = 48;
	before = secret;
	tls_hkdf_expand(TLS_HASH_SHA384, want, 48, before.b, 48, info48, sizeof(info48));
	tls_sched13_update(TLS_HASH_SHA384, &secret);
	assert_int_equal(secret.len, 48);
	assert_memory_equal(secret.b, want, 48);
}

/* Made with OpenSSL's TLS13-KDF from section 7.5: Derive-Secret, then HKDF-Expand-Label. */
static void exporters(void **state)
{
	static const struct {
		enum tls_hash hash;
		const char *secret, *label, *context, *out;
	} rows[] = {
		{TLS_HASH_SHA256, rfc8448_3_exp_master, "EXPORTER-Channel-Binding", "",
		    "e3b0946bf2f4668144f22872e0afd51dc9608638c6f9b2584b98c6cd3a4affad"},
		{TLS_HASH_SHA256, rfc8448_3_exp_master, "EXPORTER-test", "context",
		    "4efc7a221fbeb50db8801d59944f0cb4a37e5cde87a5432a108010b8e2dfc2a3f507ff3e95834c10"
		    "2d7934611ebfac07b2709c3f20058bce6e7c6aad68aae1295a40a02de95f810bcdbe8947a8"},
		{TLS_HASH_SHA384,
		    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2021222324252627"
		    "28292a2b2c2d2e2f",
		    "EXPORTER-test", "context",
		    "2df0708bdf2b55362dc4238286eebfd98a3bb4ed79b49b34cc29ed08f72345abce2bed6ef2d4f055"
		    "8eefef0627b24b457631fe3a787aeff9d7e5f21b0ee1640e6afde1e06fdb932ffd739ae58b993c98"
		    "d67b778d3b7466a58ea47930db00f3cdeba89bec"},
		{TLS_HASH_SHA384,
		    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2021222324252627"
		    "28292a2b2c2d2e2f",
		    "EXPORTER-test", "", "2f682dc237616ea0392004218cc95cb4"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct hex from = unhex(rows[i].secret);
		struct tls_secret secret = {.len = (uint8_t)from.len};
		uint8_t out[100];
		size_t len = strlen(rows[i].out) / 2;

		memcpy(secret.b, from.p, from.len);
		tls_sched13_export(out, len, rows[i].hash, &secret, rows[i].label,
		    tls_span(rows[i].context, strlen(rows[i].context)));
		assert_hex(out, len, rows[i].out);
	}
}

static void clear_wipes(void **state)
{
	static const struct tls_sched13 zero;
	struct tls_sched13 s;

	(void)state;
	memset(&s, 0, sizeof(s));
	tls_sched13_start(&s, TLS_HASH_SHA384, NULL, 0);
	assert_int_equal(s.current.len, 48);
	tls_sched13_clear(&s);
	assert_memory_equal(&s, &zero, sizeof(s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_secret),
	    cmocka_unit_test(every_key),
	    cmocka_unit_test(every_finished),
	    cmocka_unit_test(start_from_psk),
	    cmocka_unit_test(update_is_section_7_2),
	    cmocka_unit_test(exporters),
	    cmocka_unit_test(clear_wipes),
	};

	return cmocka_run_group_tests_name("sched13", tests, NULL, NULL);
}

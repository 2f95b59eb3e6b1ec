/* certificate_verify_test.c - CertificateVerify, RFC 8446 section 4.4.3: the message, and what is
 * signed, by the signatures of RFC 8448. */
#include "codec.h"

#include "tests/vectors/rfc8448_3.h"
#include "tests/vectors/rfc8448_6.h"
#include "tests/vectors/rfc8448_keys.h"
#include "tls/crypto/hash.h"
#include "tls/crypto/sig.h"
#include "tls/msg/certificate_verify.h"

#define RFC8448_RSA_BITS 1024

static struct tls_certificate_verify kept;

static int decode(struct tls_span body)
{
	return tls_certificate_verify_decode(&kept, body);
}

static void encode(struct tls_buf *b)
{
	tls_certificate_verify_encode(b, &kept);
}

static void round_trip(void **state)
{
	struct hex h =
	    codec_body(rfc8448_3_server_certificate_verify, TLS_HANDSHAKE_CERTIFICATE_VERIFY);

	(void)state;
	assert_int_equal(tls_certificate_verify_decode(&kept, tls_span(h.p, h.len)), 0);
	assert_int_equal(kept.scheme, 0x0804);
	assert_int_equal(kept.signature.len, RFC8448_RSA_BITS / 8);
	codec_writes(encode, h.p, h.len);
	codec_cut(decode, h.p, h.len, 0);
	codec_longer(decode, h.p, h.len);
	codec_length(decode, h.p, h.len, 2, 2);
}

/* Typed from the example in section 4.4.3: transcript hash 32 times 01. */
static void input_is_the_rfcs_example(void **state)
{
	uint8_t out[TLS_CERTIFICATE_VERIFY_INPUT_MAX], hash[32];
	struct tls_buf b;

	(void)state;
	memset(hash, 1, sizeof(hash));
	tls_buf_init_fixed(&b, out, sizeof(out));
	tls_certificate_verify_input(&b, true, tls_span(hash, sizeof(hash)));
	assert_true(tls_buf_ok(&b));
	assert_hex(b.p, b.len,
	    "2020202020202020202020202020202020202020202020202020202020202020"
	    "2020202020202020202020202020202020202020202020202020202020202020"
	    "544c5320312e332c207365727665722043657274696669636174655665726966"
	    "79"
	    "00"
	    "0101010101010101010101010101010101010101010101010101010101010101");
}

static void input_of_a_client(void **state)
{
	uint8_t out[TLS_CERTIFICATE_VERIFY_INPUT_MAX], hash[TLS_HASH_MAX_LEN] = {0};
	struct tls_buf b;

	(void)state;
	tls_buf_init_fixed(&b, out, sizeof(out));
	tls_certificate_verify_input(&b, false, tls_span(hash, sizeof(hash)));
	assert_true(tls_buf_ok(&b));
	assert_int_equal(b.len, 64 + 34 + sizeof(hash));
	assert_memory_equal(b.p + 64, "TLS 1.3, client CertificateVerify", 34);
}

/* The hash over these messages. */
static void transcript(uint8_t out[32], const char *const *messages)
{
	struct tls_hash_ctx ctx;

	tls_hash_init(&ctx, TLS_HASH_SHA256);
	for (; *messages != NULL; messages++) {
		struct hex h = unhex(*messages);

		tls_hash_update(&ctx, h.p, h.len);
	}
	tls_hash_peek(&ctx, out);
}

static void rfc8448_3_signature(void **state)
{
	static const char *const messages[] = {rfc8448_3_client_hello, rfc8448_3_server_hello,
	    rfc8448_3_encrypted_extensions, rfc8448_3_server_certificate, NULL};
	struct hex h =
	    codec_body(rfc8448_3_server_certificate_verify, TLS_HANDSHAKE_CERTIFICATE_VERIFY);
	struct hex n = unhex(rfc8448_rsa_n), e = unhex(rfc8448_rsa_e);
	uint8_t hash[32], out[TLS_CERTIFICATE_VERIFY_INPUT_MAX];
	struct tls_pubkey *pub;
	struct tls_buf b;

	(void)state;
	transcript(hash, messages);
	assert_int_equal(decode(tls_span(h.p, h.len)), 0);
	assert_int_equal(tls_pubkey_new_rsa_min(
			     &pub, tls_span(n.p, n.len), tls_span(e.p, e.len), RFC8448_RSA_BITS),
	    0);
	for (unsigned by_server = 0; by_server <= 1; by_server++) {
		tls_buf_init_fixed(&b, out, sizeof(out));
		tls_certificate_verify_input(&b, by_server != 0, tls_span(hash, sizeof(hash)));
		assert_int_equal(tls_sig_verify(pub, kept.scheme, b.p, b.len, kept.signature.p,
				     kept.signature.len),
		    by_server);
	}
	tls_pubkey_free(pub);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(round_trip),
	    cmocka_unit_test(input_is_the_rfcs_example),
	    cmocka_unit_test(input_of_a_client),
	    cmocka_unit_test(rfc8448_3_signature),
	};

	return cmocka_run_group_tests_name("certificate_verify", tests, NULL, NULL);
}

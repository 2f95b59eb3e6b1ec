/* sched12_test.c - the key schedule of TLS 1.2 against figures that were computed with Python's hmac from the
 * formulas of RFC 5246 sections 6.3, 7.4.9 and 8.1 and RFC 7627 section 4; that peers agree shows in tests/wire. */
#include "hex.h"

#include "tls/hs/sched12.h"

/* Premaster secret 00 01 .. 1f, client's random 40 .. 5f, server's 80 .. 9f, transcript hash c0 c1 .. */
static const struct {
	enum tls_hash hash;
	enum tls_aead aead;
	const char *master, *extended;
	const char *c_key, *s_key, *c_iv, *s_iv, *c_finished, *s_finished;
} figures[] = {
    {TLS_HASH_SHA256, TLS_AEAD_AES_128_GCM,
	"d893220b8e55f15ece83e6e9031efc6efdb1465bffced7c198546acb8ab8999a"
	"acfd9d65168f733a5b8eb70f56a6b0b9",
	"08666bba211ba884c1d8aa2a3fdf360136f7c656d6b24469f2bd9cb762c479c5"
	"a3202d199dcd00323926d96dcd132811",
	"8a65b52b0875096e92ba801273462f25", "5b278157767252e7bcec90e21aa6680c",
	"c366f0f4", "a57a1d7c", "ce7621c0883be1a3c8f91acc", "4ebcedf6359365e81da5cc81"},
    {TLS_HASH_SHA384, TLS_AEAD_AES_256_GCM,
	"780b1bd7b0e778cdd19669ffe3fda1f91017be4c67f96d169944a898b1c91c51"
	"5e958e3edb961825c7966417b0b4ab8c",
	"722584d81faf570bcf324500a6f7cdaef4c88a6e6d1966e287fd025910f914ea"
	"ed5e722c28a0937385befd184be2b600",
	"784088ccf77d4eb91859fae3d481c748443ee0086f8653e28722530276b54900", "6ee64b7baace96c63b05b1ee17a55472b5442748365d21f373348ab199b12f5a",
	"774f66b4", "54d34d5f", "086b26c8a2a61a6de66bfcfa", "499ff625c36f573c8e0ba222"},
    {TLS_HASH_SHA256, TLS_AEAD_CHACHA20_POLY1305,
	"d893220b8e55f15ece83e6e9031efc6efdb1465bffced7c198546acb8ab8999a"
	"acfd9d65168f733a5b8eb70f56a6b0b9",
	"08666bba211ba884c1d8aa2a3fdf360136f7c656d6b24469f2bd9cb762c479c5"
	"a3202d199dcd00323926d96dcd132811",
	"8a65b52b0875096e92ba801273462f255b278157767252e7bcec90e21aa6680c", "c366f0f4a57a1d7cb485f1c8e6505fc641a93054e81d0104224703b90ed66bee",
	"49310572bd2c33e856d234dd", "1b5074519941f1df0bd9f681", "ce7621c0883be1a3c8f91acc", "4ebcedf6359365e81da5cc81"},
};

#define N_FIGURES (sizeof(figures) / sizeof(figures[0]))

static struct tls_span run_of(uint8_t *room, unsigned first, size_t n)
{
	for (size_t i = 0; i < n; i++)
		room[i] = (uint8_t)(first + i);
	return tls_span(room, n);
}

static void every_figure(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_FIGURES; i++) {
		uint8_t p[32], c[32], s[32], h[TLS_HASH_MAX_LEN], finished[TLS_VERIFY_DATA_LEN];
		struct tls_span premaster = run_of(p, 0, 32), client = run_of(c, 0x40, 32);
		struct tls_span server = run_of(s, 0x80, 32);
		struct tls_span hash = run_of(h, 0xc0, tls_hash_len(figures[i].hash));
		size_t key_len = tls_aead_key_len(figures[i].aead);
		size_t iv_len = tls_record_iv12_len(figures[i].aead);
		struct tls_sched12 sched, extended;
		struct tls_keys12 ck, sk;

		tls_sched12_master(&sched, figures[i].hash, premaster, client, server);
		assert_hex(sched.master, TLS_MASTER_LEN, figures[i].master);
		tls_sched12_extended(&extended, figures[i].hash, premaster, hash);
		assert_hex(extended.master, TLS_MASTER_LEN, figures[i].extended);
		tls_sched12_keys(&ck, &sk, &sched, figures[i].aead, client, server);
		assert_hex(ck.key, key_len, figures[i].c_key);
		assert_hex(sk.key, key_len, figures[i].s_key);
		assert_hex(ck.iv, iv_len, figures[i].c_iv);
		assert_hex(sk.iv, iv_len, figures[i].s_iv);
		tls_sched12_finished(finished, &sched, false, hash);
		assert_hex(finished, sizeof(finished), figures[i].c_finished);
		tls_sched12_finished(finished, &sched, true, hash);
		assert_hex(finished, sizeof(finished), figures[i].s_finished);
	}
}

/* Made with OpenSSL's TLS1-PRF. Master secret 00 01 .. 2f, the same randoms; no context, an empty one, "context". */
static void exporters(void **state)
{
	static const struct {
		enum tls_hash hash;
		const char *context;
		size_t context_len;
		const char *out;
	} rows[] = {
		{TLS_HASH_SHA256, "", 0,
		    "c259997906176001df357581053aeef2b22fe1ff0476ba3368ba32d5216d8c7ffff2630b4bb0f2ed"},
		{TLS_HASH_SHA256, "\0\0", 2,
		    "8955366f901a19cdfda691589cdde53c614c52319aacf83307788f0b1cf9e8bea5167756554a074d"},
		{TLS_HASH_SHA256, "\0\7context", 9,
		    "d231a1c6fce039b9ed52f394f54770a0b3ed6a082eb8115c77500bf412404d7fce94a2ad03a51c88"},
		{TLS_HASH_SHA384, "", 0,
		    "a5119190100509b5a83264fe02ee1ab8bd1e91b5ce9882b874fc31565a22f661f4177c66c2ce6bbe"},
		{TLS_HASH_SHA384, "\0\0", 2,
		    "477b54bd31fb8502d8a18d5cf7680da4850d21ffa65dc2f9df520eb0af4c6a5264eb77090f008036"},
		{TLS_HASH_SHA384, "\0\7context", 9,
		    "dc1b1a0effadb917901c41a776ae2e13d6284e4fef0a99a9ade9af7ffc4491f8afc6015a6a581c07"},
	};
	struct tls_secret master = {.len = TLS_MASTER_LEN};
	uint8_t seed[73], out[40];

	(void)state;
	run_of(master.b, 0, TLS_MASTER_LEN);
	run_of(seed, 0x40, 32);
	run_of(seed + 32, 0x80, 32);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memcpy(seed + 64, rows[i].context, rows[i].context_len);
		tls_sched12_export(out, sizeof(out), rows[i].hash, &master, "EXPORTER-test",
		    tls_span(seed, 64 + rows[i].context_len));
		assert_hex(out, sizeof(out), rows[i].out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_figure),
	    cmocka_unit_test(exporters),
	};

	return cmocka_run_group_tests_name("sched12", tests, NULL, NULL);
}

/* proof_test.c - daemon/proof.c: certificates that work are proven, once; one that can't is named with the reason. */
#include "unit.h"

#include "conf_case.h"

#include "daemon/proof.h"
#include "tests/lib/mint.h"
#include "tls/bytes/mem.h"
#include "tls/x509/key_write.h"

#define SERVICE(name, tls, certificates)                                                                \
	"{ name = \"" name "\"; listen = [ \"127.0.0.1:0\" ]; backends = ( \"127.0.0.1:80\" ); tls: { " tls \
	" };\ncertificates = ( " certificates " ); }"
#define ONE(tls, certificates) "services = ( " SERVICE("w", tls, certificates) " );\n"
#define PAIR(chain, key) "{ chain = \"" chain "\"; key = \"" key "\"; }\n"
#define P256 PAIR("p256.crt.pem", "p256.pkcs8.pem")

static struct px_proof *proof;

static int enter(void **state)
{
	static const char *const names[] = {"p256.crt.pem", "p256.pkcs8.pem", "p384.crt.pem", "p384.pkcs8.pem",
	    "p521.crt.pem", "p521.pkcs8.pem", "rsa.crt.pem", "rsa.pkcs8.pem", "ed25519.crt.pem",
	    "ed25519.pkcs8.pem", "chain.crt.pem", "expired.crt.pem", "nosan.crt.pem"};

	if (case_enter(state) != 0)
		return -1;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		case_data(names[i], names[i]);
	return 0;
}

static int begin(void **state)
{
	(void)state;
	proof = px_proof_new();
	return proof != NULL ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	px_proof_free(proof);
	return 0;
}

static struct conf *load(const char *text)
{
	struct conf_errors errs = {0};
	struct conf *conf;

	case_put("t", text);
	conf_load(&conf, &errs, "t", NULL);
	assert_int_equal(errs.n_errors, 0);
	conf_errors_clear(&errs);
	return conf;
}

/* Proves the text's certificates, with these lines and so many handshakes. */
static void expect(const char *text, const char *lines, unsigned handshakes)
{
	static char got[CASE_MAX_LEN];
	struct conf *conf = load(text);
	struct conf_errors errs = {0};
	unsigned before = px_proof_count(proof);
	int r = px_proof_run(proof, &errs, conf);

	case_lines(got, &errs);
	assert_string_equal(got, lines);
	assert_int_equal(r, lines[0] == '\0' ? 0 : -1);
	assert_int_equal(px_proof_count(proof) - before, handshakes);
	conf_errors_clear(&errs);
	conf_free(conf);
}

/* One each in TLS 1.3, and the first of each kind in TLS 1.2, too. */
static void proves_every_kind_of_key(void **state)
{
	(void)state;
	expect(ONE("", P256), "", 2);
	expect(ONE("policy = \"modern\";", PAIR("rsa.crt.pem", "rsa.pkcs8.pem")), "", 1);
	expect(ONE("max_version = \"1.2\";", PAIR("rsa.crt.pem", "rsa.pkcs8.pem")), "", 1);
	expect(ONE("", PAIR("p384.crt.pem", "p384.pkcs8.pem") "," PAIR("p521.crt.pem", "p521.pkcs8.pem") "," PAIR(
			   "rsa.crt.pem", "rsa.pkcs8.pem") "," PAIR("ed25519.crt.pem", "ed25519.pkcs8.pem")),
	    "", 8);
}

/* Whom clients trust, and when, is not judged. */
static void proves_what_is_odd_but_works(void **state)
{
	(void)state;
	expect(ONE("policy = \"modern\";",
		   PAIR("chain.crt.pem", "p256.pkcs8.pem") "," PAIR("expired.crt.pem", "p256.pkcs8.pem") "," PAIR(
		       "nosan.crt.pem", "p256.pkcs8.pem")),
	    "", 3);
}

static void proves_what_is_new(void **state)
{
	(void)state;
	expect(ONE("", P256), "", 2);
	expect(ONE("", P256), "", 0);
	/* the same in another service: what that allows counts */
	expect("services = ( " SERVICE("w", "", P256) "," SERVICE("v", "", P256) ");", "", 0);
	expect("services = ( " SERVICE("w", "", P256) "," SERVICE("v", "policy = \"modern\";", P256) ");", "", 1);
	expect(ONE("", P256 "," PAIR("rsa.crt.pem", "rsa.pkcs8.pem")), "", 2);
	/* another name for the same */
	case_data("p256.crt.pem", "copy.pem");
	expect(ONE("", PAIR("copy.pem", "p256.pkcs8.pem")), "", 0);
	/* what was not in force any more is proven again */
	expect(ONE("", PAIR("rsa.crt.pem", "rsa.pkcs8.pem")), "", 2);
}

static void needs_one_version_only(void **state)
{
	(void)state;
	/* RSA has no suite in TLS 1.2 here, and P-256 none in TLS 1.3 */
	expect(ONE("ciphersuites = [ \"TLS_AES_128_GCM_SHA256\", \"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256\" ];",
		   PAIR("rsa.crt.pem", "rsa.pkcs8.pem") "," P256),
	    "", 4);
	expect(ONE("ciphersuites = [ \"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256\" ];", P256), "", 2);
	expect(ONE("ciphersuites = [ \"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256\" ];",
		   PAIR("rsa.crt.pem", "rsa.pkcs8.pem") "," P256),
	    "t:2: services.certificates: rsa.crt.pem: no handshake with it in TLS 1.3: no common protocol version\n",
	    2);
	expect(ONE("max_version = \"1.2\"; ciphersuites = [ \"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256\" ];",
		   PAIR("rsa.crt.pem", "rsa.pkcs8.pem")),
	    "t:2: services.certificates: rsa.crt.pem: no handshake with it in TLS 1.2: no common signature algorithm\n", 1);
}

static void uses_the_groups_there_are(void **state)
{
	(void)state;
	expect(ONE("policy = \"modern\"; groups = [ \"secp521r1\" ];", P256), "", 1);
	expect(ONE("policy = \"modern\"; groups = [ \"X25519MLKEM768\" ];", P256), "", 2);
}

/* ---- Chains that are wrong ---------------------------------------------------------------------- */

static void put_pem(const char *path, const char *mode, struct tls_span der, const char *label)
{
	char *pem = mint_pem(der, label);
	FILE *f = fopen(path, mode);

	assert_non_null(f);
	fputs(pem, f);
	fclose(f);
	free(pem);
}

static void put_key(const char *path, const struct tls_privkey *key)
{
	struct tls_buf der;

	tls_buf_init(&der, 4096);
	assert_int_equal(tls_key_write(&der, key), 0);
	put_pem(path, "w", tls_buf_as_span(&der), "PRIVATE KEY");
	tls_buf_clear(&der);
	assert_int_equal(chmod(path, 0600), 0);
}

/* leaf.pem, leaf.key: what leaf says, and behind it a CA with this key. */
static void put_chain(struct mint *leaf, const struct tls_privkey *ca_key)
{
	struct tls_privkey *key = mint_key(TLS_PK_ECDSA_P256);
	struct mint ca = {.subject = "CA", .key = ca_key, .ca = true, .usage = 0x0600};
	struct tls_span leaf_der, ca_der;

	leaf->subject = "leaf";
	leaf->issuer = "CA";
	leaf->key = key;
	leaf_der = mint_cert(leaf);
	ca_der = mint_cert(&ca);
	put_pem("leaf.pem", "w", leaf_der, "CERTIFICATE");
	put_pem("leaf.pem", "a", ca_der, "CERTIFICATE");
	put_key("leaf.key", key);
	mint_free(leaf_der);
	mint_free(ca_der);
	tls_privkey_free(key);
}

#define LEAF ONE("policy = \"modern\";", PAIR("leaf.pem", "leaf.key"))

static void proves_along_the_chain(void **state)
{
	struct tls_privkey *ca = mint_key(TLS_PK_ECDSA_P256), *other = mint_key(TLS_PK_ECDSA_P256);
	struct mint wildcard = {.signer = ca, .names = {"email:a@example.net", "dns:*.example.net"}};
	struct mint address = {.signer = ca, .names = {"ip:c0000201"}};
	struct mint client = {.signer = ca, .names = {"dns:example.net"}, .purposes = "c"};
	struct mint foreign = {.signer = other, .names = {"dns:example.net"}};
	struct mint spoiled = {.signer = ca, .names = {"dns:example.net"}, .spoil_signature = true};

	(void)state;
	put_chain(&wildcard, ca);
	expect(LEAF, "", 1);
	put_chain(&address, ca);
	expect(LEAF, "", 1);
	put_chain(&client, ca);
	expect(LEAF, "", 1);
	put_chain(&foreign, ca);
	expect(LEAF,
	    "t:2: services.certificates: leaf.pem: no handshake with it in TLS 1.3: CN=leaf: signature does not verify\n", 1);
	put_chain(&spoiled, ca);
	expect(LEAF,
	    "t:2: services.certificates: leaf.pem: no handshake with it in TLS 1.3: CN=leaf: signature does not verify\n", 1);
	/* told each time: what failed isn't remembered */
	expect(LEAF,
	    "t:2: services.certificates: leaf.pem: no handshake with it in TLS 1.3: CN=leaf: signature does not verify\n", 1);
	tls_privkey_free(ca);
	tls_privkey_free(other);
}

/* Two for one name: the second, which no client would get, is proven as well. */
static void proves_each_of_one_name(void **state)
{
	struct tls_privkey *ca = mint_key(TLS_PK_ECDSA_P256), *other = mint_key(TLS_PK_ECDSA_P256);
	struct mint foreign = {.signer = other, .names = {"dns:localhost"}};

	(void)state;
	put_chain(&foreign, ca);
	expect(ONE("policy = \"modern\";", P256 "," PAIR("leaf.pem", "leaf.key")),
	    "t:3: services.certificates: leaf.pem: no handshake with it in TLS 1.3: CN=leaf: signature does not verify\n", 2);
	tls_privkey_free(ca);
	tls_privkey_free(other);
}

/* ---- The rest ----------------------------------------------------------------------------------- */

/* A long list is shared by threads: each is proven, and the broken ones are told in their order. */
static void proves_many(void **state)
{
	static char text[CASE_MAX_LEN], lines[CASE_MAX_LEN];
	struct tls_privkey *ca = mint_key(TLS_PK_ECDSA_P256), *other = mint_key(TLS_PK_ECDSA_P256);
	size_t len, lines_len = 0;

	(void)state;
	case_remove("dir");
	assert_int_equal(mkdir("dir", 0700), 0);
	for (unsigned i = 0; i < 200; i++) {
		struct mint leaf = {.signer = i % 67 == 5 ? other : ca, .names = {"dns:example.net"}};
		char path[64];

		leaf.serial = tls_span((const uint8_t *)&(uint8_t){(uint8_t)(i / 2 + 1)}, 1);
		put_chain(&leaf, ca);
		snprintf(path, sizeof(path), "dir/%03u.pem", i);
		assert_int_equal(rename("leaf.pem", path), 0);
		if (i % 67 == 5)
			lines_len += (size_t)snprintf(lines + lines_len, sizeof(lines) - lines_len,
			    "t:2: services.certificates: %s: no handshake with it in TLS 1.3: CN=leaf: signature does "
			    "not verify\n", path);
		snprintf(path, sizeof(path), "dir/%03u.key", i);
		assert_int_equal(rename("leaf.key", path), 0);
	}
	len = (size_t)snprintf(text, sizeof(text), "services = ( { name = \"w\"; listen = [ \"127.0.0.1:0\" ]; "
	    "backends = ( \"127.0.0.1:80\" ); tls: { policy = \"modern\"; };\ncertificate_dir = \"dir\"; } );\n");
	assert_true(len < sizeof(text));
	expect(text, lines, 200);
	tls_privkey_free(ca);
	tls_privkey_free(other);
}

static void ends_when_it_is_cancelled(void **state)
{
	(void)state;
	px_proof_cancel(proof);
	expect(ONE("", P256), "t: its certificates were not all tried: we are ending\n", 0);
}

static void skips_what_is_set_aside(void **state)
{
	(void)state;
	expect(ONE("policy = \"modern\";", PAIR("none.pem", "none.key") "," P256), "", 1);
}

/* Each allocation of the core fails in turn: an error, or it wasn't needed. */
static void survives_without_memory(void **state)
{
	struct conf *conf = load(ONE("policy = \"modern\";", P256));
	unsigned long n = 1;
	int r = -1;

	(void)state;
	for (; r != 0 && n < 1000; n++) {
		struct conf_errors errs = {0};
		struct px_proof *fresh = px_proof_new();

		assert_non_null(fresh);
		tls_mem_fail_at(n);
		r = px_proof_run(fresh, &errs, conf);
		tls_mem_fail_at(0);
		assert_true((r == 0) == (errs.n_errors == 0));
		conf_errors_clear(&errs);
		px_proof_free(fresh);
	}
	assert_in_range(n, 20, 999);
	conf_free(conf);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    EACH(proves_every_kind_of_key),
	    EACH(proves_what_is_odd_but_works),
	    EACH(proves_what_is_new),
	    EACH(needs_one_version_only),
	    EACH(uses_the_groups_there_are),
	    EACH(proves_along_the_chain),
	    EACH(proves_each_of_one_name),
	    EACH(proves_many),
	    EACH(ends_when_it_is_cancelled),
	    EACH(skips_what_is_set_aside),
	    EACH(survives_without_memory),
	};

	return cmocka_run_group_tests_name("proof", tests, enter, case_leave);
}

/* wycheproof_test.c - one test for each file of vectors. See wycheproof.h. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "wycheproof.h"

static struct wyche_file files[] = {
    {"aes_gcm", wyche_aes_gcm, 130},
    {"chacha20_poly1305", wyche_chacha20_poly1305, 300},
    {"hmac_sha256", wyche_hmac_sha256, 174},
    {"hmac_sha384", wyche_hmac_sha384, 174},
    {"hkdf_sha256", wyche_hkdf_sha256, 83},
    {"hkdf_sha384", wyche_hkdf_sha384, 80},
    {"x25519", wyche_x25519, 518},
    {"ecdh_secp256r1_ecpoint", wyche_ecdh, 355},
    {"ecdh_secp384r1_ecpoint", wyche_ecdh, 300},
    {"ecdh_secp521r1_ecpoint", wyche_ecdh, 300},
    {"mlkem_768", wyche_mlkem, 173},
    {"mlkem_768_keygen_seed", wyche_mlkem_generate, 100},
    {"mlkem_768_encaps", wyche_mlkem_encapsulate, 265},
    {"mlkem_768_semi_expanded_decaps", wyche_mlkem_decapsulate, 7},
    {"ecdsa_secp256r1_sha256", wyche_ecdsa, 484},
    {"ecdsa_secp256r1_sha512", wyche_ecdsa, 400},
    {"ecdsa_secp384r1_sha384", wyche_ecdsa, 400},
    {"ecdsa_secp521r1_sha512", wyche_ecdsa, 542},
    {"ed25519", wyche_ed25519, 151},
    {"rsa_signature_2048_sha256", wyche_rsa_pkcs1, 259},
    {"rsa_signature_3072_sha384", wyche_rsa_pkcs1, 259},
    {"rsa_signature_4096_sha512", wyche_rsa_pkcs1, 259},
    {"rsa_pss_2048_sha256_mgf1_32", wyche_rsa_pss, 108},
    {"rsa_pss_3072_sha256_mgf1_32", wyche_rsa_pss, 108},
    {"rsa_pss_4096_sha384_mgf1_48", wyche_rsa_pss, 141},
    {"rsa_pss_4096_sha512_mgf1_64", wyche_rsa_pss, 179},
    {"rsa_pss_misc", wyche_rsa_pss, 3},
};

#define N_FILES (sizeof(files) / sizeof(files[0]))

struct counts {
	unsigned n_run, n_skipped, n_refused_doubles;
};

/* What "acceptable" means for us:
 *   ZeroSharedSecret  refused: RFC 8446 section 7.4.2
 *   CompressedPoint   refused: RFC 8446 section 4.2.8.2 knows uncompressed points only
 *   MissingNull       refused: RFC 8017 appendix A.2.4 compares with the encoding that has NULL
 * anything else (points on the twist, not reduced: RFC 7748 section 5) is computed as any other. */
static enum wyche_verdict expected(const json_t *vector)
{
	static const char *const refused[] = {"ZeroSharedSecret", "CompressedPoint", "MissingNull"};
	const char *result = wyche_text(vector, "result");

	if (strcmp(result, "valid") == 0)
		return WYCHE_ACCEPTED;
	if (strcmp(result, "invalid") == 0)
		return WYCHE_REFUSED;
	assert_string_equal(result, "acceptable");
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (wyche_flag(vector, refused[i]))
			return WYCHE_REFUSED;
	return WYCHE_ACCEPTED;
}

/* nettle (seen in 3.8.1) adds u1*G and u2*Q by a formula that has no answer where both are the same
 * point, and refuses the signature. Nobody but the key's owner can make such a one, and it is
 * refused, not accepted: the one difference from the expected verdicts that is let pass, and
 * counted. */
static bool refused_double(const json_t *vector, enum wyche_verdict want, enum wyche_verdict got)
{
	return want == WYCHE_ACCEPTED && got == WYCHE_REFUSED &&
	       wyche_flag(vector, "PointDuplication");
}

static void run_vector(
    const struct wyche_file *file, const json_t *group, const json_t *vector, struct counts *n)
{
	enum wyche_verdict want = expected(vector), got = file->run(group, vector);

	if (got == WYCHE_SKIPPED) {
		n->n_skipped++;
		return;
	}
	n->n_run++;
	if (refused_double(vector, want, got))
		n->n_refused_doubles++;
	else if (got != want)
		fail_msg("%s: vector %d: %s", file->name, wyche_number(vector, "tcId"),
		    got == WYCHE_ACCEPTED ? "accepted" : "refused");
}

static json_t *load(const char *name)
{
	char path[4096];
	json_error_t err;
	json_t *root;

	snprintf(path, sizeof(path), "%s/%s_test.json", getenv("QUENCH_VECTORS"), name);
	root = json_load_file(path, 0, &err);
	if (root == NULL)
		fail_msg("%s: line %d: %s", path, err.line, err.text);
	return root;
}

static void run_file(void **state)
{
	const struct wyche_file *file = *state;
	json_t *root = load(file->name), *group, *vector;
	struct counts n = {0};
	size_t i, j;

	json_array_foreach(json_object_get(root, "testGroups"), i, group) json_array_foreach(
	    json_object_get(group, "tests"), j, vector) run_vector(file, group, vector, &n);
	printf("# %s: %u vectors run, %u skipped, %u valid doubles refused\n", file->name, n.n_run,
	    n.n_skipped, n.n_refused_doubles);
	assert_int_equal(n.n_run + n.n_skipped, wyche_number(root, "numberOfTests"));
	assert_true(n.n_run >= file->n_min);
	assert_true(n.n_refused_doubles <= 1);
	json_decref(root);
}

int main(void)
{
	const char *dir = getenv("QUENCH_VECTORS");
	struct CMUnitTest tests[N_FILES];

	if (dir == NULL || access(dir, R_OK) != 0) {
		printf("1..0 # SKIP QUENCH_VECTORS names no folder with Wycheproof's files\n");
		return 0;
	}
	for (size_t i = 0; i < N_FILES; i++)
		tests[i] = (struct CMUnitTest){
		    .name = files[i].name, .test_func = run_file, .initial_state = &files[i]};
	return cmocka_run_group_tests_name("wycheproof", tests, NULL, NULL);
}

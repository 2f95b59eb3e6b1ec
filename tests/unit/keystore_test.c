/* keystore_test.c - the keeper's keys: generations of them, found by id. */
#include "unit.h"

#include "daemon/keystore.h"
#include "keys.h"

static const char *const names[] = {"p256.pkcs8.pem", "p384.pkcs8.pem", "rsa.pkcs8.pem", "ed25519.pkcs8.pem",
    "other.pkcs8.pem"};

#define N_NAMES 5

static struct keys_file files[N_NAMES];

static int read_files(void **state)
{
	(void)state;
	for (unsigned i = 0; i < N_NAMES; i++)
		keys_read(&files[i], names[i]);
	return 0;
}

/* which: a bit for each key. */
static void fill(struct px_keystore *store, unsigned which)
{
	px_keystore_begin(store);
	for (unsigned i = 0; i < N_NAMES; i++)
		if (which & 1u << i)
			assert_int_equal(px_keystore_add(store, files[i].id, &files[i].pem), 0);
	px_keystore_end(store);
}

static unsigned found(const struct px_keystore *store)
{
	unsigned which = 0;

	for (unsigned i = 0; i < N_NAMES; i++)
		which |= px_keystore_find(store, files[i].id) ? 1u << i : 0;
	return which;
}

static void generations(void **state)
{
	struct px_keystore store;

	(void)state;
	px_keystore_init(&store);
	assert_int_equal(found(&store), 0);
	fill(&store, 1);
	assert_int_equal(found(&store), 1);
	px_keystore_commit(&store);
	fill(&store, 2);
	assert_int_equal(found(&store), 1 | 2);
	px_keystore_commit(&store);
	assert_int_equal(found(&store), 1 | 2);
	/* a second verdict says nothing */
	px_keystore_commit(&store);
	px_keystore_drop(&store);
	assert_int_equal(found(&store), 1 | 2);
	fill(&store, 4);
	assert_int_equal(found(&store), 1 | 2 | 4);
	px_keystore_commit(&store);
	assert_int_equal(found(&store), 2 | 4);
	px_keystore_clear(&store);
	assert_int_equal(found(&store), 0);
}

/* However many reloads fail, the keys in force stay. */
static void reloads_that_fail(void **state)
{
	struct px_keystore store;

	(void)state;
	px_keystore_init(&store);
	fill(&store, 1);
	px_keystore_commit(&store);
	for (unsigned i = 0; i < 4; i++) {
		fill(&store, 2 | 8);
		assert_int_equal(found(&store), 1 | 2 | 8);
		px_keystore_drop(&store);
		assert_int_equal(found(&store), 1);
	}
	/* half of one is not asked */
	px_keystore_begin(&store);
	assert_int_equal(px_keystore_add(&store, files[1].id, &files[1].pem), 0);
	assert_int_equal(found(&store), 1);
	px_keystore_drop(&store);
	px_keystore_clear(&store);
}

/* Without a verdict the next generation takes it as good. */
static void without_verdict(void **state)
{
	struct px_keystore store;

	(void)state;
	px_keystore_init(&store);
	fill(&store, 1);
	fill(&store, 2);
	fill(&store, 4);
	assert_int_equal(found(&store), 1 | 2 | 4);
	px_keystore_commit(&store);
	assert_int_equal(found(&store), 2 | 4);
	px_keystore_clear(&store);
}

/* A key that goes on is the same object: it isn't read again. */
static void keys_that_stay(void **state)
{
	struct px_keystore store;
	tls_x509_privkey_t key;

	(void)state;
	px_keystore_init(&store);
	fill(&store, 1 | 4);
	px_keystore_commit(&store);
	key = px_keystore_find(&store, files[2].id);
	for (unsigned i = 0; i < 5; i++) {
		tls_datum_t nothing = {.data = NULL, .size = 0};

		px_keystore_begin(&store);
		assert_int_equal(px_keystore_add(&store, files[2].id, &nothing), 0);
		px_keystore_end(&store);
		px_keystore_commit(&store);
		assert_ptr_equal(px_keystore_find(&store, files[2].id), key);
	}
	assert_int_equal(found(&store), 4);
	px_keystore_clear(&store);
}

static void keys_that_are_refused(void **state)
{
	struct px_keystore store;
	uint8_t id[TLS_KEY_ID_LEN] = {0};
	struct data text;
	tls_datum_t pem;

	(void)state;
	px_keystore_init(&store);
	px_keystore_begin(&store);
	assert_int_equal(px_keystore_add(&store, files[1].id, &files[0].pem), TLS_E_CERTIFICATE_KEY_MISMATCH);
	data_read(&text, "p256.encrypted.pem");
	pem = cred_datum(&text);
	assert_int_equal(px_keystore_add(&store, id, &pem), TLS_E_KEY_ENCRYPTED);
	data_read(&text, "p256.crt.pem");
	pem = cred_datum(&text);
	assert_int_equal(px_keystore_add(&store, id, &pem), TLS_E_NO_KEY_FOUND);
	assert_int_equal(px_keystore_add(&store, files[0].id, &files[0].pem), 0);
	/* twice is fine */
	assert_int_equal(px_keystore_add(&store, files[0].id, &files[0].pem), 0);
	px_keystore_end(&store);
	assert_int_equal(found(&store), 1);
	px_keystore_clear(&store);
}

static void many(void **state)
{
	struct px_keystore store;

	(void)state;
	px_keystore_init(&store);
	fill(&store, 31);
	px_keystore_commit(&store);
	px_keystore_begin(&store);
	for (unsigned i = 0; i < PX_KEYSTORE_MAX; i++)
		assert_int_equal(px_keystore_add(&store, files[i % N_NAMES].id, &files[i % N_NAMES].pem), 0);
	assert_int_equal(px_keystore_add(&store, files[0].id, &files[0].pem), TLS_E_MEMORY_ERROR);
	px_keystore_end(&store);
	px_keystore_commit(&store);
	assert_int_equal(found(&store), 31);
	px_keystore_clear(&store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(generations),
	    cmocka_unit_test(reloads_that_fail),
	    cmocka_unit_test(without_verdict),
	    cmocka_unit_test(keys_that_stay),
	    cmocka_unit_test(keys_that_are_refused),
	    cmocka_unit_test(many),
	};

	return cmocka_run_group_tests(tests, read_files, NULL);
}

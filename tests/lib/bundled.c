/* bundled.c - see bundled.h. */
#include "tests/unit/unit.h"

#include "bundled.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

void bundled_pair_make(struct bundled_pair *pair, const char *name)
{
	const tls_x509_name_t names[] = { { TLS_SAN_DNSNAME, name } };
	const tls_x509_crt_terms_t terms = { .names = names, .n_names = 1, .not_before = time(NULL) - 86400,
		.not_after = time(NULL) + 30 * 86400, .purposes = TLS_X509_SERVER };
	tls_x509_privkey_t key;
	unsigned line;

	assert_int_equal(tls_x509_privkey_init(&key), 0);
	assert_int_equal(tls_x509_privkey_generate(key, TLS_X509_KEY_P256), 0);
	assert_int_equal(tls_x509_privkey_export2(key, TLS_X509_FMT_PEM, &pair->key), 0);
	assert_int_equal(tls_x509_crt_make(&pair->chain, &line, &terms, key, NULL, NULL), 0);
	assert_int_equal(tls_x509_privkey_get_key_id(key, pair->id), 0);
	tls_x509_privkey_deinit(key);
}

void bundled_pair_clear(struct bundled_pair *pair)
{
	tls_free(pair->chain.data);
	tls_free(pair->key.data);
}

void bundled_add(struct px_bundle_writer *writer, enum px_bundle_kind kind, const char *name, const void *bytes,
    size_t len)
{
	const struct px_bundle_entry entry = { .kind = kind, .name = name, .name_len = strlen(name),
		.bytes = bytes, .len = len };

	assert_int_equal(px_bundle_add(writer, &entry), 0);
}

void bundled_begin(struct px_bundle_writer *writer, const char *text)
{
	px_bundle_begin(writer, "test");
	bundled_add(writer, PX_BUNDLE_MAIN, "t/main.conf", NULL, 0);
	bundled_add(writer, PX_BUNDLE_FILE, "t/main.conf", text, strlen(text));
}

void bundled_add_pair(struct px_bundle_writer *writer, const struct bundled_pair *pair, const char *name, int away)
{
	char path[64];

	snprintf(path, sizeof(path), "t/%s.pem", name);
	bundled_add(writer, PX_BUNDLE_FILE, path, pair->chain.data, pair->chain.size);
	snprintf(path, sizeof(path), "t/%s.key", name);
	bundled_add(writer, PX_BUNDLE_KEY, path, away ? pair->id : pair->key.data,
	    away ? sizeof(pair->id) : pair->key.size);
}

int bundled_make(const char *text, const struct bundled_pair *pair)
{
	struct px_bundle_writer writer;
	int fd;

	bundled_begin(&writer, text);
	bundled_add_pair(&writer, pair, "a", 0);
	fd = px_bundle_finish(&writer);
	assert_true(fd >= 0);
	return fd;
}

/* many.c - see many.h. */
#include "many.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "tls/tls.h"

#define N_CAS 10
#define DAY 86400

struct ca {
	tls_x509_privkey_t key;
	tls_datum_t cert;
};

static void check(int result, const char *what)
{
	if (result >= 0)
		return;
	fprintf(stderr, "%s: %s\n", what, tls_strerror(result));
	exit(1);
}

static tls_x509_privkey_t new_key(void)
{
	tls_x509_privkey_t key;

	check(tls_x509_privkey_init(&key), "a key");
	check(tls_x509_privkey_generate(key, TLS_X509_KEY_P256), "a key");
	return key;
}

static void make_ca(struct ca *ca, const char *name, const struct ca *root)
{
	tls_x509_crt_terms_t terms = {.common_name = name, .ca = true};
	unsigned line;

	terms.not_before = (int64_t)time(NULL) - DAY;
	terms.not_after = terms.not_before + 3650 * DAY;
	ca->key = new_key();
	check(tls_x509_crt_make(&ca->cert, &line, &terms, ca->key, root != NULL ? &root->cert : NULL,
		  root != NULL ? root->key : NULL),
	    name);
}

static void write_file(const char *folder, const char *name, const char *end, const tls_datum_t *data)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s%s", folder, name, end);
	f = fopen(path, "wb");
	if (f == NULL || fwrite(data->data, 1, data->size, f) != data->size || fclose(f) != 0 ||
	    chmod(path, 0600) != 0) {
		perror(path);
		exit(1);
	}
}

static void make_one(const char *folder, unsigned number, const struct ca *ca)
{
	char file[32], name[64], wildcard[72];
	tls_x509_name_t names[2] = {{TLS_SAN_DNSNAME, name}, {TLS_SAN_DNSNAME, wildcard}};
	tls_x509_crt_terms_t terms = {.names = names, .n_names = 2, .purposes = TLS_X509_SERVER};
	tls_x509_privkey_t key = new_key();
	tls_datum_t cert, pem;
	unsigned line;

	snprintf(file, sizeof(file), "host-%u", number);
	snprintf(name, sizeof(name), "host-%u.many.example", number);
	snprintf(wildcard, sizeof(wildcard), "*.%s", name);
	terms.not_before = (int64_t)time(NULL) - DAY;
	terms.not_after = terms.not_before + 90 * DAY;
	check(tls_x509_crt_make(&cert, &line, &terms, key, &ca->cert, ca->key), name);
	check(tls_x509_privkey_export2(key, TLS_X509_FMT_PEM, &pem), name);
	write_file(folder, file, ".pem", &cert);
	write_file(folder, file, ".key", &pem);
	tls_free(cert.data);
	tls_free(pem.data);
	tls_x509_privkey_deinit(key);
}

static void free_ca(struct ca *ca)
{
	tls_free(ca->cert.data);
	tls_x509_privkey_deinit(ca->key);
}

void many_make(const char *folder, unsigned n)
{
	struct ca root, cas[N_CAS];
	char name[32];

	make_ca(&root, "Many root", NULL);
	for (unsigned i = 0; i < N_CAS; i++) {
		snprintf(name, sizeof(name), "Many CA %u", i);
		make_ca(&cas[i], name, &root);
	}
	for (unsigned i = 0; i < n; i++)
		make_one(folder, i, &cas[i % N_CAS]);
	for (unsigned i = 0; i < N_CAS; i++)
		free_ca(&cas[i]);
	free_ca(&root);
}

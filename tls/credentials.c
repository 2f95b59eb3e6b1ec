/* credentials.c - see credentials.h. The functions that fill are those of tls.h.
 *
 * Each chain is an entry of its own in memory that doesn't move; filling is all or nothing. */
#include "credentials.h"

#include "bytes/mem.h"
#include "x509/cert.h"
#include "x509/chain.h"
#include "x509/der.h"
#include "x509/ip.h"
#include "x509/key.h"
#include "x509/make.h"
#include "x509/make_text.h"
#include "x509/name.h"
#include "x509/pem.h"

#define FIRST_ROOM 4
#define MAX_ENTRIES (1U << 20)
#define SECONDS_PER_DAY 86400

/* A chain on its way from text to an entry. */
struct loading {
	struct tls_cert certs[TLS_CHAIN_MAX];
	unsigned lines[TLS_CHAIN_MAX]; /* where each certificate starts */
	struct tls_cred_entry *entry;
	unsigned line; /* of the fault */
	bool in_key;
};

/* ---- Life -------------------------------------------------------------------------------------- */

int tls_certificate_allocate_credentials(tls_certificate_credentials_t *res)
{
	*res = tls_mem_alloc(sizeof(**res));
	if (*res == NULL)
		return TLS_E_MEMORY_ERROR;
	tls_index_init(&(*res)->index);
	atomic_init(&(*res)->holds, 1);
	atomic_init(&(*res)->frozen, false);
	return 0;
}

static void entry_free(struct tls_cred_entry *entry)
{
	if (entry == NULL)
		return;
	for (size_t i = 0; i < entry->n_own; i++)
		tls_mem_free((void *)(uintptr_t)entry->chain[i].p);
	tls_mem_free(entry->chain);
	tls_mem_free(entry->names);
	tls_mem_free((void *)(uintptr_t)entry->staple.p);
	tls_privkey_free(entry->key);
	tls_pubkey_free(entry->pub);
	tls_mem_free(entry);
}

void tls_credentials_release(tls_certificate_credentials_t cred)
{
	if (cred == NULL || atomic_fetch_sub(&cred->holds, 1) != 1)
		return;
	for (size_t i = 0; i < cred->n_entries && cred->lender == NULL; i++)
		entry_free(cred->entries[i]);
	tls_mem_free(cred->entries);
	tls_index_clear(&cred->index);
	tls_credentials_clear_common(&cred->common);
	tls_credentials_release(cred->lender);
	tls_credentials_free_trust(cred->trust);
	tls_mem_free(cred);
}

void tls_certificate_free_credentials(tls_certificate_credentials_t sc)
{
	tls_credentials_release(sc);
}

void tls_credentials_hold(tls_certificate_credentials_t cred)
{
	atomic_fetch_add(&cred->holds, 1);
	atomic_store(&cred->frozen, true);
}

/* ---- Filling ------------------------------------------------------------------------------------ */

static struct tls_cred_entry *entry_new(void)
{
	struct tls_cred_entry *entry = tls_mem_alloc(sizeof(*entry));

	if (entry == NULL)
		return NULL;
	entry->chain = tls_mem_alloc(TLS_CHAIN_MAX * sizeof(*entry->chain));
	if (entry->chain == NULL) {
		tls_mem_free(entry);
		return NULL;
	}
	return entry;
}

/* Copies a certificate into the entry and decodes it there. */
static int add_cert(struct loading *l, struct tls_span der, unsigned line)
{
	struct tls_cred_entry *entry = l->entry;
	uint8_t *copy;

	l->line = line;
	if (entry->n_chain == TLS_CHAIN_MAX)
		return TLS_E_TOO_MANY_CERTIFICATES;
	copy = tls_mem_dup(der.p, der.len);
	if (copy == NULL)
		return TLS_E_MEMORY_ERROR;
	l->lines[entry->n_chain] = line;
	entry->chain[entry->n_chain] = tls_span(copy, der.len);
	entry->n_own = ++entry->n_chain;
	return tls_cert_decode(&l->certs[entry->n_chain - 1], tls_span(copy, der.len));
}

static int add_pem_chain(struct loading *l, struct tls_span text)
{
	struct tls_pem_block block;
	struct tls_pem pem;
	int ret;

	tls_pem_init(&pem, text);
	while ((ret = tls_pem_next(&pem, &block)) == 0) {
		/* RFC 7468 section 5.1: the second label is an old one for the same. */
		if (tls_pem_is(&block, "CERTIFICATE") || tls_pem_is(&block, "X509 CERTIFICATE"))
			ret = add_cert(l, tls_buf_as_span(&block.der), block.line);
		tls_pem_block_clear(&block);
		if (ret < 0)
			return ret;
	}
	l->line = ret == TLS_E_BASE64_DECODING_ERROR ? pem.line : 0;
	return ret == TLS_E_REQUESTED_DATA_NOT_AVAILABLE ? 0 : ret;
}

static int load_chain(struct loading *l, struct tls_span text, tls_x509_crt_fmt_t type)
{
	size_t at;
	int ret = type == TLS_X509_FMT_PEM ? add_pem_chain(l, text) : add_cert(l, text, 0);

	if (ret < 0)
		return ret;
	ret = tls_chain_check(&at, l->certs, l->entry->n_chain);
	l->line = l->entry->n_chain > 0 ? l->lines[at] : 0;
	return ret;
}

/* The leaf's names that a client could ask for; the rest can't be asked for and is left out. */
static int load_names(struct loading *l)
{
	struct tls_cred_entry *entry = l->entry;
	struct tls_span rest = l->certs[0].san, name;
	unsigned kind;
	size_t n = 0;

	while (tls_cert_next_name(&rest, &kind, &name))
		n++;
	entry->names = tls_mem_alloc(n * sizeof(*entry->names));
	if (entry->names == NULL)
		return TLS_E_MEMORY_ERROR;
	rest = l->certs[0].san;
	while (tls_cert_next_name(&rest, &kind, &name)) {
		if (kind == TLS_CERT_NAME_DNS && tls_name_is_valid_pattern(name))
			entry->names[entry->n_names++] = name;
	}
	return 0;
}

static int load_key(struct loading *l, struct tls_span text, tls_x509_crt_fmt_t type)
{
	struct tls_pubkey *pub;
	int ret = tls_cert_new_pubkey(&pub, &l->certs[0]);

	l->line = l->lines[0];
	if (ret < 0)
		return ret;
	l->in_key = true;
	l->line = 0;
	if (type == TLS_X509_FMT_PEM)
		ret = tls_key_decode_pem(&l->entry->key, &l->line, text);
	else
		ret = tls_key_decode_der(&l->entry->key, text);
	if (ret == 0 && !tls_pubkey_same(pub, tls_privkey_public(l->entry->key)))
		ret = TLS_E_CERTIFICATE_KEY_MISMATCH;
	tls_pubkey_free(pub);
	return ret;
}

/* Whether whoever has the key has the right one is seen when it signs. */
static int load_keeper(struct loading *l, const struct tls_cred_keeper *keeper)
{
	l->line = l->lines[0];
	l->entry->keeper = *keeper;
	return tls_cert_new_pubkey(&l->entry->pub, &l->certs[0]);
}

static int grow_entries(struct tls_certificate_credentials_st *cred)
{
	size_t room = cred->room > 0 ? cred->room * 2 : FIRST_ROOM;
	struct tls_cred_entry **entries;

	if (cred->n_entries < cred->room)
		return 0;
	if (room > MAX_ENTRIES)
		return TLS_E_MEMORY_ERROR;
	entries = tls_mem_alloc(room * sizeof(*entries));
	if (entries == NULL)
		return TLS_E_MEMORY_ERROR;
	tls_mem_copy(entries, cred->entries, cred->n_entries * sizeof(*entries));
	tls_mem_free(cred->entries);
	cred->entries = entries;
	cred->room = room;
	return 0;
}

/* Entries stay as long as the credentials: no room that they don't need. */
static int shrink_chain(struct tls_cred_entry *entry)
{
	struct tls_span *chain = tls_mem_dup(entry->chain, entry->n_chain * sizeof(*chain));

	if (chain == NULL)
		return TLS_E_MEMORY_ERROR;
	tls_mem_free(entry->chain);
	entry->chain = chain;
	return 0;
}

/* Takes the entry over; on failure nothing has changed. */
static int add_entry(struct tls_certificate_credentials_st *cred, struct tls_cred_entry *entry)
{
	int ret = grow_entries(cred);

	if (ret == 0)
		ret = tls_index_reserve(&cred->index, entry->n_names);
	if (ret == 0)
		ret = tls_credentials_reserve_common(&cred->common, entry->n_chain);
	if (ret == 0)
		ret = shrink_chain(entry);
	if (ret < 0)
		return ret;
	for (size_t i = 1; i < entry->n_chain; i++)
		entry->chain[i] = tls_credentials_make_common(&cred->common, entry->chain[i]);
	entry->n_own = 1;
	for (size_t i = 0; i < entry->n_names; i++)
		tls_index_add(&cred->index, entry->names[i], (uint32_t)cred->n_entries);
	cred->entries[cred->n_entries++] = entry;
	return 0;
}

/* A chain and its key, or who has it. */
struct given {
	const tls_datum_t *cert;
	tls_x509_crt_fmt_t type;
	const tls_datum_t *key; /* NULL: keeper */
	struct tls_cred_keeper keeper;
};

static struct tls_span span_of(const tls_datum_t *datum)
{
	return tls_span(datum->data, datum->size);
}

static int load(struct tls_certificate_credentials_st *cred, struct loading *l, const struct given *g)
{
	int ret;

	l->entry = entry_new();
	if (l->entry == NULL)
		return TLS_E_MEMORY_ERROR;
	ret = load_chain(l, span_of(g->cert), g->type);
	if (ret == 0)
		ret = load_names(l);
	if (ret == 0)
		ret = g->key != NULL ? load_key(l, span_of(g->key), g->type) : load_keeper(l, &g->keeper);
	if (ret == 0)
		ret = add_entry(cred, l->entry);
	if (ret < 0)
		entry_free(l->entry);
	return ret;
}

static int add_given(struct tls_certificate_credentials_st *cred, const struct given *g)
{
	struct loading l = {.entry = NULL};
	int ret;

	if (atomic_load(&cred->frozen))
		return TLS_E_INVALID_REQUEST;
	ret = load(cred, &l, g);
	cred->error_line = ret < 0 ? l.line : 0;
	cred->error_in_key = ret < 0 && l.in_key;
	return ret;
}

int tls_certificate_set_x509_key_mem(tls_certificate_credentials_t res, const tls_datum_t *cert,
    const tls_datum_t *key, tls_x509_crt_fmt_t type)
{
	struct given g = {.cert = cert, .key = key, .type = type};

	return add_given(res, &g);
}

int tls_certificate_set_x509_key_func(tls_certificate_credentials_t res, const tls_datum_t *cert,
    tls_x509_crt_fmt_t type, tls_key_sign_func sign, tls_key_cancel_func cancel, void *ptr)
{
	struct given g = {.cert = cert, .type = type, .keeper = {sign, cancel, ptr}};

	return sign != NULL ? add_given(res, &g) : TLS_E_INVALID_REQUEST;
}

unsigned tls_certificate_error_line(tls_certificate_credentials_t sc, bool *in_key)
{
	if (in_key != NULL)
		*in_key = sc->error_in_key;
	return sc->error_line;
}

static int load_self_signed(struct loading *l, struct tls_make_request *request)
{
	struct tls_buf der;
	int ret;

	l->entry = entry_new();
	if (l->entry == NULL)
		return TLS_E_MEMORY_ERROR;
	tls_buf_init(&der, TLS_DER_MAX_LEN);
	ret = tls_privkey_generate(&l->entry->key, TLS_PK_ECDSA_P256, NULL);
	request->key = l->entry->key;
	if (ret == 0)
		ret = tls_make_certificate(&der, request, NULL);
	if (ret == 0)
		ret = add_cert(l, tls_buf_as_span(&der), 0);
	if (ret == 0)
		ret = load_names(l);
	tls_buf_clear(&der);
	return ret;
}

int tls_certificate_set_self_signed(tls_certificate_credentials_t res, const char *const *names,
    unsigned n_names, int64_t not_before, unsigned days)
{
	struct loading l = {.entry = NULL};
	struct tls_make_name typed[TLS_MAKE_MAX_NAMES];
	struct tls_make_request request = {.names = typed, .n_names = n_names, .purposes = TLS_MAKE_SERVER};
	uint8_t ip[16];
	int ret;

	if (atomic_load(&res->frozen) || days == 0 || n_names > TLS_MAKE_MAX_NAMES)
		return TLS_E_INVALID_REQUEST;
	for (unsigned i = 0; i < n_names; i++) {
		bool address = tls_ip_read(ip, tls_make_text_span(names[i])) > 0;

		typed[i] = (struct tls_make_name){address ? TLS_CERT_NAME_IP : TLS_CERT_NAME_DNS, names[i]};
	}
	request.not_before = not_before;
	/* Both ends belong to the validity, RFC 5280 section 4.1.2.5. */
	if (__builtin_add_overflow(not_before, (int64_t)days * SECONDS_PER_DAY - 1,
		&request.not_after))
		return TLS_E_INVALID_REQUEST;
	ret = load_self_signed(&l, &request);
	if (ret == 0)
		ret = add_entry(res, l.entry);
	if (ret < 0)
		entry_free(l.entry);
	return ret;
}

/* RFC 6960 section 4.2.1: one that says something, and is whole; no more is looked at. */
static bool is_response(struct tls_span der)
{
	struct tls_span response = tls_der_take(&der, TLS_DER_SEQUENCE);
	struct tls_span status = tls_der_take(&response, TLS_DER_ENUMERATED);
	struct tls_span content = tls_der_take(&response, TLS_DER_CONTEXT_IN(0));

	return tls_span_end(&der) && tls_span_end(&response) && status.len == 1 && status.p[0] == 0 &&
	    content.len > 0;
}

static int set_staple(struct tls_cred_entry *entry, struct tls_span der)
{
	uint8_t *copy;

	if (der.len > TLS_DER_MAX_LEN || !is_response(der))
		return TLS_E_OCSP_RESPONSE_ERROR;
	copy = tls_mem_dup(der.p, der.len);
	if (copy == NULL)
		return TLS_E_MEMORY_ERROR;
	tls_mem_free((void *)(uintptr_t)entry->staple.p);
	entry->staple = tls_span(copy, der.len);
	return 0;
}

static int set_pem_staple(struct tls_cred_entry *entry, struct tls_span text)
{
	struct tls_pem_block block;
	struct tls_pem pem;
	int ret;

	tls_pem_init(&pem, text);
	ret = tls_pem_next(&pem, &block);
	if (ret < 0)
		return ret == TLS_E_REQUESTED_DATA_NOT_AVAILABLE ? TLS_E_OCSP_RESPONSE_ERROR : ret;
	ret = tls_pem_is(&block, "OCSP RESPONSE") ? set_staple(entry, tls_buf_as_span(&block.der))
						  : TLS_E_OCSP_RESPONSE_ERROR;
	tls_pem_block_clear(&block);
	return ret;
}

int tls_certificate_set_ocsp_status_request_mem(tls_certificate_credentials_t sc, const tls_datum_t *response,
    unsigned idx, tls_x509_crt_fmt_t fmt)
{
	if (atomic_load(&sc->frozen) || idx >= sc->n_entries)
		return TLS_E_INVALID_REQUEST;
	if (fmt == TLS_X509_FMT_PEM)
		return set_pem_staple(sc->entries[idx], span_of(response));
	return set_staple(sc->entries[idx], span_of(response));
}

int tls_certificate_set_strict_sni(tls_certificate_credentials_t res, bool strict)
{
	if (atomic_load(&res->frozen))
		return TLS_E_INVALID_REQUEST;
	res->strict_sni = strict;
	return 0;
}

int tls_certificate_set_verify_function(tls_certificate_credentials_t cred,
    tls_certificate_verify_function *func)
{
	if (atomic_load(&cred->frozen))
		return TLS_E_INVALID_REQUEST;
	cred->verify = func;
	return 0;
}

tls_certificate_verify_function *tls_credentials_verify_function(
    const struct tls_certificate_credentials_st *cred)
{
	return cred != NULL ? cred->verify : NULL;
}

int tls_certificate_get_chain(tls_certificate_credentials_t sc, unsigned index, tls_datum_t *chain,
    unsigned *n_chain)
{
	const struct tls_cred_entry *entry;

	if (index >= sc->n_entries)
		return TLS_E_REQUESTED_DATA_NOT_AVAILABLE;
	entry = sc->entries[index];
	if (*n_chain < entry->n_chain) {
		*n_chain = (unsigned)entry->n_chain;
		return TLS_E_SHORT_MEMORY_BUFFER;
	}
	*n_chain = (unsigned)entry->n_chain;
	for (size_t i = 0; i < entry->n_chain; i++) {
		chain[i].data = (unsigned char *)(uintptr_t)entry->chain[i].p;
		chain[i].size = (unsigned)entry->chain[i].len;
	}
	return 0;
}

int tls_certificate_get_expiration(tls_certificate_credentials_t sc, unsigned index, int64_t *last)
{
	const struct tls_cred_entry *entry;
	struct tls_cert cert;
	int r = 0;

	if (index >= sc->n_entries)
		return TLS_E_REQUESTED_DATA_NOT_AVAILABLE;
	entry = sc->entries[index];
	*last = INT64_MAX;
	for (size_t i = 0; i < entry->n_chain && r == 0; i++) {
		r = tls_cert_decode(&cert, entry->chain[i]);
		if (r == 0 && cert.not_after < *last)
			*last = cert.not_after;
	}
	return r;
}

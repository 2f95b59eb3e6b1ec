/* credentials_choose.c - which chain is presented, and how its key signs. See credentials.h.
 *
 * Names are found through one hash table, so that ten thousand chains cost a handshake no more than one. */
#include "bytes/mem.h"
#include "credentials.h"
#include "x509/name.h"

static bool fits(const struct tls_cred_ask *ask, const struct tls_cred_entry *entry, uint16_t scheme)
{
	return ask->fits(ask->ptr, scheme, tls_credentials_public(entry));
}

/* The first entry serving this name (as a certificate has it) whose key makes the scheme, or NULL. */
static const struct tls_cred_entry *find_name(const struct tls_certificate_credentials_st *cred,
    const struct tls_cred_ask *ask, struct tls_span name, uint16_t scheme)
{
	uint32_t item = tls_index_find(&cred->index, name);

	for (; item != TLS_INDEX_NONE; item = tls_index_next(&cred->index, item)) {
		const struct tls_cred_entry *entry = cred->entries[tls_index_entry(&cred->index, item)];

		if (fits(ask, entry, scheme))
			return entry;
	}
	return NULL;
}

/* For a client that no entry's names serve: the first entry and those that share a name with it. */
static const struct tls_cred_entry *find_default(const struct tls_certificate_credentials_st *cred,
    const struct tls_cred_ask *ask, uint16_t scheme)
{
	const struct tls_cred_entry *first = cred->entries[0], *entry = NULL;

	if (fits(ask, first, scheme))
		return first;
	for (size_t i = 0; i < first->n_names && entry == NULL; i++)
		entry = find_name(cred, ask, first->names[i], scheme);
	return entry;
}

static bool is_offered(const struct tls_cred_ask *ask, uint16_t scheme)
{
	for (size_t i = 0; i < ask->n_schemes; i++) {
		if (ask->schemes[i] == scheme)
			return true;
	}
	return false;
}

struct choice {
	const struct tls_cred_entry *entry;
	uint16_t scheme;
};

/* Our order of schemes decides. name: an exact or wildcard name, or empty for the default. */
static void choose_among(struct choice *choice, const struct tls_certificate_credentials_st *cred,
    const struct tls_cred_ask *ask, struct tls_span name)
{
	for (size_t i = 0; i < ask->n_ours && choice->entry == NULL; i++) {
		uint16_t scheme = ask->ours[i];

		if (!is_offered(ask, scheme))
			continue;
		choice->scheme = scheme;
		choice->entry = name.len > 0 ? find_name(cred, ask, name, scheme)
					     : find_default(cred, ask, scheme);
	}
}

/* "*" and what follows the first label; empty if there is no first label or nothing follows it. */
static struct tls_span wildcard_of(struct tls_span name, uint8_t text[TLS_NAME_MAX_LEN + 1])
{
	size_t whole = name.len;

	while (name.len > 0 && name.p[0] != '.')
		tls_span_u8(&name);
	if (name.len == 0 || name.len == whole || name.len > TLS_NAME_MAX_LEN)
		return tls_span(NULL, 0);
	text[0] = '*';
	tls_mem_copy(text + 1, name.p, name.len);
	return tls_span(text, name.len + 1);
}

int tls_credentials_choose_by(const struct tls_certificate_credentials_st *cred,
    const struct tls_cred_entry **out, uint16_t *scheme, const struct tls_cred_ask *ask)
{
	uint8_t text[TLS_NAME_MAX_LEN + 1];
	struct tls_span wildcard = wildcard_of(ask->sni, text);
	bool exact, any;
	struct choice choice = {.entry = NULL};

	if (cred->n_entries == 0)
		return TLS_E_INSUFFICIENT_CREDENTIALS;
	exact = ask->sni.len > 0 && tls_index_find(&cred->index, ask->sni) != TLS_INDEX_NONE;
	any = wildcard.len > 0 && tls_index_find(&cred->index, wildcard) != TLS_INDEX_NONE;
	if (!exact && !any && cred->strict_sni)
		return TLS_E_UNRECOGNIZED_NAME;
	if (exact)
		choose_among(&choice, cred, ask, ask->sni);
	if (any && choice.entry == NULL)
		choose_among(&choice, cred, ask, wildcard);
	if (!exact && !any)
		choose_among(&choice, cred, ask, tls_span(NULL, 0));
	if (choice.entry == NULL)
		return TLS_E_NO_COMMON_SIGNATURE_ALGORITHM;
	*out = choice.entry;
	*scheme = choice.scheme;
	return 0;
}

static bool fits13(const void *ptr, uint16_t scheme, const struct tls_pubkey *pub)
{
	(void)ptr;
	return tls_sig_fits(scheme, pub);
}

int tls_credentials_choose(const struct tls_certificate_credentials_st *cred,
    const struct tls_cred_entry **out, uint16_t *scheme, struct tls_span sni,
    const uint16_t *schemes, size_t n_schemes, const uint16_t *ours, size_t n_ours)
{
	struct tls_cred_ask ask = {.sni = sni,
	    .schemes = schemes,
	    .n_schemes = n_schemes,
	    .ours = ours,
	    .n_ours = n_ours,
	    .fits = fits13};

	return tls_credentials_choose_by(cred, out, scheme, &ask);
}

/* credentials_common.c - the certificates that many chains have in common are kept once; one chain taken out of
 * credentials by itself. See credentials.h.
 *
 * A hash table of spans: the certificates of the CAs behind ten thousand leaves are few. Those who chose these bytes
 * are the operator and the operator's CAs, so that nobody outside can choose what collides. */
#include "bytes/mem.h"
#include "credentials.h"

#define FIRST_ROOM 16

/* FNV-1a. */
static size_t find(const struct tls_cred_common *common, struct tls_span der)
{
	uint32_t h = 2166136261U;
	size_t i;

	for (i = 0; i < der.len; i++)
		h = (h ^ der.p[i]) * 16777619U;
	i = h & (common->n_slots - 1);
	while (common->slots[i].p != NULL &&
	    !tls_mem_same(common->slots[i].p, common->slots[i].len, der.p, der.len))
		i = (i + 1) & (common->n_slots - 1);
	return i;
}

int tls_credentials_reserve_common(struct tls_cred_common *common, size_t n)
{
	struct tls_cred_common grown = {.n = common->n, .n_slots = FIRST_ROOM};

	while (grown.n_slots < 2 * (common->n + n))
		grown.n_slots *= 2;
	if (grown.n_slots <= common->n_slots)
		return 0;
	grown.slots = tls_mem_alloc(grown.n_slots * sizeof(*grown.slots));
	if (grown.slots == NULL)
		return TLS_E_MEMORY_ERROR;
	for (size_t i = 0; i < common->n_slots; i++) {
		if (common->slots[i].p != NULL)
			grown.slots[find(&grown, common->slots[i])] = common->slots[i];
	}
	tls_mem_free(common->slots);
	*common = grown;
	return 0;
}

struct tls_span tls_credentials_make_common(struct tls_cred_common *common, struct tls_span der)
{
	size_t i = find(common, der);

	if (common->slots[i].p != NULL) {
		tls_mem_free((void *)(uintptr_t)der.p);
		return common->slots[i];
	}
	common->slots[i] = der;
	common->n++;
	return der;
}

void tls_credentials_clear_common(struct tls_cred_common *common)
{
	for (size_t i = 0; i < common->n_slots; i++)
		tls_mem_free((void *)(uintptr_t)common->slots[i].p);
	tls_mem_free(common->slots);
	*common = (struct tls_cred_common){.slots = NULL};
}

int tls_certificate_take_one(
    tls_certificate_credentials_t *res, tls_certificate_credentials_t sc, unsigned index)
{
	tls_certificate_credentials_t one;

	*res = NULL;
	if (index >= sc->n_entries)
		return TLS_E_REQUESTED_DATA_NOT_AVAILABLE;
	if (tls_certificate_allocate_credentials(&one) < 0)
		return TLS_E_MEMORY_ERROR;
	one->entries = tls_mem_alloc(sizeof(*one->entries));
	if (one->entries == NULL) {
		tls_certificate_free_credentials(one);
		return TLS_E_MEMORY_ERROR;
	}
	one->entries[0] = sc->entries[index];
	one->n_entries = one->room = 1;
	one->lender = sc;
	tls_credentials_hold(sc);
	/* what is borrowed is not added to */
	atomic_store(&one->frozen, true);
	*res = one;
	return 0;
}

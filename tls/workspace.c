/* workspace.c - see workspace.h; the public part is described in tls.h. */
#include "workspace.h"

#include "bytes/mem.h"

int tls_workspace_init(tls_workspace_t *workspace, unsigned n_spare)
{
	struct tls_workspace_st *w = tls_mem_alloc(sizeof(*w));

	if (w == NULL)
		return TLS_E_MEMORY_ERROR;
	w->max_spare = n_spare;
	w->read_buf = tls_mem_alloc(TLS_WIRE_LEN);
	if (w->read_buf == NULL) {
		tls_mem_free(w);
		return TLS_E_MEMORY_ERROR;
	}
	*workspace = w;
	return 0;
}

/* Takes the first buffer off the list of spare ones. */
static uint8_t *take_spare(struct tls_workspace_st *w)
{
	uint8_t *buf = w->spare;

	tls_mem_copy(&w->spare, buf, sizeof(w->spare));
	w->n_spare--;
	return buf;
}

void tls_workspace_deinit(tls_workspace_t w)
{
	if (w == NULL)
		return;
	while (w->n_spare > 0)
		tls_mem_free(take_spare(w));
	tls_mem_free_wiped(w->read_buf, TLS_WIRE_LEN);
	tls_mem_free_wiped(w, sizeof(*w));
}

unsigned tls_workspace_lent(tls_workspace_t w)
{
	return w->n_lent;
}

unsigned tls_workspace_spare(tls_workspace_t w)
{
	return w->n_spare;
}

uint8_t *tls_workspace_lend(struct tls_workspace_st *w)
{
	uint8_t *buf = w->n_spare > 0 ? take_spare(w) : tls_mem_alloc(TLS_WIRE_LEN);

	if (buf != NULL)
		w->n_lent++;
	return buf;
}

void tls_workspace_give_back(struct tls_workspace_st *w, uint8_t *buf)
{
	w->n_lent--;
	if (w->n_spare >= w->max_spare) {
		tls_mem_free(buf);
		return;
	}
	tls_mem_copy(buf, &w->spare, sizeof(w->spare));
	w->spare = buf;
	w->n_spare++;
}

uint64_t tls_workspace_key_id(struct tls_workspace_st *w)
{
	return ++w->last_key_id;
}

struct tls_aead_ctx *tls_workspace_aead(struct tls_workspace_st *w, enum tls_workspace_slot slot,
    uint64_t key_id, enum tls_aead aead, const uint8_t *key)
{
	if (w->slot[slot].key_id != key_id) {
		/* a smaller context would leave the end of a larger one standing, with its keys */
		if (w->slot[slot].key_id != 0 && w->slot[slot].ctx.aead != aead)
			tls_aead_clear(&w->slot[slot].ctx);
		tls_aead_init(&w->slot[slot].ctx, aead, key);
		w->slot[slot].key_id = key_id;
	}
	return &w->slot[slot].ctx;
}

void tls_workspace_forget(struct tls_workspace_st *w, uint64_t key_id)
{
	for (unsigned i = 0; i < TLS_WORKSPACE_N_SLOTS; i++) {
		if (key_id == 0 || w->slot[i].key_id != key_id)
			continue;
		tls_aead_clear(&w->slot[i].ctx);
		w->slot[i].key_id = 0;
	}
}

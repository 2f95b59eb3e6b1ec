/* log_fold.c - see log_fold.h. */

#include "daemon/log_fold.h"

#include <string.h>

void px_log_fold_init(struct px_log_fold *fold)
{
	memset(fold, 0, sizeof(*fold));
}

static bool is_same_value(const struct px_log_value *a, const struct px_log_value *b)
{
	return a->len == b->len && (a->len == 0 || memcmp(a->bytes, b->bytes, a->len) == 0);
}

static bool is_same(const struct px_log_record *a, const struct px_log_record *b)
{
	return a->level == b->level && a->kind == b->kind &&
	    is_same_value(&a->fields[PX_LOG_FIELD_TEXT], &b->fields[PX_LOG_FIELD_TEXT]) &&
	    is_same_value(&a->fields[PX_LOG_FIELD_SERVICE], &b->fields[PX_LOG_FIELD_SERVICE]);
}

/* A place for a message not known: a free one, else the one that has waited longest in vain. NULL: all of
 * them have counts to tell. */
static struct px_log_fold_entry *find_place(struct px_log_fold *fold)
{
	struct px_log_fold_entry *found = NULL;

	for (unsigned i = 0; i < PX_LOG_FOLD_N; i++) {
		struct px_log_fold_entry *e = &fold->entries[i];

		if (e->n == 0 && (!found || e->due_ms < found->due_ms))
			found = e;
	}
	return found;
}

static void begin(struct px_log_fold_entry *e, const void *item, size_t len, uint64_t now_ms)
{
	memcpy(e->item.bytes, item, len);
	e->item.len = len;
	e->n = 0;
	e->window_ms = PX_LOG_FOLD_FIRST_MS;
	e->due_ms = now_ms + e->window_ms;
	if (!px_log_record_read(&e->record, e->item.bytes, len))
		e->due_ms = 0;
}

bool px_log_fold_take(struct px_log_fold *fold, const struct px_log_record *record, const void *item,
    size_t len, uint64_t now_ms)
{
	struct px_log_fold_entry *e;

	if (px_log_kind_infos[record->kind].exact || len > sizeof(e->item.bytes))
		return false;
	for (e = fold->entries; e < fold->entries + PX_LOG_FOLD_N; e++) {
		if (e->due_ms == 0 || !is_same(&e->record, record))
			continue;
		e->n++;
		e->time_us = record->time_us;
		fold->n_folded++;
		return true;
	}
	e = find_place(fold);
	if (e)
		begin(e, item, len, now_ms);
	return false;
}

const struct px_log_record *px_log_fold_due(struct px_log_fold *fold, uint64_t now_ms)
{
	for (struct px_log_fold_entry *e = fold->entries; e < fold->entries + PX_LOG_FOLD_N; e++) {
		if (e->due_ms == 0 || e->due_ms > now_ms)
			continue;
		if (e->n == 0) {
			e->due_ms = 0;
			continue;
		}
		e->record.n_repeats = e->n;
		e->record.time_us = e->time_us;
		e->n = 0;
		e->window_ms = e->window_ms * 2 < PX_LOG_FOLD_LAST_MS ? e->window_ms * 2 : PX_LOG_FOLD_LAST_MS;
		e->due_ms = now_ms < UINT64_MAX ? now_ms + e->window_ms : 0;
		return &e->record;
	}
	return NULL;
}

uint64_t px_log_fold_next_ms(const struct px_log_fold *fold)
{
	uint64_t next = UINT64_MAX;

	for (unsigned i = 0; i < PX_LOG_FOLD_N; i++) {
		if (fold->entries[i].due_ms && fold->entries[i].due_ms < next)
			next = fold->entries[i].due_ms;
	}
	return next;
}

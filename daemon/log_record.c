/* log_record.c - see log_record.h. An item is a head and fields, each a number, a length and bytes; in the
 * byte order of the machine, for it never leaves it. */

#include "daemon/log_record.h"

#include <string.h>

#include "daemon/clock.h"
#include "daemon/line.h"

#define YEAR_10000_US 253402300800000000u

struct head {
	uint64_t time_us;
	uint8_t level, kind;
	uint16_t n_fields;
	uint32_t zero;
};

struct field {
	uint8_t number, zero;
	uint16_t len;
};

const struct px_log_field_info px_log_field_infos[PX_LOG_N_FIELDS] = {
#define X(number, text, journal_name, shown) { text, journal_name, PX_LOG_##shown },
	PX_LOG_FIELDS(X)
#undef X
};

const struct px_log_kind_info px_log_kind_infos[PX_LOG_N_KINDS] = {
#define X(number, id, is_exact) { id, is_exact },
	PX_LOG_KINDS(X)
#undef X
};

static size_t max_of(unsigned field)
{
	if (field == PX_LOG_FIELD_TEXT)
		return PX_LOG_TEXT_MAX;
	switch (px_log_field_infos[field].type) {
	case PX_LOG_NUMBER:
		return sizeof(uint64_t);
	case PX_LOG_BOOL:
		return 1;
	default:
		return PX_LINE_VALUE_MAX;
	}
}

/* ---- Writing ------------------------------------------------------------------------------------- */

void px_log_item_begin(struct px_log_item *item, enum px_log_kind kind, enum conf_log_level level)
{
	struct head head = { .time_us = px_clock_real_us() % YEAR_10000_US, .level = (uint8_t)level, .kind = (uint8_t)kind };

	memcpy(item->bytes, &head, sizeof(head));
	item->len = sizeof(head);
}

static void count_field(struct px_log_item *item)
{
	struct head head;

	memcpy(&head, item->bytes, sizeof(head));
	head.n_fields++;
	memcpy(item->bytes, &head, sizeof(head));
}

void px_log_item_add(struct px_log_item *item, enum px_log_field number, const void *bytes, size_t len)
{
	struct field field = { .number = (uint8_t)number };

	if (len > max_of(number))
		len = max_of(number);
	field.len = (uint16_t)len;
	if (len == 0 || sizeof(field) + len > sizeof(item->bytes) - item->len)
		return;
	memcpy(item->bytes + item->len, &field, sizeof(field));
	memcpy(item->bytes + item->len + sizeof(field), bytes, len);
	item->len += sizeof(field) + len;
	count_field(item);
}

void px_log_item_add_text(struct px_log_item *item, enum px_log_field field, const char *text)
{
	px_log_item_add(item, field, text, text ? strlen(text) : 0);
}

void px_log_item_add_number(struct px_log_item *item, enum px_log_field field, uint64_t number)
{
	px_log_item_add(item, field, &number, sizeof(number));
}

void px_log_item_add_bool(struct px_log_item *item, enum px_log_field field, bool value)
{
	const uint8_t byte = value;

	px_log_item_add(item, field, &byte, 1);
}

void px_log_item_connection(struct px_log_item *item, const struct px_conn_record *r)
{
	px_log_item_begin(item, PX_LOG_CONNECTION, CONF_LOG_INFO);
	px_log_item_add_text(item, PX_LOG_FIELD_SERVICE, r->service);
	px_log_item_add_text(item, PX_LOG_FIELD_PEER, r->peer);
	px_log_item_add_text(item, PX_LOG_FIELD_BACKEND, r->backend);
	px_log_item_add(item, PX_LOG_FIELD_SNI, r->sni.bytes, r->sni.len);
	px_log_item_add_text(item, PX_LOG_FIELD_VERSION, r->version);
	px_log_item_add_text(item, PX_LOG_FIELD_SUITE, r->suite);
	px_log_item_add_text(item, PX_LOG_FIELD_GROUP, r->group);
	px_log_item_add_text(item, PX_LOG_FIELD_SIGNATURE, r->signature);
	px_log_item_add(item, PX_LOG_FIELD_ALPN, r->alpn.bytes, r->alpn.len);
	px_log_item_add_bool(item, PX_LOG_FIELD_RESUMED, r->resumed);
	px_log_item_add_text(item, PX_LOG_FIELD_CERTIFICATE, r->certificate);
	px_log_item_add_number(item, PX_LOG_FIELD_IN, r->n_in);
	px_log_item_add_number(item, PX_LOG_FIELD_OUT, r->n_out);
	px_log_item_add_number(item, PX_LOG_FIELD_MS, r->duration_ms);
	px_log_item_add_text(item, PX_LOG_FIELD_END, r->end);
}

/* ---- Reading ------------------------------------------------------------------------------------- */

static bool is_good_value(unsigned field, const uint8_t *bytes, size_t len)
{
	switch (px_log_field_infos[field].type) {
	case PX_LOG_NUMBER:
		return len == sizeof(uint64_t);
	case PX_LOG_BOOL:
		return len == 1 && bytes[0] <= 1;
	default:
		return len > 0 && len <= max_of(field);
	}
}

/* One field from *p on, which moves behind it. */
static bool read_field(struct px_log_record *record, const uint8_t **p, const uint8_t *end)
{
	const uint8_t *bytes;
	struct field field;

	if ((size_t)(end - *p) < sizeof(field))
		return false;
	memcpy(&field, *p, sizeof(field));
	bytes = *p + sizeof(field);
	if (field.number >= PX_LOG_N_FIELDS || field.len > end - bytes ||
	    record->fields[field.number].bytes || !is_good_value(field.number, bytes, field.len))
		return false;
	record->fields[field.number] = (struct px_log_value){ bytes, field.len };
	*p = bytes + field.len;
	return true;
}

bool px_log_record_read(struct px_log_record *record, const void *bytes, size_t len)
{
	const uint8_t *p = bytes, *end = p + len;
	struct head head;

	memset(record, 0, sizeof(*record));
	if (len < sizeof(head))
		return false;
	memcpy(&head, p, sizeof(head));
	if (head.time_us >= YEAR_10000_US || head.level > CONF_LOG_DEBUG || head.kind >= PX_LOG_N_KINDS)
		return false;
	record->time_us = head.time_us;
	record->level = (enum conf_log_level)head.level;
	record->kind = (enum px_log_kind)head.kind;
	p += sizeof(head);
	for (unsigned i = 0; i < head.n_fields; i++) {
		if (!read_field(record, &p, end))
			return false;
	}
	return p == end && (record->fields[PX_LOG_FIELD_TEXT].bytes || record->kind == PX_LOG_CONNECTION);
}

uint64_t px_log_record_number(const struct px_log_record *record, enum px_log_field field)
{
	uint64_t number = 0;

	if (record->fields[field].bytes)
		memcpy(&number, record->fields[field].bytes, sizeof(number));
	return number;
}

/* log_format.c - see log_format.h. One list of fields for both formats: log_record.h has it. */

#include "daemon/log_format.h"

#include <stdio.h>
#include <time.h>

const char *const px_log_level_names[] = { "error", "warning", "info", "debug" };

struct writer {
	struct px_line *line;
	const struct px_log_record *record;
	bool json;
};

void px_log_format_time(struct px_line *line, uint64_t time_us)
{
	time_t seconds = (time_t)(time_us / 1000000);
	char text[32] = "", ms[8];
	struct tm tm;

	if (gmtime_r(&seconds, &tm))
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(ms, sizeof(ms), ".%03uZ", (unsigned)(time_us / 1000 % 1000));
	px_line_add(line, text);
	px_line_add(line, ms);
}

/* ---- The fields of a connection ------------------------------------------------------------------ */

static void add_bytes(const struct writer *w, const struct px_log_value *value, enum px_log_type type)
{
	if (w->json && !value->bytes)
		px_line_add(w->line, "null");
	else if (w->json)
		px_line_add_json(w->line, value->bytes, value->len);
	else if (type == PX_LOG_WORDS) /* in quotes, one word or many */
		px_line_add_quoted(w->line, value->bytes, value->len);
	else
		px_line_add_value(w->line, value->bytes, value->len);
}

static void add_field(const struct writer *w, enum px_log_field field)
{
	const struct px_log_field_info *info = &px_log_field_infos[field];
	const struct px_log_value *value = &w->record->fields[field];

	px_line_add(w->line, w->json ? ",\"" : " ");
	px_line_add(w->line, info->name);
	px_line_add(w->line, w->json ? "\":" : "=");
	if (info->type == PX_LOG_NUMBER)
		px_line_add_number(w->line, px_log_record_number(w->record, field));
	else if (info->type == PX_LOG_BOOL)
		px_line_add(w->line, value->bytes && value->bytes[0] ? "true" : "false");
	else
		add_bytes(w, value, info->type);
}

static void add_connection(const struct writer *w)
{
	for (unsigned i = PX_LOG_FIELD_SERVICE; i < PX_LOG_N_FIELDS; i++)
		add_field(w, (enum px_log_field)i);
}

/* ---- Lines --------------------------------------------------------------------------------------- */

void px_log_format_text(struct px_line *line, const struct px_log_record *record)
{
	const struct px_log_value *text = &record->fields[PX_LOG_FIELD_TEXT];

	if (record->kind == PX_LOG_CONNECTION) {
		px_line_add(line, "connection");
		add_connection(&(struct writer){ line, record, false });
		return;
	}
	px_line_add_message(line, text->bytes, text->len);
	if (record->n_repeats) {
		px_line_add(line, " (repeated ");
		px_line_add_number(line, record->n_repeats);
		px_line_add(line, record->n_repeats == 1 ? " time)" : " times)");
	}
}

static void add_text_line(struct px_line *line, const struct px_log_record *record)
{
	px_log_format_time(line, record->time_us);
	px_line_add(line, " ");
	if (record->kind != PX_LOG_CONNECTION) {
		px_line_add(line, px_log_level_names[record->level]);
		px_line_add(line, ": ");
	}
	px_log_format_text(line, record);
}

static void add_json_line(struct px_line *line, const struct px_log_record *record)
{
	const struct px_log_value *text = &record->fields[PX_LOG_FIELD_TEXT];

	px_line_add(line, "{\"time\":\"");
	px_log_format_time(line, record->time_us);
	px_line_add(line, "\",\"level\":\"");
	px_line_add(line, px_log_level_names[record->level]);
	px_line_add(line, "\",\"message\":");
	if (record->kind == PX_LOG_CONNECTION) {
		px_line_add(line, "\"connection\"");
		add_connection(&(struct writer){ line, record, true });
	} else {
		px_line_add_json(line, text->bytes, text->len);
	}
	if (record->n_repeats) {
		px_line_add(line, ",\"repeated\":");
		px_line_add_number(line, record->n_repeats);
	}
	px_line_add(line, "}");
}

void px_log_format_line(struct px_line *line, const struct px_log_record *record, enum conf_log_format format)
{
	px_line_init(line);
	if (format == CONF_LOG_JSON)
		add_json_line(line, record);
	else
		add_text_line(line, record);
	px_line_end(line);
}

void px_log_format_value(struct px_line *line, const struct px_log_record *record, enum px_log_field field)
{
	const struct px_log_value *value = &record->fields[field];

	if (px_log_field_infos[field].type == PX_LOG_NUMBER)
		px_line_add_number(line, px_log_record_number(record, field));
	else if (px_log_field_infos[field].type == PX_LOG_BOOL)
		px_line_add(line, value->bytes && value->bytes[0] ? "true" : "false");
	else
		px_line_add_message(line, value->bytes, value->len);
}

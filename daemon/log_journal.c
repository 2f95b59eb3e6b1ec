/* log_journal.c - lines to systemd's journal, by its native protocol: every field of a line by its own name,
 * as quenchd(8) lists them. The library waits while the journal is slow. */

#define SD_JOURNAL_SUPPRESS_LOCATION

#include "daemon/log_sink.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include "daemon/log_format.h"

#define SOCKET "/run/systemd/journal/socket"
#define FIELDS_MAX (PX_LOG_N_FIELDS + 7)
#define ROOM 16384

bool px_log_journal_is_stderr(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long dev, ino;
	struct stat st;

	return stream && sscanf(stream, "%llu:%llu", &dev, &ino) == 2 && fstat(STDERR_FILENO, &st) == 0 &&
	    st.st_dev == dev && st.st_ino == ino;
}

/* NAME=value, one after the other in room. */
struct fields {
	struct iovec list[FIELDS_MAX];
	int n;
	size_t len;
	char room[ROOM];
};

static void add(struct fields *fields, const char *name, const struct px_line *value)
{
	char *start = fields->room + fields->len;
	size_t name_len = strlen(name);

	if (fields->n == FIELDS_MAX || name_len + 1 + value->len > sizeof(fields->room) - fields->len)
		return;
	memcpy(start, name, name_len);
	start[name_len] = '=';
	memcpy(start + name_len + 1, value->text, value->len);
	fields->list[fields->n++] = (struct iovec){ start, name_len + 1 + value->len };
	fields->len += name_len + 1 + value->len;
}

static void add_text(struct fields *fields, const char *name, const char *text)
{
	struct px_line value;

	px_line_init(&value);
	px_line_add(&value, text);
	add(fields, name, &value);
}

static void add_number(struct fields *fields, const char *name, uint64_t number)
{
	struct px_line value;

	px_line_init(&value);
	px_line_add_number(&value, number);
	add(fields, name, &value);
}

static void add_head(struct fields *fields, const struct px_log_record *record, const char *process)
{
	const char *id = px_log_kind_infos[record->kind].message_id;
	struct px_line value;

	px_line_init(&value);
	px_log_format_text(&value, record);
	add(fields, "MESSAGE", &value);
	add_number(fields, "PRIORITY", px_log_sink_priority(record->level));
	add_text(fields, "SYSLOG_IDENTIFIER", "quenchd");
	if (id)
		add_text(fields, "MESSAGE_ID", id);
	px_line_init(&value);
	px_log_format_time(&value, record->time_us);
	add(fields, "QUENCH_TIME", &value);
	add_text(fields, "QUENCH_PROCESS", process);
	if (record->n_repeats)
		add_number(fields, "QUENCH_REPEATED", record->n_repeats);
}

static void add_fields(struct fields *fields, const struct px_log_record *record)
{
	struct px_line value;

	for (unsigned i = PX_LOG_FIELD_SERVICE; i < PX_LOG_N_FIELDS; i++) {
		if (!record->fields[i].bytes)
			continue;
		px_line_init(&value);
		px_log_format_value(&value, record, (enum px_log_field)i);
		add(fields, px_log_field_infos[i].journal, &value);
	}
}

/* Without its socket the library says that all is well, and the line is lost. */
static bool is_there(void)
{
	return access(SOCKET, F_OK) == 0;
}

int px_log_journal_write(const struct px_log_record *record, const char *process)
{
	struct fields fields;
	int r;

	fields.n = 0;
	fields.len = 0;
	add_head(&fields, record, process);
	add_fields(&fields, record);
	if (!is_there())
		return ENOENT;
	r = sd_journal_sendv(fields.list, fields.n);
	if (r == 0 && !is_there())
		return ENOENT;
	return r == -EAGAIN ? ENOBUFS : -r;
}

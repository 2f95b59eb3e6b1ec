/* log_fuzz.c - the reader of log rings on memory that a process which was taken over has filled.
 *
 * The input: 8 bytes where the ring ends, 8 bytes the ring's count, 1 byte where the reader begins, then what
 * stands there. Checked: the reader comes to an end, and whatever it takes for a record gives one line of
 * printable ASCII; valid JSON.
 */
#include <assert.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/log_fold.h"
#include "daemon/log_format.h"
#include "daemon/log_ring.h"
#include "fuzz.h"

static struct px_log_ring *ring;
static struct px_log_fold fold;

static void fill(struct px_log_reader *reader, const uint8_t *data, size_t size)
{
	uint64_t numbers[2] = { 0 };
	size_t n;

	memset(ring, 0, sizeof(*ring));
	px_log_reader_init(reader, ring);
	memcpy(numbers, data, size < sizeof(numbers) ? size : sizeof(numbers));
	if (size <= sizeof(numbers))
		return;
	data += sizeof(numbers);
	size -= sizeof(numbers);
	/* So that some go round the end. */
	reader->tail = data[0] & 1 ? PX_LOG_RING_ROOM - (uint64_t)(data[0] & 0xf8u) : 0;
	data++;
	size--;
	for (n = 0; n < size && n < PX_LOG_RING_ROOM; n++)
		ring->data[(reader->tail + n) & (PX_LOG_RING_ROOM - 1)] = data[n];
	atomic_store(&ring->head, reader->tail + numbers[0]);
	atomic_store(&ring->n_dropped, numbers[1]);
}

static void check_line(const struct px_line *line, bool json)
{
	json_t *value;

	if (line->cut)
		return;
	assert(line->len > 0 && line->len <= PX_LINE_MAX && line->text[line->len - 1] == '\n');
	for (size_t i = 0; i + 1 < line->len; i++)
		assert(line->text[i] >= 0x20 && line->text[i] < 0x7f);
	if (!json)
		return;
	value = json_loadb(line->text, line->len, JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, NULL);
	assert(json_is_object(value));
	json_decref(value);
}

static void check_record(const struct px_log_record *record)
{
	struct px_line line;

	px_log_format_line(&line, record, CONF_LOG_TEXT);
	check_line(&line, false);
	px_log_format_line(&line, record, CONF_LOG_JSON);
	check_line(&line, true);
	for (unsigned i = 0; i < PX_LOG_N_FIELDS; i++) {
		px_line_init(&line);
		px_log_format_value(&line, record, (enum px_log_field)i);
		assert(line.len < PX_LINE_MAX);
	}
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	ring = aligned_alloc(64, sizeof(*ring));
	assert(ring);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct px_log_record *due;
	struct px_log_record record;
	struct px_log_reader reader;
	uint64_t n = 0, end;

	px_log_fold_init(&fold);
	fill(&reader, data, size);
	end = px_log_reader_end(&reader);
	while (px_log_reader_next(&reader, end)) {
		assert(++n <= PX_LOG_RING_ROOM / 16);
		(void)px_log_reader_dropped(&reader, false);
		if (!px_log_record_read(&record, reader.item, reader.len))
			continue;
		check_record(&record);
		(void)px_log_fold_take(&fold, &record, reader.item, reader.len, n);
	}
	assert(reader.tail == end);
	(void)px_log_reader_dropped(&reader, true);
	while ((due = px_log_fold_due(&fold, UINT64_MAX)))
		check_record(due);
	return 0;
}

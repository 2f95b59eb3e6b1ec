/* pem.c - see pem.h. */
#include "pem.h"

#include "../bytes/mem.h"
#include "../tls.h"
#include "der.h"

#define BEGIN "-----BEGIN "
#define END "-----END "
#define DASHES "-----"
#define LABEL_MAX_LEN 64

static bool starts(struct tls_span s, const char *word, size_t n)
{
	return s.len >= n && tls_mem_same(s.p, n, word, n);
}

void tls_pem_init(struct tls_pem *pem, struct tls_span text)
{
	static const uint8_t bom[] = {0xef, 0xbb, 0xbf};

	*pem = (struct tls_pem){.rest = text, .max_len = TLS_DER_MAX_LEN};
	if (text.len > TLS_PEM_MAX_TEXT)
		tls_span_fail(&pem->rest);
	if (starts(text, (const char *)bom, sizeof(bom)))
		tls_span_take(&pem->rest, sizeof(bom));
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* The next line, without its end and the blanks before that. */
static struct tls_span take_line(struct tls_pem *pem)
{
	struct tls_span line;
	size_t n = 0;

	while (n < pem->rest.len && pem->rest.p[n] != '\n')
		n++;
	line = tls_span_take(&pem->rest, n);
	tls_span_take(&pem->rest, pem->rest.len > 0 ? 1 : 0);
	pem->line++;
	while (line.len > 0 && is_blank(line.p[line.len - 1]))
		line.len--;
	return line;
}

/* RFC 7468 section 3: printable characters without '-', single '-' or space between them. */
static bool label_is_valid(struct tls_span label)
{
	bool between = true;

	if (label.len > LABEL_MAX_LEN)
		return false;
	for (size_t i = 0; i < label.len; i++) {
		uint8_t c = label.p[i];

		if (c < 0x20 || c > 0x7e || (between && (c == ' ' || c == '-')))
			return false;
		between = c == ' ' || c == '-';
	}
	return label.len == 0 || !between;
}

/* The label of a line that starts with a word of n bytes and ends with dashes. */
static struct tls_span line_label(struct tls_span line, size_t n)
{
	size_t n_dashes = sizeof(DASHES) - 1;
	struct tls_span label;

	tls_span_take(&line, n);
	label = tls_span_take(&line, line.len > n_dashes ? line.len - n_dashes : 0);
	if (!tls_mem_same(line.p, line.len, DASHES, n_dashes) || !label_is_valid(label))
		tls_span_fail(&label);
	return label;
}

/* Base64 over many lines (RFC 4648 section 4). */
struct base64 {
	struct tls_buf *out;
	uint32_t acc; /* characters of the unfinished group of four */
	unsigned n_chars, n_pad;
	unsigned bad; /* not 0: a character that is none */
};

/* All ones if lo <= c <= hi, else 0. */
static uint32_t in_range(uint32_t c, uint32_t lo, uint32_t hi)
{
	return (((c - lo) | (hi - c)) >> 31) - 1;
}

/* The value of a character by arithmetic: it may be part of a private key. */
static uint32_t char_value(unsigned *bad, uint32_t c)
{
	uint32_t upper = in_range(c, 'A', 'Z'), lower = in_range(c, 'a', 'z');
	uint32_t digit = in_range(c, '0', '9'), plus = in_range(c, '+', '+');
	uint32_t slash = in_range(c, '/', '/');

	*bad |= ~(upper | lower | digit | plus | slash);
	return (upper & (c - 'A')) | (lower & (c - 'a' + 26)) | (digit & (c - '0' + 52)) |
	    (plus & 62) | (slash & 63);
}

static void decode_line(struct base64 *b, struct tls_span line)
{
	unsigned n_pad_before = b->n_pad;

	while (line.len > 0 && line.p[line.len - 1] == '=') {
		b->n_pad++;
		line.len--;
	}
	if (n_pad_before > 0)
		b->bad = 1;
	for (size_t i = 0; i < line.len; i++) {
		b->acc = b->acc << 6 | char_value(&b->bad, line.p[i]);
		if (++b->n_chars < 4)
			continue;
		tls_buf_u24(b->out, b->acc & 0xffffff);
		b->acc = 0;
		b->n_chars = 0;
	}
	if (b->n_pad > 2)
		b->bad = 1;
}

/* The last group: 4, 3 or 2 characters, filled up with '='; unused bits are zero (RFC 4648 3.5). */
static bool finish(struct base64 *b)
{
	bool ok = b->bad == 0;

	if (b->n_chars == 0) {
		ok = ok && b->n_pad == 0;
	} else if (b->n_chars == 3) {
		ok = ok && b->n_pad == 1 && (b->acc & 0x3) == 0;
		tls_buf_u16(b->out, b->acc >> 2 & 0xffff);
	} else {
		ok = ok && b->n_chars == 2 && b->n_pad == 2 && (b->acc & 0xf) == 0;
		tls_buf_u8(b->out, b->acc >> 4 & 0xff);
	}
	return ok;
}

static bool has_colon(struct tls_span line)
{
	for (size_t i = 0; i < line.len; i++) {
		if (line.p[i] == ':')
			return true;
	}
	return false;
}

/* RFC 1421 section 4.6 headers, up to the empty line; *line becomes the first line after it. */
static bool skip_headers(struct tls_pem *pem, struct tls_pem_block *block, struct tls_span *line)
{
	static const char proc_type[] = "Proc-Type: 4,ENCRYPTED";

	if (!has_colon(*line))
		return true;
	for (; line->len > 0; *line = take_line(pem)) {
		if (!has_colon(*line) && !is_blank(line->p[0]))
			return false;
		if (starts(*line, proc_type, sizeof(proc_type) - 1))
			block->encrypted = true;
	}
	*line = take_line(pem);
	return true;
}

static int read_lines(struct tls_pem *pem, struct tls_pem_block *block, struct base64 *b)
{
	struct tls_span line = take_line(pem), label;

	if (!skip_headers(pem, block, &line))
		return TLS_E_BASE64_DECODING_ERROR;
	while (!starts(line, DASHES, sizeof(DASHES) - 1)) {
		decode_line(b, line);
		if (line.len == 0 || b->bad != 0 || block->der.len > pem->max_len)
			return TLS_E_BASE64_DECODING_ERROR;
		if (!tls_buf_ok(&block->der))
			return TLS_E_MEMORY_ERROR;
		line = take_line(pem);
	}
	if (!starts(line, END, sizeof(END) - 1))
		return TLS_E_BASE64_DECODING_ERROR;
	label = line_label(line, sizeof(END) - 1);
	if (label.failed || !tls_mem_same(label.p, label.len, block->label.p, block->label.len))
		return TLS_E_BASE64_DECODING_ERROR;
	if (!finish(b))
		return TLS_E_BASE64_DECODING_ERROR;
	return tls_buf_ok(&block->der) ? 0 : TLS_E_MEMORY_ERROR;
}

static int read_body(struct tls_pem *pem, struct tls_pem_block *block)
{
	struct base64 b = {.out = &block->der};
	int ret = read_lines(pem, block, &b);

	tls_mem_wipe(&b, sizeof(b));
	return ret;
}

static int next(struct tls_pem *pem, struct tls_pem_block *block)
{
	while (tls_span_more(&pem->rest)) {
		struct tls_span line = take_line(pem);

		if (starts(line, END, sizeof(END) - 1))
			return TLS_E_BASE64_DECODING_ERROR;
		if (!starts(line, BEGIN, sizeof(BEGIN) - 1))
			continue;
		block->line = pem->line;
		block->label = line_label(line, sizeof(BEGIN) - 1);
		if (block->label.failed)
			return TLS_E_BASE64_DECODING_ERROR;
		return read_body(pem, block);
	}
	return pem->rest.failed ? TLS_E_BASE64_DECODING_ERROR : TLS_E_REQUESTED_DATA_NOT_AVAILABLE;
}

int tls_pem_next(struct tls_pem *pem, struct tls_pem_block *block)
{
	int ret;

	*block = (struct tls_pem_block){.line = 0};
	/* Room for one group over the limit, so that an excess is told from a lack of memory. */
	tls_buf_init(&block->der, pem->max_len + 3);
	ret = next(pem, block);
	if (ret == 0 && block->der.len > pem->max_len)
		ret = TLS_E_BASE64_DECODING_ERROR;
	if (ret < 0) {
		tls_pem_block_clear(block);
		tls_span_take(&pem->rest, pem->rest.len);
	}
	return ret;
}

void tls_pem_block_clear(struct tls_pem_block *block)
{
	tls_buf_clear(&block->der);
	*block = (struct tls_pem_block){.line = 0};
}

bool tls_pem_is(const struct tls_pem_block *block, const char *label)
{
	size_t n = 0;

	while (label[n] != '\0')
		n++;
	return tls_mem_same(block->label.p, block->label.len, label, n);
}

static bool is_one_of(const struct tls_pem_block *block, const char *const *labels)
{
	for (; *labels != NULL; labels++) {
		if (tls_pem_is(block, *labels))
			return true;
	}
	return false;
}

int tls_pem_take_all(struct tls_pem *pem, unsigned *line, const char *const *labels, tls_pem_take take, void *to)
{
	struct tls_pem_block block;
	int ret, n = 0;

	while ((ret = tls_pem_next(pem, &block)) == 0) {
		*line = block.line;
		if (is_one_of(&block, labels)) {
			ret = take(to, tls_buf_as_span(&block.der));
			n++;
		}
		tls_pem_block_clear(&block);
		if (ret < 0)
			return ret;
	}
	if (ret != TLS_E_REQUESTED_DATA_NOT_AVAILABLE) {
		*line = pem->line;
		return ret;
	}
	*line = 0;
	return n;
}

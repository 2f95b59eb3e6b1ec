/* bundle.c - see bundle.h. The format, in the byte order of the machine, which both sides share:
 *
 *	struct head                         magic, entries, length of the file
 *	struct entry | name NUL pad | bytes NUL pad     for each entry, everything aligned to 16
 */

#include "config.h" /* GNU extensions */

#include "daemon/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#define ALIGN 16
#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

static const char magic[8] = "quench1";

struct head {
	char magic[8];
	uint32_t n;
	uint32_t reserved;
	uint64_t len;
	uint64_t reserved2;
};

struct entry {
	uint32_t kind;
	uint32_t mode;
	uint32_t name_len;
	uint32_t len;
};

_Static_assert(sizeof(struct head) % ALIGN == 0, "head keeps the alignment");
_Static_assert(sizeof(struct entry) % ALIGN == 0, "entry keeps the alignment");

/* With at least one NUL behind it. */
static size_t padded(size_t len)
{
	return (len / ALIGN + 1) * ALIGN;
}

/* ---- Writing --------------------------------------------------------------------------------------- */

static int spoil(struct px_bundle_writer *w, int error)
{
	if (!w->error)
		w->error = error;
	errno = w->error;
	return -1;
}

void px_bundle_begin(struct px_bundle_writer *w, const char *label)
{
	struct head head = { 0 };

	memset(w, 0, sizeof(*w));
	w->fd = memfd_create(label, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (w->fd < 0)
		spoil(w, errno);
	else if (write(w->fd, &head, sizeof(head)) != sizeof(head))
		spoil(w, ENOSPC);
	w->len = sizeof(head);
}

static bool fits(const struct px_bundle_writer *w, const struct px_bundle_entry *e)
{
	return e->name_len <= PX_BUNDLE_NAME_MAX && e->len <= PX_BUNDLE_ENTRY_MAX &&
	    w->len + sizeof(struct entry) + padded(e->name_len) + padded(e->len) <= PX_BUNDLE_MAX &&
	    w->n < UINT32_MAX;
}

int px_bundle_add(struct px_bundle_writer *w, const struct px_bundle_entry *e)
{
	static char zeros[ALIGN];
	struct entry head = { .kind = e->kind, .mode = e->mode, .name_len = (uint32_t)e->name_len,
		.len = (uint32_t)e->len };
	struct iovec parts[] = { { &head, sizeof(head) }, { (void *)e->name, e->name_len },
		{ zeros, padded(e->name_len) - e->name_len }, { (void *)e->bytes, e->len },
		{ zeros, padded(e->len) - e->len } };
	size_t total = sizeof(head) + padded(e->name_len) + padded(e->len);
	ssize_t n;

	if (w->error)
		return spoil(w, w->error);
	if (!fits(w, e))
		return spoil(w, EFBIG);
	n = writev(w->fd, parts, 5);
	if (n != (ssize_t)total)
		return spoil(w, n < 0 ? errno : ENOSPC);
	w->len += total;
	w->n++;
	return 0;
}

void px_bundle_abandon(struct px_bundle_writer *w)
{
	if (w->fd >= 0)
		close(w->fd);
	w->fd = -1;
}

int px_bundle_finish(struct px_bundle_writer *w)
{
	struct head head = { .n = w->n, .len = w->len };
	int fd = w->fd;

	memcpy(head.magic, magic, sizeof(magic));
	if (!w->error && (pwrite(fd, &head, sizeof(head), 0) != sizeof(head) ||
	        fcntl(fd, F_ADD_SEALS, SEALS | F_SEAL_SEAL) != 0))
		spoil(w, errno);
	if (w->error) {
		px_bundle_abandon(w);
		errno = w->error;
		return -1;
	}
	w->fd = -1;
	return fd;
}

/* ---- Reading --------------------------------------------------------------------------------------- */

struct px_bundle {
	const unsigned char *map;
	size_t len;
	unsigned n;
	const struct entry *list[]; /* by kind and name */
};

static const char *name_of(const struct entry *e)
{
	return (const char *)(e + 1);
}

static const char *bytes_of(const struct entry *e)
{
	return name_of(e) + padded(e->name_len);
}

static int compare_names(const struct entry *e, uint32_t kind, const void *name, size_t name_len)
{
	size_t n = e->name_len < name_len ? e->name_len : name_len;
	int r;

	if (e->kind != kind)
		return e->kind < kind ? -1 : 1;
	r = memcmp(name_of(e), name, n);
	if (r != 0 || e->name_len == name_len)
		return r;
	return e->name_len < name_len ? -1 : 1;
}

static int compare(const void *a, const void *b)
{
	const struct entry *const *x = a, *const *y = b;

	return compare_names(*x, (*y)->kind, name_of(*y), (*y)->name_len);
}

/* The entry at *at, and *at behind it; NULL if it doesn't hold. left: bytes from *at on. */
static const struct entry *take(const unsigned char **at, size_t left)
{
	const struct entry *e = (const struct entry *)*at;
	size_t total;

	if (left < sizeof(*e) || e->kind == 0 || e->kind >= PX_BUNDLE_END ||
	    e->name_len > PX_BUNDLE_NAME_MAX || e->len > PX_BUNDLE_ENTRY_MAX)
		return NULL;
	total = sizeof(*e) + padded(e->name_len) + padded(e->len);
	if (left < total || name_of(e)[e->name_len] != '\0' || bytes_of(e)[e->len] != '\0')
		return NULL;
	*at += total;
	return e;
}

static const char *walk(struct px_bundle *b)
{
	const unsigned char *at = b->map + sizeof(struct head), *end = b->map + b->len;

	for (unsigned i = 0; i < b->n; i++) {
		b->list[i] = take(&at, (size_t)(end - at));
		if (!b->list[i])
			return "an entry of the bundle is cut";
	}
	if (at != end)
		return "bytes behind the bundle's entries";
	qsort(b->list, b->n, sizeof(b->list[0]), compare);
	for (unsigned i = 1; i < b->n; i++) {
		if (compare(&b->list[i - 1], &b->list[i]) == 0)
			return "an entry of the bundle is there twice";
	}
	return NULL;
}

/* len: of the file, checked. */
static const char *check_head(const struct head *head, size_t len)
{
	if (memcmp(head->magic, magic, sizeof(magic)) != 0 || head->len != len)
		return "not a bundle";
	if (head->n > (len - sizeof(*head)) / (sizeof(struct entry) + 2 * ALIGN))
		return "a bundle of more entries than it has room for";
	return NULL;
}

static const char *read_map(struct px_bundle **out, const unsigned char *map, size_t len)
{
	const struct head *head = (const struct head *)map;
	const char *problem = check_head(head, len);
	struct px_bundle *b;

	if (problem)
		return problem;
	b = malloc(sizeof(*b) + head->n * sizeof(b->list[0]));
	if (!b)
		return "out of memory";
	b->map = map;
	b->len = len;
	b->n = head->n;
	problem = walk(b);
	if (problem)
		free(b);
	else
		*out = b;
	return problem;
}

const char *px_bundle_open(struct px_bundle **out, int fd)
{
	int seals = fcntl(fd, F_GET_SEALS);
	const char *problem;
	off_t len;
	void *map;

	*out = NULL;
	if (seals < 0 || (seals & SEALS) != SEALS)
		return "a bundle that isn't sealed";
	/* fstat(2) is nothing that a worker may call: its fellows take paths. */
	len = lseek(fd, 0, SEEK_END);
	if (len < 0)
		return strerror(errno);
	if (len < (off_t)sizeof(struct head) || len > (off_t)PX_BUNDLE_MAX)
		return "a bundle of an impossible size";
	map = mmap(NULL, (size_t)len, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		return strerror(errno);
	problem = read_map(out, map, (size_t)len);
	if (problem)
		munmap(map, (size_t)len);
	return problem;
}

void px_bundle_close(struct px_bundle *b)
{
	if (!b)
		return;
	munmap((void *)b->map, b->len);
	free(b);
}

unsigned px_bundle_count(const struct px_bundle *b)
{
	return b->n;
}

static void show(struct px_bundle_entry *out, const struct entry *e)
{
	*out = (struct px_bundle_entry){ .kind = (enum px_bundle_kind)e->kind, .mode = e->mode,
		.name = name_of(e), .name_len = e->name_len, .bytes = bytes_of(e), .len = e->len };
}

void px_bundle_at(struct px_bundle_entry *entry, const struct px_bundle *b, unsigned i)
{
	show(entry, b->list[i]);
}

bool px_bundle_find(struct px_bundle_entry *entry, const struct px_bundle *b, enum px_bundle_kind kind,
    const void *name, size_t name_len)
{
	unsigned low = 0, high = b->n;

	while (low < high) {
		unsigned mid = low + (high - low) / 2;
		int r = compare_names(b->list[mid], kind, name, name_len);

		if (r == 0) {
			show(entry, b->list[mid]);
			return true;
		}
		if (r < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return false;
}

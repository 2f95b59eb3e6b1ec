/* seen.c - see seen.h. A file is what stat(2) says of it: another inode, size or time is another file. */

#include "config.h" /* GNU extensions */

#include "daemon/seen.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/spot.h"

#define LINKS_MAX 16 /* on the way to one file */

struct stamp {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec modified, changed;
};

struct entry {
	char *path;
	unsigned what;
	bool folder;
	struct stamp stamp; /* zeros: it wasn't there */
};

struct px_seen {
	struct conf_source source;
	struct px_spot *spot;
	struct entry *entries;
	size_t n, room;
	struct px_seen_folder *folders; /* their paths, too */
	size_t n_folders, folders_room;
	char **names; /* sorted when the folders are known */
	size_t n_names, names_room;
};

/* ---- Stamps --------------------------------------------------------------------------------------------- */

static struct stamp stamp_of(const char *path)
{
	struct stamp stamp;
	struct stat st;

	memset(&stamp, 0, sizeof(stamp)); /* the padding, too: they are compared as bytes */
	if (stat(path, &st) != 0)
		return stamp;
	stamp.dev = st.st_dev;
	stamp.ino = st.st_ino;
	stamp.size = st.st_size;
	stamp.modified = st.st_mtim;
	stamp.changed = st.st_ctim;
	return stamp;
}

static bool is_same(const struct stamp *a, const struct stamp *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/* ---- Noting --------------------------------------------------------------------------------------------- */

/* Room for one more in *list; grows by doubling. */
static void *more(void *list, size_t n, size_t *room, size_t size)
{
	void **p = list, *grown;
	size_t wanted = *room ? *room * 2 : 16;

	if (n == *room) {
		grown = reallocarray(*p, wanted, size);
		if (!grown)
			return NULL;
		*p = grown;
		*room = wanted;
	}
	return (char *)*p + n * size;
}

static int note(struct px_seen *s, const char *path, unsigned what, bool folder, const struct stamp *stamp)
{
	struct entry *entry = more(&s->entries, s->n, &s->room, sizeof(*entry));
	char *copy = entry ? strdup(path) : NULL;

	if (!copy)
		return -1;
	*entry = (struct entry){ .path = copy, .what = what, .folder = folder, .stamp = *stamp };
	s->n++;
	return 0;
}

static const char *read_noted(void *ptr, struct conf_file *out, enum conf_source_kind kind, const char *path)
{
	bool text = kind == CONF_SOURCE_MAIN || kind == CONF_SOURCE_INCLUDE;
	struct px_seen *s = ptr;
	const char *reason;
	struct stamp stamp;

	px_spot_enter(s->spot, path);
	stamp = stamp_of(path);
	if (note(ptr, path, text ? PX_SEEN_TEXT : PX_SEEN_CERTIFICATES, false, &stamp) != 0)
		return "out of memory";
	reason = conf_source_files.read(NULL, out, kind, path);
	px_spot_enter(s->spot, NULL);
	return reason;
}

static const char *list_noted(void *ptr, struct conf_names *out, const char *folder)
{
	struct px_seen *s = ptr;
	const char *reason;
	struct stamp stamp;

	px_spot_enter(s->spot, folder);
	stamp = stamp_of(folder);
	if (note(ptr, folder, PX_SEEN_CERTIFICATES, true, &stamp) != 0)
		return "out of memory";
	reason = conf_source_files.list(NULL, out, folder);
	px_spot_enter(s->spot, NULL);
	return reason;
}

struct px_seen *px_seen_new(void)
{
	struct px_seen *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->source.read = read_noted;
	s->source.list = list_noted;
	s->source.ptr = s;
	return s;
}

void px_seen_set_spot(struct px_seen *s, struct px_spot *spot)
{
	if (s)
		s->spot = spot;
}

static void forget_folders(struct px_seen *s)
{
	for (size_t i = 0; i < s->n_folders; i++)
		free((char *)s->folders[i].path);
	for (size_t i = 0; i < s->n_names; i++)
		free(s->names[i]);
	s->n_folders = s->n_names = 0;
}

void px_seen_free(struct px_seen *s)
{
	if (!s)
		return;
	forget_folders(s);
	for (size_t i = 0; i < s->n; i++)
		free(s->entries[i].path);
	free(s->entries);
	free(s->folders);
	free(s->names);
	free(s);
}

const struct conf_source *px_seen_source(struct px_seen *s)
{
	return &s->source;
}

int px_seen_take_over(struct px_seen *s, const struct px_seen *other, unsigned what)
{
	for (size_t i = 0; i < other->n; i++) {
		const struct entry *e = &other->entries[i];

		if ((e->what & what) && note(s, e->path, e->what, e->folder, &e->stamp) != 0)
			return -1;
	}
	return 0;
}

/* Each entry with its path behind it; the pointer in it means nothing. */
char *px_seen_pack(size_t *len, const struct px_seen *s)
{
	size_t total = 1, at = 0;
	char *bytes;

	for (size_t i = 0; i < s->n; i++)
		total += sizeof(s->entries[i]) + strlen(s->entries[i].path) + 1;
	bytes = malloc(total);
	for (size_t i = 0; bytes && i < s->n; i++) {
		size_t path_len = strlen(s->entries[i].path) + 1;

		memcpy(bytes + at, &s->entries[i], sizeof(s->entries[i]));
		memcpy(bytes + at + sizeof(s->entries[i]), s->entries[i].path, path_len);
		at += sizeof(s->entries[i]) + path_len;
	}
	*len = at;
	return bytes;
}

int px_seen_unpack(struct px_seen *s, const char *bytes, size_t len)
{
	size_t at = 0;

	while (at < len) {
		struct entry e;
		const char *path = bytes + at + sizeof(e);

		if (len - at <= sizeof(e) || !memchr(path, '\0', len - at - sizeof(e)))
			return -1;
		memcpy(&e, bytes + at, sizeof(e));
		if (note(s, path, e.what, e.folder, &e.stamp) != 0)
			return -1;
		at += sizeof(e) + strlen(path) + 1;
	}
	return 0;
}

unsigned px_seen_changes(struct px_seen *s)
{
	unsigned what = 0;

	for (size_t i = 0; i < s->n; i++) {
		struct stamp now;

		px_spot_enter(s->spot, s->entries[i].path);
		now = stamp_of(s->entries[i].path);
		if (is_same(&now, &s->entries[i].stamp))
			continue;
		s->entries[i].stamp = now;
		what |= s->entries[i].what;
	}
	px_spot_enter(s->spot, NULL);
	return what;
}

/* ---- Where changes show -------------------------------------------------------------------------------- */

static int add_name(struct px_seen *s, const char *name, size_t len)
{
	char **slot = more(&s->names, s->n_names, &s->names_room, sizeof(*slot));
	char *copy = slot ? strndup(name, len) : NULL;

	if (!copy)
		return -1;
	*slot = copy;
	s->n_names++;
	return 0;
}

/* The first len bytes of path; none: the root, or the folder we are in. */
static int add_folder(struct px_seen *s, const char *path, size_t len, bool whole)
{
	struct px_seen_folder *last = s->n_folders ? &s->folders[s->n_folders - 1] : NULL, *slot;
	char *copy;

	if (!whole && last && strlen(last->path) == len && memcmp(last->path, path, len) == 0)
		return 0;
	slot = more(&s->folders, s->n_folders, &s->folders_room, sizeof(*slot));
	copy = slot ? strndup(len ? path : ".", len ? len : 1) : NULL;
	if (!copy)
		return -1;
	*slot = (struct px_seen_folder){ copy, whole };
	s->n_folders++;
	return 0;
}

/* The path behind the link at path[0..end), which stands in the folder of folder_len bytes: what it points to, and the
 * rest. 0 with "" when it is no link, or leads nowhere we could go. */
static int follow(char next[PATH_MAX], const char *path, size_t folder_len, size_t end)
{
	char link[PATH_MAX], target[PATH_MAX];
	ssize_t n;
	int len;

	next[0] = '\0';
	if (end >= sizeof(link))
		return 0;
	memcpy(link, path, end);
	link[end] = '\0';
	n = readlink(link, target, sizeof(target) - 1);
	if (n <= 0)
		return 0;
	target[n] = '\0';
	len = snprintf(next, PATH_MAX, "%.*s%s%s", target[0] == '/' ? 0 : (int)folder_len, path, target, path + end);
	if (len < 0 || len >= PATH_MAX)
		next[0] = '\0';
	return 0;
}

/* Notes the component path[start..end) and the folder it stands in; next is where a link leads, or "". */
static int walk_one(struct px_seen *s, char next[PATH_MAX], const char *path, size_t start, size_t end)
{
	if (add_folder(s, path, start, false) != 0 || add_name(s, path + start, end - start) != 0)
		return -1;
	return follow(next, path, start, end);
}

/* One component after the other from start on; at the first link, again from the start of where it leads. */
static int walk(struct px_seen *s, const char *whole, size_t start)
{
	char path[PATH_MAX], next[PATH_MAX];

	if (strlen(whole) >= sizeof(path))
		return 0;
	memcpy(path, whole, strlen(whole) + 1);
	for (unsigned links = 0; links <= LINKS_MAX && path[start];) {
		size_t end = start + strcspn(path + start, "/");

		next[0] = '\0';
		if (end > start && walk_one(s, next, path, start, end) != 0)
			return -1;
		start = end + strspn(path + end, "/");
		if (!next[0])
			continue;
		memcpy(path, next, sizeof(path));
		start = strspn(path, "/");
		links++;
	}
	return 0;
}

static size_t folder_len(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? (size_t)(slash - path) + 1 : 0;
}

/* Many files stand in one folder: the way to it is gone once. */
static int walk_entry(struct px_seen *s, const struct entry *e, const struct entry *before)
{
	size_t len = folder_len(e->path);

	if (e->folder && add_folder(s, e->path, strlen(e->path), true) != 0)
		return -1;
	if (!e->folder && len > 0 && before && folder_len(before->path) == len &&
	    memcmp(e->path, before->path, len) == 0)
		return walk(s, e->path, len);
	return walk(s, e->path, strspn(e->path, "/"));
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int by_folder(const void *a, const void *b)
{
	const struct px_seen_folder *x = a, *y = b;
	int order = strcmp(x->path, y->path);

	return order ? order : (int)y->whole - (int)x->whole;
}

/* Each name and folder once. */
static void sort(struct px_seen *s)
{
	size_t n = 0;

	if (s->n_names)
		qsort(s->names, s->n_names, sizeof(*s->names), by_name);
	for (size_t i = 0; i < s->n_names; i++) {
		if (n > 0 && strcmp(s->names[n - 1], s->names[i]) == 0)
			free(s->names[i]);
		else
			s->names[n++] = s->names[i];
	}
	s->n_names = n;
	n = 0;
	if (s->n_folders)
		qsort(s->folders, s->n_folders, sizeof(*s->folders), by_folder);
	for (size_t i = 0; i < s->n_folders; i++) {
		if (n > 0 && strcmp(s->folders[n - 1].path, s->folders[i].path) == 0)
			free((char *)s->folders[i].path);
		else
			s->folders[n++] = s->folders[i];
	}
	s->n_folders = n;
}

int px_seen_folders(struct px_seen *s, const struct px_seen_folder **list, size_t *n)
{
	int r = 0;

	forget_folders(s);
	for (size_t i = 0; i < s->n && r == 0; i++) {
		px_spot_enter(s->spot, s->entries[i].path);
		r = walk_entry(s, &s->entries[i], i > 0 ? &s->entries[i - 1] : NULL);
	}
	sort(s);
	*list = s->folders;
	*n = s->n_folders;
	return r;
}

bool px_seen_has_name(const struct px_seen *s, const char *name)
{
	return s->n_names > 0 && bsearch(&name, s->names, s->n_names, sizeof(*s->names), by_name) != NULL;
}

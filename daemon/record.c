/* record.c - see record.h. Everything read stays in memory until the bundles are written: who names a file twice
 * gets the same bytes twice. */

#include "config.h" /* GNU extensions */

#include "daemon/record.h"

#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "conf/files.h"
#include "daemon/build.h"

struct node {
	STAILQ_ENTRY(node) link;
	enum px_bundle_kind kind;
	bool unused; /* not to be written */
	mode_t mode;
	char *name;
	char *bytes;
	size_t len;
};

struct px_record {
	struct conf_source source;
	const struct conf_source *files;
	struct px_record_before before;
	struct px_bundle *bundle, *keys; /* of before, opened when they are asked for */
	struct px_build *build; /* ... its configuration, where before has none */
	void *tree; /* of nodes, by kind and name */
	STAILQ_HEAD(, node) list;
};

/* ---- Nodes ------------------------------------------------------------------------------------------ */

static int compare(const void *a, const void *b)
{
	const struct node *x = a, *y = b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return strcmp(x->name, y->name);
}

static struct node *find(const struct px_record *r, enum px_bundle_kind kind, const char *name)
{
	const struct node key = { .kind = kind, .name = (char *)name };
	struct node **at = tfind(&key, &r->tree, compare);

	return at ? *at : NULL;
}

static void free_bytes(struct node *node)
{
	if (node->bytes)
		explicit_bzero(node->bytes, node->len);
	free(node->bytes);
	node->bytes = NULL;
}

static void free_node(struct node *node)
{
	free_bytes(node);
	free(node->name);
	free(node);
}

static int set_bytes(struct node *node, const void *bytes, size_t len)
{
	char *copy = malloc(len + 1);

	if (!copy)
		return -1;
	if (len)
		memcpy(copy, bytes, len);
	copy[len] = '\0';
	free_bytes(node);
	node->bytes = copy;
	node->len = len;
	return 0;
}

static struct node *add(struct px_record *r, enum px_bundle_kind kind, const char *name)
{
	struct node *node = calloc(1, sizeof(*node));

	if (!node)
		return NULL;
	node->kind = kind;
	node->name = strdup(name);
	if (!node->name || !tsearch(node, &r->tree, compare)) {
		free_node(node);
		return NULL;
	}
	STAILQ_INSERT_TAIL(&r->list, node, link);
	return node;
}

static struct node *put(struct px_record *r, enum px_bundle_kind kind, const char *name, const void *bytes, size_t len)
{
	struct node *node = find(r, kind, name);

	if (!node)
		node = add(r, kind, name);
	return node && set_bytes(node, bytes, len) == 0 ? node : NULL;
}

int px_record_put(struct px_record *r, enum px_bundle_kind kind, const char *name, const void *bytes, size_t len)
{
	return put(r, kind, name, bytes, len) ? 0 : -1;
}

/* ---- The source ------------------------------------------------------------------------------------- */

static enum px_bundle_kind kind_of(enum conf_source_kind kind)
{
	return kind == CONF_SOURCE_KEY ? PX_BUNDLE_KEY : PX_BUNDLE_FILE;
}

static bool open_before(struct px_record *r)
{
	if (r->before.bundle > 0 && !r->bundle)
		(void)px_bundle_open(&r->bundle, r->before.bundle);
	if (r->before.keys > 0 && !r->keys)
		(void)px_bundle_open(&r->keys, r->before.keys);
	return r->bundle != NULL;
}

static const struct conf *conf_before(struct px_record *r)
{
	if (r->before.conf)
		return r->before.conf;
	if (!r->build)
		r->build = px_build_new(&px_build_no_keys);
	if (r->build && !r->build->conf)
		(void)px_build_run(r->build, r->before.bundle);
	return r->build ? r->build->conf : NULL;
}

static struct node *find_read(struct px_record *r, enum conf_source_kind kind, const char *path)
{
	bool text = kind == CONF_SOURCE_MAIN || kind == CONF_SOURCE_INCLUDE;
	struct node *node = find(r, kind_of(kind), path);
	struct px_bundle_entry e;

	if (!node && text && r->before.keep_text && open_before(r) &&
	    px_bundle_find(&e, r->bundle, PX_BUNDLE_FILE, path, strlen(path)))
		node = put(r, PX_BUNDLE_FILE, path, e.bytes, e.len);
	return node && node->bytes ? node : NULL;
}

/* The next dashes behind the text at from, or the end. */
static char *find_dashes(char *from, char *end, const char *text)
{
	char *at = memmem(from, (size_t)(end - from), text, strlen(text));

	return at ? at : end;
}

/* A PEM file may hold a key beside its chain, and workers get the whole file: keys are blanked, lines stay where they
 * are. */
static void blank_keys(char *bytes, size_t len)
{
	char *end = bytes + len, *at = bytes, *label, *dashes, *last;

	while ((at = find_dashes(at, end, "-----BEGIN ")) < end) {
		label = at + strlen("-----BEGIN ");
		dashes = find_dashes(label, end, "-----");
		if (!memmem(label, (size_t)(dashes - label), "PRIVATE", strlen("PRIVATE"))) {
			at = label;
			continue;
		}
		last = find_dashes(dashes, end, "-----END ");
		if (last < end)
			last = find_dashes(last + strlen("-----END "), end, "-----");
		last = end - last < 5 ? end : last + 5;
		for (; at < last; at++)
			*at = *at == '\n' || *at == '\r' ? *at : ' ';
	}
}

static bool may_hold_keys(enum conf_source_kind kind)
{
	return kind != CONF_SOURCE_MAIN && kind != CONF_SOURCE_INCLUDE && kind != CONF_SOURCE_KEY;
}

static const char *read_file(void *ptr, struct conf_file *out, enum conf_source_kind kind, const char *path)
{
	struct px_record *r = ptr;
	struct node *node = find_read(r, kind, path);
	const char *reason;

	if (node) {
		reason = conf_source_put(out, node->bytes, node->len);
		out->mode = reason ? 0 : node->mode;
		return reason;
	}
	reason = r->files->read(r->files->ptr, out, kind, path);
	if (reason || !out->data || kind == CONF_SOURCE_SEED)
		return reason;
	node = put(r, kind_of(kind), path, out->data, out->len);
	if (!node) {
		conf_source_drop(out);
		return conf_files_no_memory;
	}
	node->mode = out->mode;
	if (may_hold_keys(kind))
		blank_keys(node->bytes, node->len);
	return NULL;
}

/* The names one behind the other, each with its NUL. */
static int put_names(struct px_record *r, const struct conf_names *names, const char *folder)
{
	size_t len = 0, at = 0;
	char *text;
	int result;

	for (size_t i = 0; i < names->n; i++)
		len += strlen(names->list[i]) + 1;
	text = malloc(len + 1);
	if (!text)
		return -1;
	for (size_t i = 0; i < names->n; i++) {
		size_t n = strlen(names->list[i]) + 1;

		memcpy(text + at, names->list[i], n);
		at += n;
	}
	result = px_record_put(r, PX_BUNDLE_DIR, folder, text, len);
	free(text);
	return result;
}

/* Names that came and went between two readings do no harm: a file is read once. */
static const char *list_folder(void *ptr, struct conf_names *out, const char *folder)
{
	struct px_record *r = ptr;
	const char *reason = r->files->list(r->files->ptr, out, folder);

	if (reason || put_names(r, out, folder) == 0)
		return reason;
	conf_source_drop_names(out);
	return conf_files_no_memory;
}

/* ---- What was in force before ----------------------------------------------------------------------- */

/* From the keys' bundle, by the id that the other one has; or from that one itself. */
static bool find_key(struct px_bundle_entry *e, const struct px_record *r, const char *path)
{
	if (!px_bundle_find(e, r->bundle, PX_BUNDLE_KEY, path, strlen(path)))
		return false;
	return r->before.keys <= 0 || (r->keys && px_bundle_find(e, r->keys, PX_BUNDLE_KEY, e->bytes, e->len));
}

static const struct conf_certificate *find_certificate(const struct conf *conf, const char *chain, const char *key)
{
	for (unsigned i = 0; i < conf->n_services; i++) {
		const struct conf_service *s = &conf->services[i];

		for (unsigned k = 0; k < s->n_certificates; k++) {
			const struct conf_certificate *c = &s->certificates[k];

			if (c->served && strcmp(c->chain, chain) == 0 && strcmp(c->key, key) == 0)
				return c;
		}
	}
	return NULL;
}

/* From now on it is what the file holds. */
static bool restore(struct px_record *r, struct conf_file *out, enum px_bundle_kind kind, const char *path,
    const struct px_bundle_entry *e)
{
	return put(r, kind, path, e->bytes, e->len) && !conf_source_put(out, e->bytes, e->len);
}

static bool previous(void *ptr, struct conf_pair *out, const char *chain_path, const char *key_path)
{
	struct px_record *r = ptr;
	struct px_bundle_entry chain, key, staple;
	const struct conf_certificate *c;
	const struct conf *conf;

	conf = open_before(r) ? conf_before(r) : NULL;
	if (!conf)
		return false;
	c = find_certificate(conf, chain_path, key_path);
	if (!c || !px_bundle_find(&chain, r->bundle, PX_BUNDLE_FILE, chain_path, strlen(chain_path)) ||
	    !find_key(&key, r, key_path))
		return false;
	if (restore(r, &out->chain, PX_BUNDLE_FILE, chain_path, &chain) &&
	    restore(r, &out->key, PX_BUNDLE_KEY, key_path, &key) &&
	    (!c->staple || !px_bundle_find(&staple, r->bundle, PX_BUNDLE_FILE, c->staple, strlen(c->staple)) ||
	        restore(r, &out->staple, PX_BUNDLE_FILE, c->staple, &staple)))
		return true;
	conf_source_drop(&out->chain);
	conf_source_drop(&out->key);
	conf_source_drop(&out->staple);
	return false;
}

/* ---- Writing ---------------------------------------------------------------------------------------- */

struct writers {
	struct px_bundle_writer bundle, keys;
	void *ids; /* those in keys already: nodes of bytes' length */
	bool keeper;
};

static int compare_ids(const void *a, const void *b)
{
	return memcmp(a, b, TLS_KEY_ID_LEN);
}

static int write_entry(struct px_bundle_writer *w, enum px_bundle_kind kind, const char *name, const void *bytes,
    size_t len)
{
	const struct px_bundle_entry e = { .kind = kind, .name = name, .name_len = strlen(name), .bytes = bytes,
		.len = len };

	return px_bundle_add(w, &e);
}

static int write_to_keys(struct writers *w, const struct node *key, const uint8_t id[TLS_KEY_ID_LEN])
{
	const struct px_bundle_entry e = { .kind = PX_BUNDLE_KEY, .name = (const char *)id,
		.name_len = TLS_KEY_ID_LEN, .bytes = key->bytes, .len = key->len };
	uint8_t *copy;

	if (tfind(id, &w->ids, compare_ids))
		return 0;
	copy = malloc(TLS_KEY_ID_LEN);
	if (!copy)
		return -1;
	memcpy(copy, id, TLS_KEY_ID_LEN);
	if (!tsearch(copy, &w->ids, compare_ids)) {
		free(copy);
		return -1;
	}
	return px_bundle_add(&w->keys, &e);
}

/* The key fits the chain, as it was loaded: so the id of one is that of the other. */
static int write_key(struct writers *w, struct px_record *r, const struct conf_certificate *c)
{
	struct node *chain = find(r, PX_BUNDLE_FILE, c->chain), *key = find(r, PX_BUNDLE_KEY, c->key);
	uint8_t id[TLS_KEY_ID_LEN];
	tls_datum_t pem;

	if (!chain || !key || !chain->bytes || !key->bytes)
		return -1;
	if (key->unused)
		return 0;
	key->unused = true;
	if (!w->keeper)
		return write_entry(&w->bundle, PX_BUNDLE_KEY, c->key, key->bytes, key->len);
	pem = (tls_datum_t){ (unsigned char *)chain->bytes, (unsigned)chain->len };
	if (tls_x509_crt_get_key_id(&pem, TLS_X509_FMT_PEM, id) != 0)
		return -1;
	if (write_entry(&w->bundle, PX_BUNDLE_KEY, c->key, id, sizeof(id)) != 0)
		return -1;
	return write_to_keys(w, key, id);
}

/* Set aside with nothing to serve: the worker needs to know no more than why. */
static int write_aside(struct px_record *r, const struct conf_certificate *c)
{
	return c->aside ? px_record_put(r, PX_BUNDLE_ASIDE, c->chain, c->aside, strlen(c->aside)) : 0;
}

static int write_certificates(struct writers *w, struct px_record *r, const struct conf *conf)
{
	for (unsigned i = 0; i < conf->n_services; i++) {
		const struct conf_service *s = &conf->services[i];

		for (unsigned k = 0; k < s->n_certificates; k++) {
			const struct conf_certificate *c = &s->certificates[k];

			if (write_aside(r, c) != 0 || (c->served && write_key(w, r, c) != 0))
				return -1;
		}
	}
	return 0;
}

static int write_nodes(struct writers *w, const struct px_record *r)
{
	const struct node *node;

	STAILQ_FOREACH(node, &r->list, link) {
		if (node->kind != PX_BUNDLE_KEY && node->bytes &&
		    write_entry(&w->bundle, node->kind, node->name, node->bytes, node->len) != 0)
			return -1;
	}
	return 0;
}

static int write_all(struct writers *w, struct px_record *r, const struct conf *conf)
{
	if (write_entry(&w->bundle, PX_BUNDLE_MAIN, conf->path, NULL, 0) != 0)
		return -1;
	return write_certificates(w, r, conf) == 0 ? write_nodes(w, r) : -1;
}

static int finish(int *bundle, int *keys, struct writers *w)
{
	*bundle = px_bundle_finish(&w->bundle);
	if (*bundle < 0)
		return -1;
	*keys = w->keeper ? px_bundle_finish(&w->keys) : -1;
	if (*keys >= 0 || !w->keeper)
		return 0;
	w->bundle.fd = *bundle;
	*bundle = -1;
	return -1;
}

int px_record_finish(int *bundle, int *keys, const char **reason, struct px_record *r, const struct conf *conf)
{
	struct writers w = { .keeper = conf->keeper, .keys = { .fd = -1 } };
	int result;

	*bundle = *keys = -1;
	errno = ENOMEM;
	px_bundle_begin(&w.bundle, "quench-bundle");
	if (w.keeper)
		px_bundle_begin(&w.keys, "quench-keys");
	result = write_all(&w, r, conf);
	if (result == 0)
		result = finish(bundle, keys, &w);
	if (result != 0)
		*reason = strerror(errno);
	px_bundle_abandon(&w.bundle);
	px_bundle_abandon(&w.keys);
	tdestroy(w.ids, free);
	return result;
}

/* ---- Life ------------------------------------------------------------------------------------------- */

int px_record_new(struct px_record **out, const struct conf_source *files, const struct px_record_before *before)
{
	struct px_record *r = calloc(1, sizeof(*r));

	*out = r;
	if (!r)
		return -1;
	r->files = files ? files : &conf_source_files;
	r->before = *before;
	r->source = (struct conf_source){ .read = read_file, .list = list_folder, .previous = previous, .ptr = r };
	STAILQ_INIT(&r->list);
	return 0;
}

const struct conf_source *px_record_source(const struct px_record *r)
{
	return &r->source;
}

static void forget(void *node)
{
	(void)node;
}

void px_record_free(struct px_record *r)
{
	struct node *node;

	if (!r)
		return;
	tdestroy(r->tree, forget);
	while ((node = STAILQ_FIRST(&r->list)) != NULL) {
		STAILQ_REMOVE_HEAD(&r->list, link);
		free_node(node);
	}
	px_build_free(r->build);
	px_bundle_close(r->bundle);
	px_bundle_close(r->keys);
	free(r);
}

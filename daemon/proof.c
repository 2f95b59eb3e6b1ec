/* proof.c - see proof.h. A long list is shared between threads; each certificate is one thread's alone. What was proven is a set of digests: of the leaf, of what stands behind it, and of what the
 * service allows. It is made anew by each run, so that it never holds more than what is in force. */

#include "config.h" /* GNU extensions */

#include "daemon/proof.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf/errors.h"
#include "daemon/proof_trial.h"

#define KINDS_MAX 8
#define THREADS_MAX 8
#define ITEMS_PER_THREAD 64 /* fewer are not worth another thread */
#define FIRST_ROOM 64

/* What a certificate is known by. The leaf's digest comes first: it is as good as random. */
struct digest {
	unsigned char leaf[TLS_FINGERPRINT_LEN];
	uint64_t rest;
};

struct set {
	struct digest *slots; /* rest 0: free */
	size_t n, n_slots; /* a power of two */
};

struct px_proof {
	struct set known;
	atomic_bool cancelled;
	unsigned count;
};

/* One that is to be proven, and how that went. */
struct item {
	const struct conf_service *service;
	const struct conf_certificate *certificate;
	struct digest digest;
	bool both, good;
	unsigned n_handshakes;
	char *fault; /* NULL without good: memory was out, or it was not tried */
};

/* A run: the list, and who takes the next one of it. */
struct run {
	struct px_proof *proof;
	struct set next; /* what is proven when all is well */
	struct item *items;
	size_t n, room;
	atomic_size_t taken;
};

/* Of one service: for which kinds of keys TLS 1.2 was tried. */
struct kinds {
	const char *key[KINDS_MAX];
	unsigned n;
};

/* ---- The set ---------------------------------------------------------------------------------------- */

static struct digest *slot_of(const struct set *set, const struct digest *d)
{
	size_t i;

	memcpy(&i, d->leaf, sizeof(i));
	i &= set->n_slots - 1;
	while (set->slots[i].rest && memcmp(&set->slots[i], d, sizeof(*d)) != 0)
		i = (i + 1) & (set->n_slots - 1);
	return &set->slots[i];
}

static bool has(const struct set *set, const struct digest *d)
{
	return set->n_slots && slot_of(set, d)->rest;
}

static int grow(struct set *set)
{
	struct set grown = { .n = set->n, .n_slots = set->n_slots ? set->n_slots * 2 : FIRST_ROOM };

	grown.slots = calloc(grown.n_slots, sizeof(*grown.slots));
	if (!grown.slots)
		return -1;
	for (size_t i = 0; i < set->n_slots; i++)
		if (set->slots[i].rest)
			*slot_of(&grown, &set->slots[i]) = set->slots[i];
	free(set->slots);
	*set = grown;
	return 0;
}

static int add(struct set *set, const struct digest *d)
{
	if (set->n * 2 >= set->n_slots && grow(set) != 0)
		return -1;
	if (!has(set, d))
		set->n++;
	*slot_of(set, d) = *d;
	return 0;
}

static uint64_t mix(uint64_t h, const void *bytes, size_t len)
{
	const unsigned char *p = bytes;

	for (size_t i = 0; i < len; i++)
		h = (h ^ p[i]) * 1099511628211U;
	return h;
}

static void make_digest(struct digest *d, const struct px_proof_trial *t)
{
	const struct conf_tls *tls = &t->service->tls;
	const tls_protocol_t versions[2] = { tls->min_version, tls->max_version };
	uint64_t h = mix(14695981039346656037U, versions, sizeof(versions));

	h = mix(h, &tls->lists, sizeof(tls->lists));
	h = mix(h, tls->policy, strlen(tls->policy));
	for (unsigned i = 1; i < t->n_chain; i++)
		h = mix(h, t->chain[i].data, t->chain[i].size);
	memset(d, 0, sizeof(*d));
	memcpy(d->leaf, t->info.sha256, sizeof(d->leaf));
	d->rest = h | 1;
}

/* ---- The list --------------------------------------------------------------------------------------- */

/* True for the first one of its kind. */
static bool is_new_kind(struct kinds *kinds, const char *key)
{
	for (unsigned i = 0; i < kinds->n; i++)
		if (strcmp(kinds->key[i], key) == 0)
			return false;
	if (kinds->n < KINDS_MAX)
		kinds->key[kinds->n++] = key;
	return true;
}

static struct item *more(struct run *run)
{
	size_t room = run->room ? run->room * 2 : 16;
	struct item *grown;

	if (run->n < run->room)
		return &run->items[run->n++];
	grown = reallocarray(run->items, room, sizeof(*grown));
	if (!grown)
		return NULL;
	run->items = grown;
	run->room = room;
	return &run->items[run->n++];
}

/* Lists the certificate unless it is known. 0, or -1 when memory is out. */
static int list_one(struct run *run, struct kinds *kinds, const struct conf_service *service,
    const struct conf_certificate *certificate)
{
	struct px_proof_trial trial = { .service = service, .certificate = certificate };
	struct item item = { .service = service, .certificate = certificate };
	struct item *slot;

	/* What can't be looked at is found out again, and told, when it is tried. */
	if (px_proof_trial_look(&trial) == 0) {
		make_digest(&item.digest, &trial);
		if (has(&run->proof->known, &item.digest))
			return add(&run->next, &item.digest);
		item.both = trial.info.key && is_new_kind(kinds, trial.info.key);
	}
	slot = more(run);
	if (!slot)
		return -1;
	*slot = item;
	return 0;
}

static int list_all(struct run *run, const struct conf *conf)
{
	for (unsigned i = 0; i < conf->n_services; i++) {
		const struct conf_service *service = &conf->services[i];
		struct kinds kinds = { .n = 0 };

		for (unsigned k = 0; k < service->n_certificates; k++)
			if (service->certificates[k].served &&
			    list_one(run, &kinds, service, &service->certificates[k]) != 0)
				return -1;
	}
	return 0;
}

/* ---- Through the list ------------------------------------------------------------------------------- */

static void try_one(struct item *item, struct px_proof_pair *pair)
{
	struct px_proof_trial trial = {
	    .service = item->service, .certificate = item->certificate, .both = item->both };

	item->good = px_proof_trial_run(&trial, pair) == 0;
	item->n_handshakes = trial.n_handshakes;
	if (!item->good)
		item->fault = strdup(trial.fault);
}

static void *work(void *arg)
{
	struct run *run = arg;
	struct px_proof_pair *pair = malloc(sizeof(*pair));
	size_t i;

	if (pair && px_proof_pair_init(pair) == 0) {
		while (!atomic_load(&run->proof->cancelled) && (i = atomic_fetch_add(&run->taken, 1)) < run->n)
			try_one(&run->items[i], pair);
		px_proof_pair_clear(pair);
	}
	free(pair);
	return NULL;
}

static unsigned count_threads(const struct run *run)
{
	size_t wanted = run->n / ITEMS_PER_THREAD;
	cpu_set_t set;

	if (wanted > THREADS_MAX)
		wanted = THREADS_MAX;
	if (sched_getaffinity(0, sizeof(set), &set) == 0 && wanted > (size_t)CPU_COUNT(&set))
		wanted = (size_t)CPU_COUNT(&set);
	return (unsigned)wanted;
}

/* This thread works, too; without the others it does all of it. */
static void work_all(struct run *run)
{
	pthread_t threads[THREADS_MAX];
	unsigned n = count_threads(run), started = 0;

	while (started + 1 < n && pthread_create(&threads[started], NULL, work, run) == 0)
		started++;
	work(run);
	while (started > 0)
		pthread_join(threads[--started], NULL);
}

static int tell(struct conf_errors *errs, const struct item *item)
{
	if (item->good)
		return 0;
	if (item->fault)
		conf_errors_add(errs, CONF_ERROR, &item->certificate->origin, "services.certificates: %s: %s",
		    item->certificate->chain, item->fault);
	else
		conf_errors_no_memory(errs);
	return -1;
}

static int conclude(struct run *run, struct conf_errors *errs)
{
	int r = 0;

	for (size_t i = 0; i < run->n; i++) {
		run->proof->count += run->items[i].n_handshakes;
		if (tell(errs, &run->items[i]) != 0)
			r = -1;
		else if (add(&run->next, &run->items[i].digest) != 0)
			r = tell(errs, &(struct item){ .good = false });
	}
	return r;
}

static int give_up(struct conf_errors *errs, const struct conf *conf)
{
	const struct conf_origin origin = { .file = conf->path };

	conf_errors_add(errs, CONF_ERROR, &origin, "its certificates were not all tried: we are ending");
	return -1;
}

static void clear(struct run *run)
{
	for (size_t i = 0; i < run->n; i++)
		free(run->items[i].fault);
	free(run->items);
	free(run->next.slots);
}

int px_proof_run(struct px_proof *proof, struct conf_errors *errs, const struct conf *conf)
{
	struct run run = { .proof = proof };
	int r = list_all(&run, conf);

	if (r != 0) {
		conf_errors_no_memory(errs);
	} else if (run.n > 0 || atomic_load(&proof->cancelled)) {
		work_all(&run);
		r = atomic_load(&proof->cancelled) ? give_up(errs, conf) : conclude(&run, errs);
	}
	if (r == 0) {
		free(proof->known.slots);
		proof->known = run.next;
		run.next.slots = NULL;
	}
	clear(&run);
	return r;
}

void *px_proof_pack(size_t *len, const struct px_proof *proof)
{
	struct digest *list = calloc(proof->known.n + 1, sizeof(*list));
	size_t n = 0;

	for (size_t i = 0; list && i < proof->known.n_slots; i++)
		if (proof->known.slots[i].rest)
			list[n++] = proof->known.slots[i];
	*len = n * sizeof(*list);
	return list;
}

int px_proof_unpack(struct px_proof *proof, const void *bytes, size_t len)
{
	struct set set = { .n = 0 };
	struct digest d;

	for (size_t at = 0; at < len; at += sizeof(d)) {
		if (len - at >= sizeof(d))
			memcpy(&d, (const char *)bytes + at, sizeof(d));
		if (len - at < sizeof(d) || !d.rest || add(&set, &d) != 0) {
			free(set.slots);
			return -1;
		}
	}
	free(proof->known.slots);
	proof->known = set;
	return 0;
}

struct px_proof *px_proof_new(void)
{
	return calloc(1, sizeof(struct px_proof));
}

void px_proof_free(struct px_proof *proof)
{
	if (!proof)
		return;
	free(proof->known.slots);
	free(proof);
}

void px_proof_cancel(struct px_proof *proof)
{
	atomic_store(&proof->cancelled, true);
}

unsigned px_proof_count(const struct px_proof *proof)
{
	return proof->count;
}

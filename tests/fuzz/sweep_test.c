/* sweep_test.c - recorded sessions of the blind targets with one thing different: each message and call dropped,
 * repeated, or behind the next one; each allocation and each call for random bytes failing. Tags, Finished and
 * signatures are right whatever they are, so that nothing but the order of things can refuse what is out of order.
 *
 * What is checked stands in blind.c; above all, that nobody is let in who has not shown what it must.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blind.h"
#include "tls/bytes/mem.h"

#define INPUT_MAX_LEN 65536
#define MAX_STEPS 4000

struct target {
	const char *name;
	unsigned role;
	tls_protocol_t version;
};

static const struct target targets[] = {
    {"12_client", TLS_CLIENT, TLS_1_2},
    {"12_server", TLS_SERVER, TLS_1_2},
    {"13_client", TLS_CLIENT, TLS_1_3},
    {"13_server", TLS_SERVER, TLS_1_3},
};

/* Each gives the number of runs with one input. */
typedef unsigned sweep_func(const struct target *t, const struct blind_input *in);

static unsigned edit(const struct target *t, const struct blind_input *in, enum blind_edit how)
{
	static uint8_t out[2 * INPUT_MAX_LEN];
	unsigned i;

	for (i = 0; i < MAX_STEPS; i++) {
		size_t len = blind_edit(out, sizeof(out), in, how, i);

		if (len == 0)
			break;
		blind_run(t->role, t->version, out, len);
	}
	return i;
}

static unsigned drop(const struct target *t, const struct blind_input *in)
{
	return edit(t, in, BLIND_DROP);
}

static unsigned repeat(const struct target *t, const struct blind_input *in)
{
	return edit(t, in, BLIND_REPEAT);
}

static unsigned swap(const struct target *t, const struct blind_input *in)
{
	return edit(t, in, BLIND_SWAP);
}

static unsigned fail_memory(const struct target *t, const struct blind_input *in)
{
	static uint8_t out[INPUT_MAX_LEN];
	unsigned n = 0;

	memcpy(out, in->data, in->size);
	do {
		n++;
		out[4] = (uint8_t)(n >> 8);
		out[5] = (uint8_t)n;
		blind_run(t->role, t->version, out, in->size);
	} while (blind_memory_failed && n < MAX_STEPS);
	return n;
}

static unsigned fail_random(const struct target *t, const struct blind_input *in)
{
	static uint8_t out[INPUT_MAX_LEN];
	unsigned n;

	memcpy(out, in->data, in->size);
	for (n = 1; n < 32; n++) {
		out[6] = (uint8_t)n;
		blind_run(t->role, t->version, out, in->size);
	}
	return n;
}

static const struct {
	const char *name;
	sweep_func *func;
} sweeps[] = {
    {"security_state_confusion_drop", drop},
    {"security_state_confusion_repeat", repeat},
    {"security_state_confusion_swap", swap},
    {"sweep_memory_fails", fail_memory},
    {"sweep_random_fails", fail_random},
};

#define N_SWEEPS (sizeof(sweeps) / sizeof(sweeps[0]))

static bool read_file(struct blind_input *in, const char *folder, const char *name)
{
	static uint8_t data[INPUT_MAX_LEN];
	char path[4400];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "rb");
	if (f == NULL)
		return false;
	*in = (struct blind_input){.data = data, .size = fread(data, 1, sizeof(data), f)};
	fclose(f);
	return in->size >= BLIND_HEADER_LEN && in->size < sizeof(data);
}

static int is_seed(const struct dirent *e)
{
	return strncmp(e->d_name, "seed-", 5) == 0;
}

/* The runs over all recorded sessions; 0 if one can't be read. */
static unsigned sweep(const struct target *t, sweep_func *func)
{
	const char *top = getenv("top_srcdir");
	struct dirent **list;
	char folder[4000];
	unsigned runs = 0;
	bool ok = true;
	int n;

	snprintf(folder, sizeof(folder), "%s/tests/fuzz/corpus/blind_%s%.2s", top != NULL ? top : "..",
	    t->role == TLS_CLIENT ? "client" : "server", t->name);
	n = scandir(folder, &list, is_seed, alphasort);
	for (int i = 0; i < n; i++) {
		struct blind_input in;

		ok = ok && read_file(&in, folder, list[i]->d_name);
		if (ok)
			runs += func(t, &in);
		free(list[i]);
	}
	if (n >= 0)
		free(list);
	return ok && n > 0 ? runs : 0;
}

int main(void)
{
	unsigned n_targets = sizeof(targets) / sizeof(targets[0]), number = 0;
	bool ok = true;

	blind_init();
	printf("1..%u\n", n_targets * (unsigned)N_SWEEPS);
	for (unsigned i = 0; i < n_targets; i++) {
		for (unsigned j = 0; j < N_SWEEPS; j++) {
			unsigned runs = sweep(&targets[i], sweeps[j].func);

			ok = ok && runs > 0;
			printf("%s %u - %s_%s: %u runs\n", runs > 0 ? "ok" : "not ok", ++number,
			    sweeps[j].name, targets[i].name, runs);
			fflush(stdout);
		}
	}
	return ok ? 0 : 1;
}

/* loader.c - see loader.h. */

#include "config.h" /* GNU extensions */

#include "daemon/loader.h"

#include <stdlib.h>

#include "daemon/errand.h"

struct px_loader {
	struct px_errand *errand;
	struct px_load_job job;
	struct px_loaded loaded;
	bool busy; /* from start to done: the job and what is loaded are the thread's */
	bool has_result; /* which nobody has taken */
	struct px_spot spot;
	void (*done)(void *arg, struct px_loaded *loaded);
	void *arg;
};

static void run(void *arg)
{
	struct px_loader *loader = arg;

	px_load_run(&loader->loaded, &loader->job);
	loader->has_result = true;
	px_spot_enter(&loader->spot, NULL);
}

static void on_done(void *arg)
{
	struct px_loader *loader = arg;
	struct px_loaded loaded = loader->loaded;

	loader->busy = loader->has_result = false;
	loader->done(loader->arg, &loaded);
}

static void drop(void *arg)
{
	struct px_loader *loader = arg;

	if (loader->has_result)
		px_load_clear(&loader->loaded);
	px_spot_clear(&loader->spot);
	free(loader);
}

static const struct px_errand_kind kind = { run, on_done, drop };

int px_loader_new(struct px_loader **out, struct event_base *base,
    void (*done)(void *arg, struct px_loaded *loaded), void *arg)
{
	struct px_loader *loader = calloc(1, sizeof(*loader));

	*out = NULL;
	if (!loader)
		return -1;
	loader->done = done;
	loader->arg = arg;
	px_spot_init(&loader->spot);
	if (px_errand_new(&loader->errand, base, &kind, loader) != 0) {
		drop(loader);
		return -1;
	}
	*out = loader;
	return 0;
}

int px_loader_start(struct px_loader *loader, const struct px_load_job *job)
{
	if (loader->busy)
		return -1;
	loader->job = *job;
	loader->job.spot = &loader->spot;
	loader->busy = px_errand_start(loader->errand) == 0;
	return loader->busy ? 0 : -1;
}

uint64_t px_loader_spot(struct px_loader *loader, char text[PX_SPOT_LEN])
{
	return px_spot_ms(&loader->spot, text);
}

bool px_loader_free(struct px_loader *loader)
{
	if (!loader)
		return true;
	if (!px_errand_free(loader->errand))
		return false;
	drop(loader);
	return true;
}

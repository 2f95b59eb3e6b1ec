/* bundle_fuzz.c - what a worker makes of a bundle. The input is the file as it is, or (first byte odd) entries that the
 * writer puts into one: kind, length of the name, length of the bytes in two, then both.
 *
 * Checked: entries lie in order, each found by its name, ended by NULs; no input makes a worker's configuration without
 * what it needs, and a refusal has its reason.
 */
#include "config.h" /* GNU extensions */

#include <assert.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "daemon/build.h"
#include "fuzz.h"

#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL)

static int raw(const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	assert(fcntl(fd, F_ADD_SEALS, SEALS) == 0);
	return fd;
}

static int written(const uint8_t *data, size_t size)
{
	struct px_bundle_writer writer;

	px_bundle_begin(&writer, "fuzz");
	while (size >= 4) {
		size_t name_len = data[1], len = (size_t)data[2] << 8 | data[3];
		struct px_bundle_entry e = { .kind = data[0] % PX_BUNDLE_END, .name = (const char *)data + 4 };

		data += 4;
		size -= 4;
		e.name_len = name_len < size ? name_len : size;
		e.bytes = e.name + e.name_len;
		e.len = len < size - e.name_len ? len : size - e.name_len;
		assert(px_bundle_add(&writer, &e) == 0);
		data += e.name_len + e.len;
		size -= e.name_len + e.len;
	}
	return px_bundle_finish(&writer);
}

static void check_entries(int fd)
{
	struct px_bundle_entry e, found, last = { .kind = 0 };
	struct px_bundle *bundle;
	const char *reason = px_bundle_open(&bundle, fd);

	assert((bundle == NULL) == (reason != NULL));
	for (unsigned i = 0; bundle && i < px_bundle_count(bundle); i++) {
		px_bundle_at(&e, bundle, i);
		assert(e.kind > 0 && e.kind < PX_BUNDLE_END && e.kind >= last.kind);
		assert(e.name[e.name_len] == '\0' && e.bytes[e.len] == '\0');
		assert(px_bundle_find(&found, bundle, e.kind, e.name, e.name_len));
		assert(found.name == e.name && found.bytes == e.bytes && found.len == e.len);
		last = e;
	}
	px_bundle_close(bundle);
}

static void check_build(int fd)
{
	struct px_build *build = px_build_new(NULL);
	bool good = px_build_run(build, fd);

	assert(good == (build->conf != NULL) && good == (build->problem[0] == '\0'));
	for (unsigned i = 0; good && i < build->conf->n_services; i++) {
		const struct conf_service *service = &build->conf->services[i];

		assert(service->n_served > 0 && service->n_backends > 0 && service->n_listen > 0);
	}
	assert(!good || build->conf->tickets.seed.data == NULL ||
	    build->conf->tickets.seed.size >= 32);
	px_build_free(build);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd;

	if (size == 0)
		return 0;
	fd = data[0] & 1 ? written(data + 1, size - 1) : raw(data + 1, size - 1);
	if (fd < 0)
		return 0;
	check_entries(fd);
	check_build(fd);
	close(fd);
	return 0;
}

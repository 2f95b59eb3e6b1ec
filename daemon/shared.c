/* shared.c - see shared.h. */

#include "config.h" /* GNU extensions */

#include "daemon/shared.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW)

static void *map(int fd, size_t len, int flags)
{
	void *p = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED | flags, fd, 0);

	return p != MAP_FAILED ? p : NULL;
}

void *px_shared_make(int *fd, const char *name, size_t len, bool populate)
{
	void *p = NULL;
	int error;

	*fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (*fd < 0)
		return NULL;
	if (ftruncate(*fd, (off_t)len) == 0 && fcntl(*fd, F_ADD_SEALS, SEALS | F_SEAL_SEAL) == 0)
		p = map(*fd, len, populate ? MAP_POPULATE : 0);
	if (p)
		return p;
	error = errno;
	close(*fd);
	*fd = -1;
	errno = error;
	return NULL;
}

void *px_shared_map(int fd, size_t len)
{
	struct stat st;
	int seals = fcntl(fd, F_GET_SEALS);

	if (seals < 0 || fstat(fd, &st) != 0)
		return NULL;
	if ((seals & SEALS) != SEALS || st.st_size != (off_t)len) {
		errno = EINVAL;
		return NULL;
	}
	return map(fd, len, 0);
}

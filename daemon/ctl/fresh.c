/* fresh.c - see fresh.h. */
#include "fresh.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MODE_SECRET 0600
#define MODE_OTHERS 0644

bool px_fresh_is_free(struct px_problem *problem, const char *path)
{
	const char *slash = strrchr(path, '/');
	char folder[PATH_MAX] = ".";
	struct stat st;
	int error = 0;

	if (slash != NULL)
		snprintf(folder, sizeof(folder), "%.*s/", (int)(slash - path), path);
	if (lstat(path, &st) == 0)
		error = EEXIST;
	else if (errno != ENOENT || access(folder, W_OK | X_OK) != 0)
		error = errno;
	if (error != 0)
		px_problem_set(problem, "%s: %s", path, strerror(error));
	return error == 0;
}

int px_fresh_open(struct px_fresh *file, struct px_problem *problem, const char *path, bool secret)
{
	/* O_EXCL: neither a file nor a link that is there already is followed. */
	file->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, secret ? MODE_SECRET : MODE_OTHERS);
	file->path = file->fd >= 0 ? path : NULL;
	return file->fd >= 0 ? 0 : px_problem_set(problem, "%s: %s", path, strerror(errno));
}

int px_fresh_write(struct px_fresh *file, struct px_problem *problem, const tls_datum_t *data)
{
	size_t done = 0;
	ssize_t n = 0;

	while (done < data->size && n >= 0) {
		n = write(file->fd, data->data + done, data->size - done);
		if (n < 0 && errno == EINTR)
			n = 0;
		done += n > 0 ? (size_t)n : 0;
	}
	/* A pipe or the like has no disk. */
	if (n >= 0 && fsync(file->fd) != 0 && errno != EINVAL)
		n = -1;
	return n >= 0 ? 0 : px_problem_set(problem, "%s: %s", file->path, strerror(errno));
}

void px_fresh_close(struct px_fresh *file, bool keep)
{
	if (!file->path)
		return;
	close(file->fd);
	if (!keep)
		unlink(file->path);
	file->path = NULL;
}

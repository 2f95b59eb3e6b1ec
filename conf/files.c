/* files.c - see files.h. A file is only what fstat says of the open descriptor; devices, pipes and
 * folders are refused before the first byte is read, and a file that grows meanwhile ends at the
 * limit. Everything read is wiped when dropped: the caller need not know which file held a key. */
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conf.h"
#include "mem.h"

const char conf_files_no_memory[] = "out of memory";

static const char *fill(char *data, size_t *len, size_t room, int fd)
{
	*len = 0;
	while (*len < room) {
		ssize_t n = read(fd, data + *len, room - *len);

		if (n == 0)
			return NULL;
		if (n < 0 && errno != EINTR)
			return strerror(errno);
		if (n > 0)
			*len += (size_t)n;
	}
	return "changed while it was read";
}

static const char *read_open(char **data, size_t *len, mode_t *mode, int fd, size_t max)
{
	struct stat st;
	size_t room;
	const char *reason;

	if (fstat(fd, &st) != 0)
		return strerror(errno);
	if (!S_ISREG(st.st_mode))
		return "not a regular file";
	if (st.st_size > (off_t)max)
		return max > CONF_FILE_MAX_LEN ? "larger than 32 MiB" : "larger than 1 MiB";
	if (mode != NULL)
		*mode = st.st_mode & 07777;
	/* one byte more than it should have, to notice when it has grown */
	room = (size_t)st.st_size + 1;
	*data = conf_mem_zalloc(room + 1);
	if (*data == NULL)
		return conf_files_no_memory;
	reason = fill(*data, len, room, fd);
	if (reason == NULL)
		return NULL;
	conf_files_drop(*data, room);
	*data = NULL;
	return reason;
}

const char *conf_files_read(char **data, size_t *len, mode_t *mode, const char *path, size_t max)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	const char *reason;

	*data = NULL;
	*len = 0;
	if (fd < 0)
		return strerror(errno);
	reason = read_open(data, len, mode, fd, max);
	close(fd);
	return reason;
}

void conf_files_drop(char *data, size_t len)
{
	if (data != NULL)
		explicit_bzero(data, len);
	conf_mem_free(data);
}

char *conf_files_join(const char *folder, const char *path)
{
	size_t folder_len = path[0] == '/' ? 0 : strlen(folder);
	size_t path_len = strlen(path);
	char *joined = conf_mem_zalloc(folder_len + path_len + 1);

	if (joined == NULL)
		return NULL;
	memcpy(joined, folder, folder_len);
	memcpy(joined + folder_len, path, path_len);
	return joined;
}

char *conf_files_folder(const char *path)
{
	const char *slash = strrchr(path, '/');

	return conf_mem_copy(path, slash != NULL ? (size_t)(slash - path) + 1 : 0);
}

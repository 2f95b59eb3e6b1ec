/* file.c - see file.h. */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST_ROOM 65536

/* Room for more bytes behind those that are there: false with errno. One byte over the limit is read, to see it. */
static bool grow(tls_datum_t *data, size_t *room)
{
	size_t more = *room > 0 ? *room * 2 : FIRST_ROOM;
	void *p;

	if (data->size < *room)
		return true;
	if (more > PX_FILE_MAX_LEN)
		more = PX_FILE_MAX_LEN + 1;
	p = realloc(data->data, more);
	if (p == NULL)
		return false;
	data->data = p;
	*room = more;
	return true;
}

/* errno of the fault, EFBIG if there is too much, 0. */
static int read_all(tls_datum_t *data, int fd)
{
	size_t room = 0;
	ssize_t n;

	do {
		if (!grow(data, &room))
			return ENOMEM;
		n = read(fd, data->data + data->size, room - data->size);
		if (n < 0 && errno != EINTR)
			return errno;
		data->size += n > 0 ? (unsigned)n : 0;
		if (data->size > PX_FILE_MAX_LEN)
			return EFBIG;
	} while (n != 0);
	return 0;
}

void px_file_wipe(tls_datum_t *data)
{
	if (data->data)
		explicit_bzero(data->data, data->size);
	free(data->data);
	*data = (tls_datum_t){ .size = 0 };
}

int px_file_read(tls_datum_t *data, struct px_problem *problem, const char *path)
{
	bool is_stdin = strcmp(path, "-") == 0;
	int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	int error;

	*data = (tls_datum_t){ .size = 0 };
	if (fd < 0)
		return px_problem_set(problem, "%s: %s", path, strerror(errno));
	error = read_all(data, fd);
	if (!is_stdin)
		close(fd);
	if (error == 0)
		return 0;
	px_file_wipe(data);
	return px_problem_set(problem, "%s: %s", path, error == EFBIG ? "larger than 16 MiB" : strerror(error));
}

bool px_file_is_der(const tls_datum_t *data)
{
	return data->size >= 2 && data->data[0] == 0x30 && data->data[1] >= 0x80;
}

tls_x509_crt_fmt_t px_file_format(const tls_datum_t *data)
{
	return px_file_is_der(data) ? TLS_X509_FMT_DER : TLS_X509_FMT_PEM;
}

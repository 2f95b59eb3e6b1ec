/* source.c - see source.h: the file system as a source, and what sources hand over. */
#include "source.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "conf.h"
#include "files.h"
#include "mem.h"

size_t conf_source_limit(enum conf_source_kind kind)
{
	return kind == CONF_SOURCE_CA || kind == CONF_SOURCE_CRL ? CONF_FILE_LIST_MAX_LEN
								  : CONF_FILE_MAX_LEN;
}

const char *conf_source_put(struct conf_file *out, const void *bytes, size_t len)
{
	*out = (struct conf_file){.data = conf_mem_copy(bytes, len)};
	if (out->data == NULL)
		return conf_files_no_memory;
	out->len = len;
	return NULL;
}

void conf_source_drop(struct conf_file *file)
{
	conf_files_drop(file->data, file->len);
	*file = (struct conf_file){0};
}

const char *conf_source_add(struct conf_names *names, const char *name)
{
	char *copy;
	char **slot;

	if (names->n == CONF_SOURCE_NAMES_MAX)
		return "more than 131072 files";
	copy = conf_mem_text(name);
	slot = copy != NULL ? conf_mem_more(&names->list, names->n, sizeof(*slot)) : NULL;
	if (slot == NULL) {
		conf_mem_free(copy);
		return conf_files_no_memory;
	}
	*slot = copy;
	names->n++;
	return NULL;
}

void conf_source_drop_names(struct conf_names *names)
{
	for (size_t i = 0; i < names->n; i++)
		conf_mem_free(names->list[i]);
	conf_mem_free(names->list);
	*names = (struct conf_names){0};
}

/* ---- The file system --------------------------------------------------------------------------- */

static const char *read_file(
    void *ptr, struct conf_file *out, enum conf_source_kind kind, const char *path)
{
	(void)ptr;
	return conf_files_read(&out->data, &out->len, &out->mode, path, conf_source_limit(kind));
}

/* A link to a folder is one, too. What is gone again is told when it is read. */
static bool is_folder(DIR *dir, const struct dirent *entry)
{
	struct stat st;

	if (entry->d_type == DT_DIR || entry->d_type == DT_REG)
		return entry->d_type == DT_DIR;
	return fstatat(dirfd(dir), entry->d_name, &st, 0) == 0 && S_ISDIR(st.st_mode);
}

static const char *list_open(struct conf_names *out, DIR *dir)
{
	const char *reason = NULL;

	while (reason == NULL) {
		const struct dirent *entry;

		errno = 0;
		entry = readdir(dir);
		if (entry == NULL)
			return errno != 0 ? strerror(errno) : NULL;
		if (!is_folder(dir, entry))
			reason = conf_source_add(out, entry->d_name);
	}
	return reason;
}

static const char *list_folder(void *ptr, struct conf_names *out, const char *folder)
{
	DIR *dir = opendir(folder);
	const char *reason;

	(void)ptr;
	if (dir == NULL)
		return strerror(errno);
	reason = list_open(out, dir);
	closedir(dir);
	return reason;
}

const struct conf_source conf_source_files = {.read = read_file, .list = list_folder};

/* files.h - reading the files that a configuration names. */
#ifndef CONF_FILES_H
#define CONF_FILES_H

#include <stddef.h>
#include <sys/types.h>

/* The reason when memory is out; compared by address. */
extern const char conf_files_no_memory[];

/* Reads the whole of a regular file of at most max bytes, CONF_FILE_MAX_LEN or CONF_FILE_LIST_MAX_LEN;
 * *data gets a NUL behind its *len bytes and is released with conf_files_drop. mode (may be NULL): its
 * permissions. NULL when good, otherwise the reason, a static text or one of strerror(3). */
const char *conf_files_read(
    char **data, size_t *len, mode_t *mode, const char *path, size_t max);

/* Wipes and releases; NULL is fine. */
void conf_files_drop(char *data, size_t len);

/* path as seen from folder: joined unless it is absolute. folder is "" or ends with '/'. NULL when
 * memory is out; released with conf_mem_free. */
char *conf_files_join(const char *folder, const char *path);

/* The folder of path: "" or up to and with the last '/'. */
char *conf_files_folder(const char *path);

#endif

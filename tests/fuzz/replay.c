/* replay.c - main() of the fuzz targets in an ordinary build: runs every file of the target's corpus.
 *
 * The program NAME_fuzz takes the folder tests/fuzz/corpus/NAME of the source tree, or the files
 * and folders given as arguments, and prints TAP: one point for each folder, with the number of
 * files. A folder that is empty or can't be read fails. Each input lies in memory of exactly its
 * size, so that the address sanitizer sees a read past its end. The file under way is printed
 * before it runs: after a crash the last line names it.
 */
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz.h"

#define SUFFIX "_fuzz"

static bool replay_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct stat st;
	uint8_t *data = NULL;
	size_t size = 0;
	bool ok = false;

	printf("# %s\n", path);
	fflush(stdout);
	if (f != NULL && fstat(fileno(f), &st) == 0 && S_ISREG(st.st_mode)) {
		size = (size_t)st.st_size;
		data = malloc(size > 0 ? size : 1);
		ok = data != NULL && fread(data, 1, size, f) == size;
	}
	if (f != NULL)
		fclose(f);
	if (ok)
		LLVMFuzzerTestOneInput(data, size);
	free(data);
	return ok;
}

static int is_visible(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

/* The number of files run; negative if one, or the folder, can't be read. */
static int replay_folder(const char *folder)
{
	struct dirent **list;
	int n = scandir(folder, &list, is_visible, alphasort);
	bool ok = n >= 0;

	for (int i = 0; i < n; i++) {
		char path[4096];
		int len = snprintf(path, sizeof(path), "%s/%s", folder, list[i]->d_name);

		ok = len > 0 && (size_t)len < sizeof(path) && replay_file(path) && ok;
		free(list[i]);
	}
	if (n >= 0)
		free(list);
	return ok ? n : -1;
}

static bool replay(int number, const char *path)
{
	struct stat st;
	bool is_folder = stat(path, &st) == 0 && S_ISDIR(st.st_mode);
	int n = is_folder ? replay_folder(path) : (int)replay_file(path);

	path = strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path;
	printf("%s %d - corpus %s: %d files\n", n > 0 ? "ok" : "not ok", number, path, n);
	return n > 0;
}

/* tests/fuzz/corpus/NAME for a program called [...]/NAME_fuzz. */
static bool default_folder(char *out, size_t room, const char *program)
{
	const char *top = getenv("top_srcdir");
	const char *base = strrchr(program, '/');
	size_t len;
	int n;

	base = base != NULL ? base + 1 : program;
	len = strlen(base);
	if (len <= strlen(SUFFIX) || strcmp(base + len - strlen(SUFFIX), SUFFIX) != 0)
		return false;
	n = snprintf(out, room, "%s/tests/fuzz/corpus/%.*s", top != NULL ? top : ".",
	    (int)(len - strlen(SUFFIX)), base);
	return n > 0 && (size_t)n < room;
}

int main(int argc, char **argv)
{
	char folder[4096];
	bool ok = true;

	if (LLVMFuzzerInitialize != NULL)
		LLVMFuzzerInitialize(&argc, &argv);
	if (argc < 2) {
		printf("1..1\n");
		ok = default_folder(folder, sizeof(folder), argv[0]) && replay(1, folder);
	} else {
		printf("1..%d\n", argc - 1);
	}
	for (int i = 1; i < argc; i++)
		ok = replay(i, argv[i]) && ok;
	return ok ? 0 : 1;
}

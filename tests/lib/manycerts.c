/* manycerts.c - manycerts FOLDER N: many.h for scripts. */
#include <stdio.h>
#include <stdlib.h>

#include "many.h"

int main(int argc, char **argv)
{
	if (argc != 3) {
		fputs("usage: manycerts FOLDER N\n", stderr);
		return 2;
	}
	many_make(argv[1], (unsigned)strtoul(argv[2], NULL, 10));
	return 0;
}

/* A `main` for the fuzz targets without a fuzzer: it gives the target each file that is named, and,
 * of a folder, each file in it. A crash ends it, as it ends a fuzzer; the last line that it has
 * printed names the file. Compile it together with a target, with any compiler and sanitizers. */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerInitialize(int *argument_count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { LARGEST_INPUT = 1 << 20 };

static unsigned long input_count;

static int run_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = malloc(LARGEST_INPUT), *exact;
    size_t size = 0;

    if (file == NULL || bytes == NULL) {
        fprintf(stderr, "%s: cannot be read\n", path);
        return 1;
    }
    size = fread(bytes, 1, LARGEST_INPUT, file);
    fclose(file);
    exact = malloc(size != 0 ? size : 1); /* so that a read behind the end is found */
    if (exact == NULL) {
        return 1;
    }
    memcpy(exact, bytes, size);
    printf("%s\n", path);
    fflush(stdout);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    free(bytes);
    input_count++;
    return 0;
}

static int run_path(const char *path)
{
    DIR *folder = opendir(path);
    struct dirent *entry;
    int status = 0;

    if (folder == NULL) {
        return run_file(path);
    }
    while ((entry = readdir(folder)) != NULL) {
        char inside[4096];
        if (entry->d_name[0] != '.'
            && snprintf(inside, sizeof inside, "%s/%s", path, entry->d_name) < (int)sizeof inside) {
            status |= run_file(inside);
        }
    }
    closedir(folder);
    return status;
}

int main(int argument_count, char **arguments)
{
    int status = 0;

    LLVMFuzzerInitialize(&argument_count, &arguments);
    for (int i = 1; i < argument_count; i++) {
        status |= run_path(arguments[i]);
    }
    printf("%lu inputs, no crash\n", input_count);
    return status;
}

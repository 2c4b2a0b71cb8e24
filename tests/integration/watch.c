/* SPDX-License-Identifier: MIT */
#include "watch.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "talk.h"

bool read_state(pid_t pid, struct process_state *out) {
    char path[64];
    char line[512] = "";
    (void)snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return false;
    const char *read = fgets(line, sizeof line, file);
    (void)fclose(file);
    const char *after = read != NULL ? strrchr(line, ')') : NULL;
    if (after == NULL || after[1] == '\0' || after[2] == '\0')
        return false;
    *out = (struct process_state){.letter = after[2]};
    char *at = line + (after + 3 - line);
    for (int field = 4; field <= 14; field++) { /* of proc(5): 4 is the parent, 14 user time */
        long value = strtol(at, &at, 10);
        if (field == 4)
            out->parent = (pid_t)value;
        out->cpu_ticks = value;
    }
    return true;
}

int children_of(pid_t pid, pid_t *out, int *out_zombies) {
    DIR *all = opendir("/proc");
    const struct dirent *entry = NULL;
    int count = 0;
    *out_zombies = 0;
    assert_non_null(all);
    while ((entry = readdir(all)) != NULL) {
        long one = strtol(entry->d_name, NULL, 10);
        struct process_state state;
        if (one <= 0 || !read_state((pid_t)one, &state) || state.parent != pid)
            continue;
        if (state.letter == 'Z')
            ++*out_zombies;
        else if (count < MAX_CHILDREN)
            out[count++] = (pid_t)one;
    }
    (void)closedir(all);
    return count;
}

int open_files_of(pid_t pid) {
    char path[64];
    int count = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    DIR *all = opendir(path);
    assert_non_null(all);
    while (readdir(all) != NULL)
        count++;
    (void)closedir(all);
    return count;
}

/* A figure of /proc/PID/status in KiB. */
long status_of(pid_t pid, const char *name) {
    char path[64];
    char line[256];
    long value = -1;
    (void)snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, name, strlen(name)) == 0)
            value = strtol(line + strlen(name) + 1, NULL, 10);
    (void)fclose(file);
    return value;
}

/* "busy" of /health, "waiting" and such. */
long health(int port, const char *name) {
    char mark[64];
    char *page = talk_exchange(port, "GET /health HTTP/1.1", "", NULL);
    (void)snprintf(mark, sizeof mark, "\"%s\":", name);
    const char *at = strstr(page, mark);
    long value = at != NULL ? strtol(at + strlen(mark), NULL, 10) : -1;
    free(page);
    return value;
}

void wait_health(int port, const char *name, long wanted) {
    uint64_t until_ms = now_ms() + PATIENCE_MS;
    long value = 0;
    while ((value = health(port, name)) != wanted && now_ms() < until_ms)
        sleep_ms(2);
    assert_int_equal(value, wanted);
}

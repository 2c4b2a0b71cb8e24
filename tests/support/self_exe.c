/* SPDX-License-Identifier: MIT */
/* self_exe.c - preloaded by scripts/valgrind: to run /proc/self/exe is to run this program.
 *
 * The database server starts its SQL workers by that link. valgrind 3.19 answers readlink for it
 * but hands exec to the kernel, for which the link is valgrind itself. Here the name behind it is
 * run. */
#include <limits.h>
#include <spawn.h>
#include <string.h>
#include <unistd.h>

// NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): libc's are reserved
int posix_spawn(pid_t *restrict pid, const char *restrict path,
                const posix_spawn_file_actions_t *restrict actions,
                const posix_spawnattr_t *restrict attributes, char *const argv[restrict],
                char *const envp[restrict]) {
    char self[PATH_MAX];
    ssize_t len = strcmp(path, "/proc/self/exe") == 0 ? readlink(path, self, sizeof self - 1) : -1;
    if (len > 0)
        self[len] = '\0';
    /* posix_spawnp does not search for a name with a slash in it: it is posix_spawn. */
    return posix_spawnp(pid, len > 0 ? self : path, actions, attributes, argv, envp);
}

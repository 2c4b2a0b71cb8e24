/* SPDX-License-Identifier: MIT */
/* program.c - see program.h. */
#include "program/program.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "mcp/clock.h"
#include "mcp/log.h"
#include "mcp/utf8.h"
#include "program/conf_env.h"
#include "program/signals.h"
#include "program/systemd.h"

enum { OWN_FDS = 3, IDLE_TICK_MS = 1000, MAX_MESSAGE_BYTES = 4096, MAX_HELP_BYTES = 65536 };

/* Set before threads start; -1 leaves the tick of the waiting loop to notice the flag. */
static int quit_fd = -1;
static atomic_bool quit_wanted;
static int handed_over; /* the socket a service manager gave; 0: none */

static void take_socket(void) {
    size_t count = 0;
    int fd = mcp_systemd_take_socket(&count);
    if (fd != 0)
        handed_over = fd;
    if (count > 1)
        MCP_LOG(WARN, "program.systemd", "sockets=%zu what=only the first is served", count);
}

int mcp_program_take_socket(void) {
    int fd = handed_over;
    handed_over = 0;
    return fd;
}

void mcp_program_prepare(void) {
    mcp_signals_block();
    mcp_json_use_allocator();
    tzset();
    take_socket();
    if (quit_fd < 0)
        quit_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

enum mcp_program_wish mcp_program_wish(int argc, char **argv) {
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return MCP_WISH_HELP;
        if (strcmp(argv[i], "--version") == 0 || strcmp(argv[i], "-V") == 0)
            return MCP_WISH_VERSION;
    }
    return MCP_WISH_WORK;
}

static enum mcp_code read_dotenv(struct mcp_buf *out, struct mcp_err *err) {
    struct mcp_err why = {0};
    enum mcp_code code = mcp_file_read(".env", out, &why);
    if (code == MCP_E_NOT_FOUND || (code == MCP_E_IO && why.os_errno == EISDIR))
        return MCP_OK;
    if (code != MCP_OK && err != NULL)
        *err = why;
    return code;
}

enum mcp_code mcp_program_settings(const json_t *schema, int argc, char **argv, json_t **out_values,
                                   json_t **out_positional, struct mcp_err *err) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf dotenv = MCP_BUF_INIT(MCP_DOTENV_MAX_BYTES);
    MCP_TRY(read_dotenv(&dotenv, err));
    struct mcp_conf_inputs inputs = {.argc = argc,
                                     .argv = argv,
                                     .envp = environ,
                                     .dotenv = mcp_buf_view(&dotenv),
                                     .dotenv_name = ".env"};
    return mcp_conf_resolve(schema, &inputs, out_values, out_positional, err);
}

static bool wants_colour(void) {
    const char *terminal = getenv("TERM");  /* NOLINT(concurrency-mt-unsafe): read, never set */
    const char *plain = getenv("NO_COLOR"); /* NOLINT(concurrency-mt-unsafe) */
    return isatty(STDERR_FILENO) && (plain == NULL || *plain == '\0') && terminal != NULL &&
           strcmp(terminal, "dumb") != 0;
}

int mcp_program_complain(const char *program, const struct mcp_err *err, int exit_code) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf line = MCP_BUF_INIT(MAX_MESSAGE_BYTES);
    bool is_coloured = wants_colour();
    mcp_utf8_add_printable(&line, mcp_str_of(err->where));
    if (err->where[0] != '\0')
        mcp_buf_add(&line, MCP_STR(": "));
    mcp_utf8_add_printable(&line, mcp_str_of(err->what));
    (void)fprintf(stderr, "%s%s:%s %s\n", is_coloured ? "\033[1;31m" : "", program,
                  is_coloured ? "\033[0m" : "", line.status == MCP_OK ? line.data : err->what);
    return exit_code;
}

int mcp_program_help(const char *usage, const json_t *schema) {
    MCP_AUTO(mcp_buf_deinit) struct mcp_buf text = MCP_BUF_INIT(MAX_HELP_BYTES);
    mcp_buf_add(&text, mcp_str_of(usage));
    mcp_conf_write_options(schema, &text);
    if (mcp_buf_finish(&text, NULL) != MCP_OK)
        return MCP_EXIT_FAILURE;
    bool is_written = fwrite(text.data, 1, text.len, stdout) == text.len && fflush(stdout) == 0;
    return is_written ? MCP_EXIT_OK : MCP_EXIT_FAILURE;
}

void mcp_program_quit(void) {
    atomic_store(&quit_wanted, true);
    if (quit_fd >= 0)
        (void)eventfd_write(quit_fd, 1);
}

static bool takes_quit(void) {
    eventfd_t count = 0;
    if (quit_fd >= 0)
        (void)eventfd_read(quit_fd, &count);
    return atomic_exchange(&quit_wanted, false);
}

static void reload(const struct mcp_program_watch *watch) {
    if (watch != NULL && watch->on_reload != NULL)
        watch->on_reload(watch->user);
}

struct mcp_file_watch *mcp_program_watch_file(const char *path) {
    struct mcp_file_watch *file = NULL;
    struct mcp_err err = {0};
    if (mcp_file_watch_open(path, mcp_clock_now_ms(), &file, &err) != MCP_OK)
        MCP_LOG(WARN, "program.watch", "path=%s what=%s: only SIGHUP reloads", path, err.what);
    return file;
}

/* Run the tick when it is due; when the next one is. */
static uint64_t tick(const struct mcp_program_watch *watch, uint64_t due_ms) {
    uint64_t now_ms = mcp_clock_now_ms();
    if (watch == NULL || watch->on_tick == NULL)
        return UINT64_MAX;
    if (now_ms < due_ms)
        return due_ms;
    watch->on_tick(watch->user);
    return now_ms + watch->tick_ms;
}

static int least(int timeout_ms, uint64_t due_ms, uint64_t now_ms) {
    uint64_t left_ms = due_ms > now_ms ? due_ms - now_ms : 0;
    return left_ms < (uint64_t)timeout_ms ? (int)left_ms : timeout_ms;
}

/* Wait for it, too; the shorter of the two timeouts. */
static int add_file(struct pollfd *fd, const struct mcp_file_watch *file, int timeout_ms) {
    *fd = (struct pollfd){.fd = -1, .events = POLLIN};
    if (file == NULL)
        return timeout_ms;
    fd->fd = mcp_file_watch_fd(file);
    int own_ms = mcp_file_watch_timeout_ms(file, mcp_clock_now_ms());
    return own_ms < timeout_ms ? own_ms : timeout_ms;
}

static size_t count_files(const struct mcp_program_watch *watch) {
    assert(watch == NULL || watch->file_count <= MCP_PROGRAM_MAX_FILES);
    return watch != NULL ? watch->file_count : 0;
}

/* Sleep until something may have happened. */
static void rest(int signal_fd, const struct mcp_program_watch *watch, uint64_t due_ms) {
    struct pollfd fds[OWN_FDS + MCP_PROGRAM_MAX_FILES] = {{.fd = signal_fd, .events = POLLIN},
                                                          {.fd = quit_fd, .events = POLLIN}};
    int timeout_ms = add_file(&fds[2], watch != NULL ? watch->file : NULL, IDLE_TICK_MS);
    for (size_t i = 0; i < count_files(watch); i++)
        timeout_ms = add_file(&fds[OWN_FDS + i], watch->files[i].file, timeout_ms);
    (void)poll(fds, OWN_FDS + count_files(watch), least(timeout_ms, due_ms, mcp_clock_now_ms()));
}

static void tell_changes(const struct mcp_program_watch *watch) {
    for (size_t i = 0; i < count_files(watch); i++) {
        const struct mcp_program_file *row = &watch->files[i];
        if (row->file != NULL && mcp_file_watch_check(row->file, mcp_clock_now_ms()))
            row->on_change(row->user);
    }
}

/* Serve signals and changes; the signal that ends it, 0 for quit. */
static int serve(int signal_fd, const struct mcp_program_watch *watch) {
    struct mcp_file_watch *file = watch != NULL ? watch->file : NULL;
    uint64_t due_ms = 0;
    while (!takes_quit()) {
        due_ms = tick(watch, due_ms);
        rest(signal_fd, watch, due_ms);
        int number = mcp_signals_take(signal_fd);
        if (number == SIGTERM || number == SIGINT)
            return number;
        bool has_changed = file != NULL && mcp_file_watch_check(file, mcp_clock_now_ms());
        if (number == SIGHUP || has_changed)
            reload(watch);
        tell_changes(watch);
    }
    return 0;
}

int mcp_program_wait(const struct mcp_program_watch *watch) {
    struct mcp_err err = {0};
    int signal_fd = -1;
    if (mcp_signals_open(&signal_fd, &err) != MCP_OK) {
        MCP_LOG(ERROR, "program.signals", "what=%s errno=%d", err.what, err.os_errno);
        return -1;
    }
    int number = serve(signal_fd, watch);
    mcp_signals_restore();
    (void)close(signal_fd);
    return number;
}

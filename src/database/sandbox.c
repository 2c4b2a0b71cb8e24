/* SPDX-License-Identifier: MIT */
/* sandbox.c - see sandbox.h. Effect: this process loses rights. */
#include "database/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) ||                               \
    __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
enum { HAS_SANITIZER = 1 };
#else
enum { HAS_SANITIZER = 0 };
#endif

/* What reading opened files, computing and answering on one socket takes. */
static const int allowed_calls[] = {
    SCMP_SYS(read),           SCMP_SYS(pread64),
    SCMP_SYS(lseek),          SCMP_SYS(write),
    SCMP_SYS(recvfrom),       SCMP_SYS(sendto),
    SCMP_SYS(recvmsg),        SCMP_SYS(sendmsg),
    SCMP_SYS(fstat),          SCMP_SYS(stat),
    SCMP_SYS(lstat),          SCMP_SYS(newfstatat),
    SCMP_SYS(access),         SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2),     SCMP_SYS(fcntl),
    SCMP_SYS(close),          SCMP_SYS(brk),
    SCMP_SYS(munmap),         SCMP_SYS(mremap),
    SCMP_SYS(madvise),        SCMP_SYS(futex),
    SCMP_SYS(clock_gettime),  SCMP_SYS(gettimeofday),
    SCMP_SYS(getpid),         SCMP_SYS(gettid),
    SCMP_SYS(getrandom),      SCMP_SYS(exit),
    SCMP_SYS(exit_group),     SCMP_SYS(rt_sigreturn),
    SCMP_SYS(rt_sigprocmask), SCMP_SYS(clock_nanosleep),
    SCMP_SYS(nanosleep),      SCMP_SYS(restart_syscall),
};

/* Waiting for the answer of a server, and what its TLS library asks about signals. */
static const int connection_calls[] = {
    SCMP_SYS(poll),       SCMP_SYS(ppoll), SCMP_SYS(rt_sigpending), SCMP_SYS(rt_sigtimedwait),
    SCMP_SYS(getsockopt),
};

static enum mcp_code refused(const char *step, int number, struct mcp_err *err) {
    enum mcp_code code = MCP_FAIL(err, MCP_E_IO, "sandbox: %s: %s", step, strerrordesc_np(number));
    if (err != NULL)
        err->os_errno = number;
    return code;
}

static enum mcp_code limit(int resource, const char *name, rlim_t value, struct mcp_err *err) {
    struct rlimit bound = {value, value};
    return setrlimit((__rlimit_resource_t)resource, &bound) == 0 ? MCP_OK
                                                                 : refused(name, errno, err);
}

static enum mcp_code limit_resources(size_t memory_bytes, struct mcp_err *err) {
    MCP_TRY(limit(RLIMIT_CORE, "RLIMIT_CORE", 0, err));
    MCP_TRY(limit(RLIMIT_FSIZE, "RLIMIT_FSIZE", 0, err));
    MCP_TRY(limit(RLIMIT_NOFILE, "RLIMIT_NOFILE", 16, err));
    if (!HAS_SANITIZER)
        MCP_TRY(limit(RLIMIT_AS, "RLIMIT_AS", memory_bytes, err));
    return MCP_OK;
}

static int add_rules(scmp_filter_ctx filter, bool has_connection) {
    int rc = 0;
    for (size_t i = 0; rc == 0 && has_connection && i < MCP_COUNT(connection_calls); i++)
        rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, connection_calls[i], 0);
    for (size_t i = 0; rc == 0 && i < MCP_COUNT(allowed_calls); i++)
        rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed_calls[i], 0);
    if (rc == 0)
        rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
                              SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    if (rc == 0)
        rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
                              SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    return rc == 0 ? seccomp_load(filter) : rc;
}

static enum mcp_code filter_calls(bool has_connection, struct mcp_err *err) {
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (filter == NULL)
        return MCP_FAIL(err, MCP_E_UNSUPPORTED, "sandbox: no seccomp");
    int rc = add_rules(filter, has_connection);
    seccomp_release(filter);
    return rc == 0 ? MCP_OK : refused("seccomp", -rc, err);
}

static enum mcp_code enter(size_t memory_bytes, bool has_connection, struct mcp_err *err) {
    tzset(); /* later it could not read the zone's file, and localtime would silently be UTC */
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return refused("PR_SET_NO_NEW_PRIVS", errno, err);
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        return refused("PR_SET_DUMPABLE", errno, err);
    MCP_TRY(limit_resources(memory_bytes, err));
    return filter_calls(has_connection, err);
}

enum mcp_code database_sandbox_enter(size_t memory_bytes, struct mcp_err *err) {
    return enter(memory_bytes, false, err);
}

enum mcp_code database_sandbox_enter_connected(size_t memory_bytes, struct mcp_err *err) {
    return enter(memory_bytes, true, err);
}

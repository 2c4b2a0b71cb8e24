/* SPDX-License-Identifier: MIT */
/* courier.c - see courier.h. Effect: one thread. */
#include "database/courier.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "mcp/alloc.h"

struct database_courier {
    pthread_t thread;
    pthread_mutex_t lock; /* guards: what follows */
    pthread_cond_t news;
    struct database_parcel waiting[DATABASE_COURIER_WAITING]; /* a ring */
    size_t first;
    size_t count;
    bool is_stopping;
};

static struct mcp_buf move_buffer(struct mcp_buf *from) {
    struct mcp_buf moved = *from;
    *from = (struct mcp_buf)MCP_BUF_INIT(moved.max);
    return moved;
}

static struct database_parcel move_parcel(struct database_parcel *from) {
    struct database_parcel moved = {.columns = move_buffer(&from->columns),
                                    .rows = move_buffer(&from->rows),
                                    .text = move_buffer(&from->text),
                                    .done = from->done,
                                    .elapsed_ms = from->elapsed_ms,
                                    .on_done = from->on_done,
                                    .user = from->user};
    from->done = NULL;
    return moved;
}

static void empty_parcel(struct database_parcel *parcel) {
    mcp_buf_deinit(&parcel->columns);
    mcp_buf_deinit(&parcel->rows);
    mcp_buf_deinit(&parcel->text);
    json_decref(parcel->done);
    parcel->done = NULL;
}

void database_parcel_hand_out(struct database_parcel *parcel) {
    const struct database_reply reply = {.code = MCP_OK,
                                         .columns = mcp_buf_view(&parcel->columns),
                                         .rows = mcp_buf_view(&parcel->rows),
                                         .storage = &parcel->rows,
                                         .text = mcp_buf_view(&parcel->text),
                                         .done = parcel->done,
                                         .elapsed_ms = parcel->elapsed_ms};
    parcel->on_done(&reply, parcel->user);
}

/* Wait for one; false when there is none and none will come. */
static bool next_parcel(struct database_courier *courier, struct database_parcel *out_parcel) {
    (void)pthread_mutex_lock(&courier->lock);
    while (courier->count == 0 && !courier->is_stopping)
        (void)pthread_cond_wait(&courier->news, &courier->lock);
    bool has_one = courier->count > 0;
    if (has_one) {
        *out_parcel = move_parcel(&courier->waiting[courier->first]);
        courier->first = (courier->first + 1) % DATABASE_COURIER_WAITING;
        courier->count--;
    }
    (void)pthread_mutex_unlock(&courier->lock);
    return has_one;
}

static void *hand_out_all(void *user) {
    struct database_courier *courier = user;
    struct database_parcel parcel;
    while (next_parcel(courier, &parcel)) {
        database_parcel_hand_out(&parcel);
        empty_parcel(&parcel);
    }
    return NULL;
}

static void free_courier(struct database_courier *courier) {
    (void)pthread_mutex_destroy(&courier->lock);
    (void)pthread_cond_destroy(&courier->news);
    mcp_free(courier);
}

enum mcp_code database_courier_start(struct database_courier **out_courier, struct mcp_err *err) {
    struct database_courier *courier = mcp_alloc(sizeof *courier);
    if (courier == NULL)
        return MCP_FAIL(err, MCP_E_NOMEM, "out of memory");
    (void)pthread_mutex_init(&courier->lock, NULL);
    (void)pthread_cond_init(&courier->news, NULL);
    int rc = pthread_create(&courier->thread, NULL, hand_out_all, courier);
    if (rc != 0) {
        free_courier(courier);
        return MCP_FAIL(err, MCP_E_IO, "thread: %s", strerrordesc_np(rc));
    }
    *out_courier = courier;
    return MCP_OK;
}

void database_courier_stop(struct database_courier *courier) {
    if (courier == NULL)
        return;
    (void)pthread_mutex_lock(&courier->lock);
    courier->is_stopping = true;
    (void)pthread_cond_signal(&courier->news);
    (void)pthread_mutex_unlock(&courier->lock);
    (void)pthread_join(courier->thread, NULL);
    free_courier(courier);
}

bool database_courier_take(struct database_courier *courier, struct database_parcel *parcel) {
    (void)pthread_mutex_lock(&courier->lock);
    bool has_room = courier->count < DATABASE_COURIER_WAITING;
    if (has_room) {
        size_t at = (courier->first + courier->count) % DATABASE_COURIER_WAITING;
        courier->waiting[at] = move_parcel(parcel);
        courier->count++;
        (void)pthread_cond_signal(&courier->news);
    }
    (void)pthread_mutex_unlock(&courier->lock);
    return has_room;
}

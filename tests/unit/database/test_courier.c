/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "database/courier.h"
#include "torture.h"

/* Whoever waits for an answer, and does not let go of the courier before he may. */
struct receiver {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool may_go;
    bool is_busy;
    size_t count;
    char order[64]; /* the first byte of the rows of each */
};

static struct receiver new_receiver(bool may_go) {
    return (struct receiver){
        .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER, .may_go = may_go};
}

static void receive(const struct database_reply *reply, void *user) {
    struct receiver *receiver = user;
    (void)pthread_mutex_lock(&receiver->lock);
    receiver->is_busy = true;
    (void)pthread_cond_broadcast(&receiver->changed);
    while (!receiver->may_go)
        (void)pthread_cond_wait(&receiver->changed, &receiver->lock);
    if (reply->code == MCP_OK && reply->err == NULL && reply->elapsed_ms == 7 &&
        json_is_true(json_object_get(reply->done, "whole")) && reply->columns.len == 2 &&
        reply->text.len == 4 && reply->storage != NULL)
        receiver->order[receiver->count++] = reply->rows.ptr[0];
    receiver->is_busy = false;
    (void)pthread_cond_broadcast(&receiver->changed);
    (void)pthread_mutex_unlock(&receiver->lock);
}

static void wait_until_busy(struct receiver *receiver) {
    (void)pthread_mutex_lock(&receiver->lock);
    while (!receiver->is_busy)
        (void)pthread_cond_wait(&receiver->changed, &receiver->lock);
    (void)pthread_mutex_unlock(&receiver->lock);
}

static void let_go(struct receiver *receiver) {
    (void)pthread_mutex_lock(&receiver->lock);
    receiver->may_go = true;
    (void)pthread_cond_broadcast(&receiver->changed);
    (void)pthread_mutex_unlock(&receiver->lock);
}

static struct database_parcel new_parcel(char letter, struct receiver *receiver) {
    struct database_parcel parcel = {.columns = MCP_BUF_INIT(10),
                                     .rows = MCP_BUF_INIT(20),
                                     .text = MCP_BUF_INIT(30),
                                     .done = json_pack("{s:b}", "whole", 1),
                                     .elapsed_ms = 7,
                                     .on_done = receive,
                                     .user = receiver};
    mcp_buf_add(&parcel.columns, MCP_STR("[]"));
    mcp_buf_addc(&parcel.rows, letter);
    mcp_buf_add(&parcel.text, MCP_STR("text"));
    return parcel;
}

static void drop(struct database_parcel *parcel) {
    mcp_buf_deinit(&parcel->columns);
    mcp_buf_deinit(&parcel->rows);
    mcp_buf_deinit(&parcel->text);
    json_decref(parcel->done);
}

static void answers_are_handed_out_in_order(void **state) {
    (void)state;
    struct receiver receiver = new_receiver(true);
    struct database_courier *courier = NULL;
    assert_int_equal(database_courier_start(&courier, NULL), MCP_OK);
    for (int i = 0; i < 4; i++) {
        struct database_parcel parcel = new_parcel((char)('a' + i), &receiver);
        assert_true(database_courier_take(courier, &parcel));
        /* As before, and empty. */
        assert_null(parcel.done);
        assert_null(parcel.rows.data);
        assert_int_equal(parcel.rows.len, 0);
        assert_int_equal(parcel.rows.max, 20);
        assert_int_equal(parcel.text.max, 30);
    }
    database_courier_stop(courier); /* not before all have theirs */
    assert_string_equal(receiver.order, "abcd");
}

static void who_takes_long_holds_up_nobody_who_gives(void **state) {
    (void)state;
    struct receiver receiver = new_receiver(false);
    struct database_courier *courier = NULL;
    struct database_parcel parcel = new_parcel('0', &receiver);
    assert_int_equal(database_courier_start(&courier, NULL), MCP_OK);
    assert_true(database_courier_take(courier, &parcel));
    wait_until_busy(&receiver);
    for (int i = 1; i <= DATABASE_COURIER_WAITING; i++) {
        parcel = new_parcel((char)('0' + i), &receiver);
        assert_true(database_courier_take(courier, &parcel));
    }
    parcel = new_parcel('x', &receiver);
    assert_false(database_courier_take(courier, &parcel)); /* one too many: it stays */
    assert_string_equal(parcel.rows.data, "x");
    assert_non_null(parcel.done);
    let_go(&receiver);
    database_courier_stop(courier);
    assert_string_equal(receiver.order, "01234");
    database_parcel_hand_out(&parcel); /* here, then */
    assert_string_equal(receiver.order, "01234x");
    drop(&parcel);
}

static void nothing_to_hand_out(void **state) {
    (void)state;
    struct database_courier *courier = NULL;
    assert_int_equal(database_courier_start(&courier, NULL), MCP_OK);
    database_courier_stop(courier);
    database_courier_stop(NULL);
}

static enum mcp_code start_and_stop(void *user, struct mcp_err *err) {
    (void)user;
    struct database_courier *courier = NULL;
    enum mcp_code code = database_courier_start(&courier, err);
    database_courier_stop(courier);
    return code;
}

static void survives_any_refused_allocation(void **state) {
    (void)state;
    torture_run(start_and_stop, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_handed_out_in_order),
        cmocka_unit_test(who_takes_long_holds_up_nobody_who_gives),
        cmocka_unit_test(nothing_to_hand_out),
        cmocka_unit_test(survives_any_refused_allocation),
    };
    return cmocka_run_group_tests_name("database.courier", tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/* The I/O thread by itself. */
#include <pthread.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "dial/loop.h"
#include "dial_rig.h"
#include "mcp/clock.h"

struct notes {
    pthread_mutex_t mutex; /* guards: text, count */
    char text[4096];
    int count;
    struct mcp_loop *loop;
};

static void note(struct notes *notes, char letter) {
    (void)pthread_mutex_lock(&notes->mutex);
    notes->text[notes->count] = letter;
    (void)pthread_mutex_unlock(&notes->mutex);
    (void)__atomic_add_fetch(&notes->count, 1, __ATOMIC_SEQ_CST);
}

static void open_notes(struct notes *notes) {
    memset(notes, 0, sizeof *notes);
    (void)pthread_mutex_init(&notes->mutex, NULL);
    assert_int_equal(mcp_loop_new(&notes->loop, NULL), MCP_OK);
}

static void note_a(void *user) {
    note(user, 'a');
}

static void note_b(void *user) {
    note(user, 'b');
}

static void note_c(void *user) {
    note(user, 'c');
}

static void posted_functions_run_in_order(void **state) {
    (void)state;
    struct notes notes;
    open_notes(&notes);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(mcp_loop_post(notes.loop, note_a, &notes, NULL), MCP_OK);
        assert_int_equal(mcp_loop_post(notes.loop, note_b, &notes, NULL), MCP_OK);
    }
    assert_true(rig_wait(&notes.count, 200));
    for (int i = 0; i < 200; i += 2)
        assert_memory_equal(notes.text + i, "ab", 2);
    mcp_loop_free(notes.loop);
}

static void what_is_posted_before_free_still_runs(void **state) {
    (void)state;
    struct notes notes;
    open_notes(&notes);
    for (int i = 0; i < 100; i++)
        assert_int_equal(mcp_loop_post(notes.loop, note_a, &notes, NULL), MCP_OK);
    mcp_loop_free(notes.loop);
    assert_int_equal(notes.count, 100);
}

static void post_again(void *user) {
    struct notes *notes = user;
    note(notes, 'x');
    if (notes->count < 50)
        assert_int_equal(mcp_loop_post(notes->loop, post_again, notes, NULL), MCP_OK);
}

static void posting_from_the_loop(void **state) {
    (void)state;
    struct notes notes;
    open_notes(&notes);
    assert_int_equal(mcp_loop_post(notes.loop, post_again, &notes, NULL), MCP_OK);
    assert_true(rig_wait(&notes.count, 50));
    mcp_loop_free(notes.loop);
}

static void *post_many(void *user) {
    struct notes *notes = user;
    for (int i = 0; i < 500; i++)
        if (mcp_loop_post(notes->loop, note_a, notes, NULL) != MCP_OK)
            return NULL;
    return NULL;
}

static void posting_from_many_threads(void **state) {
    (void)state;
    pthread_t threads[6];
    struct notes notes;
    open_notes(&notes);
    for (size_t i = 0; i < MCP_COUNT(threads); i++)
        (void)pthread_create(&threads[i], NULL, post_many, &notes);
    for (size_t i = 0; i < MCP_COUNT(threads); i++)
        (void)pthread_join(threads[i], NULL);
    mcp_loop_free(notes.loop);
    assert_int_equal(notes.count, 3000);
}

/* --- timers ----------------------------------------------------------------------------------- */

static void set_afters(void *user) {
    struct notes *notes = user;
    (void)mcp_loop_after(notes->loop, 60, note_c, notes);
    uint64_t cancelled = mcp_loop_after(notes->loop, 30, note_c, notes);
    (void)mcp_loop_after(notes->loop, 0, note_a, notes);
    (void)mcp_loop_after(notes->loop, 20, note_b, notes);
    (void)mcp_loop_after(notes->loop, 3600000, note_c, notes); /* left to free */
    mcp_loop_cancel_timer(notes->loop, cancelled);
    mcp_loop_cancel_timer(notes->loop, 0);
    mcp_loop_cancel_timer(notes->loop, 12345);
}

static void timers_fire_in_order_of_their_time(void **state) {
    (void)state;
    struct notes notes;
    open_notes(&notes);
    uint64_t before_ms = mcp_clock_now_ms();
    mcp_loop_run(notes.loop, set_afters, &notes);
    assert_true(rig_wait(&notes.count, 3));
    assert_true(mcp_clock_now_ms() - before_ms >= 60);
    mcp_loop_free(notes.loop);
    assert_string_equal(notes.text, "abc");
}

struct timers {
    struct notes *notes;
    struct mcp_loop_timer a, b, c;
};

static void set_timers(void *user) {
    struct timers *timers = user;
    struct mcp_loop *loop = timers->notes->loop;
    uint64_t now_ms = mcp_clock_now_ms();
    timers->a = (struct mcp_loop_timer){.fn = note_a, .user = timers->notes};
    timers->b = (struct mcp_loop_timer){.fn = note_b, .user = timers->notes};
    timers->c = (struct mcp_loop_timer){.fn = note_c, .user = timers->notes};
    mcp_loop_timer_set(loop, &timers->c, now_ms + 10);
    mcp_loop_timer_set(loop, &timers->a, now_ms + 20);
    mcp_loop_timer_set(loop, &timers->b, now_ms + 30);
    mcp_loop_timer_set(loop, &timers->c, now_ms + 40); /* moved to the end */
    mcp_loop_timer_set(loop, &timers->b, now_ms + 5);  /* and to the front */
    mcp_loop_timer_clear(loop, &timers->a);
    mcp_loop_timer_clear(loop, &timers->a);
}

static void timers_can_be_moved_and_cleared(void **state) {
    (void)state;
    struct notes notes;
    struct timers timers = {.notes = &notes};
    open_notes(&notes);
    mcp_loop_run(notes.loop, set_timers, &timers);
    assert_true(rig_wait(&notes.count, 2));
    mcp_loop_free(notes.loop);
    assert_string_equal(notes.text, "bc");
}

/* --- descriptors ------------------------------------------------------------------------------ */

struct pair {
    struct notes *notes;
    struct mcp_loop_watch first, second;
};

/* Whichever is served first takes the other away: its event must not be delivered. */
static void on_either(void *user, uint32_t events) {
    struct pair *pair = user;
    (void)events;
    mcp_loop_unwatch(pair->notes->loop, &pair->first);
    mcp_loop_unwatch(pair->notes->loop, &pair->second);
    note(pair->notes, 'e');
}

static void watch_both(void *user) {
    struct pair *pair = user;
    struct mcp_loop *loop = pair->notes->loop;
    assert_int_equal(mcp_loop_watch(loop, &pair->first, EPOLLIN, NULL), MCP_OK);
    assert_int_equal(mcp_loop_watch(loop, &pair->second, EPOLLIN, NULL), MCP_OK);
    assert_int_equal(mcp_loop_watch(loop, &pair->second, EPOLLIN, NULL), MCP_E_IO);
}

static void a_watch_may_take_another_away(void **state) {
    (void)state;
    struct notes notes;
    open_notes(&notes);
    struct pair pair = {.notes = &notes,
                        .first = {eventfd(1, EFD_CLOEXEC), on_either, &pair},
                        .second = {eventfd(1, EFD_CLOEXEC), on_either, &pair}};
    mcp_loop_run(notes.loop, watch_both, &pair);
    assert_true(rig_wait(&notes.count, 1));
    mcp_loop_run(notes.loop, note_a, &notes);
    assert_string_equal(notes.text, "ea");
    mcp_loop_free(notes.loop);
    (void)close(pair.first.fd);
    (void)close(pair.second.fd);
}

static void run_inside(void *user) {
    struct notes *notes = user;
    assert_true(mcp_loop_is_own_thread(notes->loop));
    mcp_loop_run(notes->loop, note_a, notes); /* at once: waiting would wait for itself */
    note(notes, 'b');
}

static void run_waits_and_works_from_inside(void **state) {
    (void)state;
    struct notes notes;
    open_notes(&notes);
    assert_false(mcp_loop_is_own_thread(notes.loop));
    mcp_loop_run(notes.loop, run_inside, &notes);
    assert_string_equal(notes.text, "ab");
    mcp_loop_free(notes.loop);
    mcp_loop_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(posted_functions_run_in_order, rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(what_is_posted_before_free_still_runs, rig_set_up,
                                        rig_tear_down),
        cmocka_unit_test_setup_teardown(posting_from_the_loop, rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(posting_from_many_threads, rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(timers_fire_in_order_of_their_time, rig_set_up,
                                        rig_tear_down),
        cmocka_unit_test_setup_teardown(timers_can_be_moved_and_cleared, rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(a_watch_may_take_another_away, rig_set_up, rig_tear_down),
        cmocka_unit_test_setup_teardown(run_waits_and_works_from_inside, rig_set_up, rig_tear_down),
    };
    return cmocka_run_group_tests_name("dial.loop", tests, NULL, NULL);
}

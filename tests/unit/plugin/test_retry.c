/* SPDX-License-Identifier: Apache-2.0
 *
 * test_retry.c - how long is waited, and what is worth another try.
 */
#include "check.h"

#include "devops/retry.h"

#include <string.h>

static void delays_grow_to_a_bound(void **state)
{
    int64_t before = 0;

    (void)state;
    /* The largest random number below each bound gives the bound's own value. */
    for (int tries = 1; tries <= 20; tries++) {
        int64_t most = 0;

        for (uint64_t random = 0; random <= 20000; random += 125) {
            int64_t delay = retry_delay(tries, 0, random);

            assert_true(delay >= 0 && delay <= 20000);
            most = delay > most ? delay : most;
        }
        assert_true(most >= before);
        before = most;
    }
    assert_int_equal(retry_delay(1, 0, 250), 250);
    assert_int_equal(retry_delay(1, 0, 251), 0);
    assert_int_equal(retry_delay(3, 0, 1000), 1000);
    assert_int_equal(retry_delay(20, 0, 20000), 20000);
    assert_int_equal(retry_delay(1, 0, UINT64_MAX) <= 250, 1);
}

static void the_server_may_ask_for_more(void **state)
{
    (void)state;
    assert_int_equal(retry_delay(1, 2, 0), 2000);
    assert_int_equal(retry_delay(1, 2, 100), 2100);
    assert_int_equal(retry_delay(1, 120, 0), 120000);
    assert_true(retry_delay(1, INT64_MAX, UINT64_MAX) >= 86400000);
    assert_int_equal(retry_delay(1, -5, 0), 0);
}

static void what_may_pass_is_worth_a_try(void **state)
{
    static const struct {
        struct http_answer answer;
        bool worth, doubt;
    } rows[] = {
        {{.status = 200}, false, false},
        {{.status = 400}, false, false},
        {{.status = 401}, false, false},
        {{.status = 404}, false, false},
        {{.status = 429}, true, false},
        {{.status = 500}, true, true},
        {{.status = 501}, false, false},
        {{.status = 503}, true, true},
        {{.fault = CURLE_COULDNT_CONNECT}, true, false},
        {{.fault = CURLE_RECV_ERROR, .sent = 1}, true, true},
        {{.fault = CURLE_OPERATION_TIMEDOUT}, true, false},
        {{.fault = CURLE_OPERATION_TIMEDOUT, .sent = 1}, true, true},
        {{.fault = CURLE_PEER_FAILED_VERIFICATION}, false, false},
        {{.fault = CURLE_WRITE_ERROR, .sent = 1, .too_large = true}, false, true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        assert_int_equal(retry_worth(&rows[i].answer), rows[i].worth);
        assert_int_equal(send_in_doubt(&rows[i].answer), rows[i].doubt);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(delays_grow_to_a_bound),
        cmocka_unit_test(the_server_may_ask_for_more),
        cmocka_unit_test(what_may_pass_is_worth_a_try),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * test_backend.c - a local state: locked, saved, and recovered after the process ended or the disk was full
 * at any step of writing. Each step is reached through the seam of file.h.
 */
#include "backend_internal.h"
#include "file.h"
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { CHANGES = 6, CRASHED = 77, STEPS_MAX = 1000 };

/* --- a directory of its own for each test --- */

static char folder[64];

static int enter_folder(void **context)
{
    (void)context;
    /* In memory where there is such a place: thousands of syncs take minutes on a disk. */
    const char *place = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(folder, sizeof folder, "%s/test-backend-XXXXXX", place);
    return mkdtemp(folder) == NULL || chdir(folder) != 0;
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *ftw)
{
    (void)status;
    (void)kind;
    (void)ftw;
    return remove(path);
}

static int leave_folder(void **context)
{
    (void)context;
    file_fault = NULL;
    return chdir("/") != 0 || nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS) != 0;
}

static void empty_folder(void)
{
    leave_folder(NULL);
    enter_folder(NULL);
}

static bool exists(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0;
}

static unsigned mode_of(const char *path)
{
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    return status.st_mode & 07777;
}

static char *text_of(const char *path)
{
    size_t length = 0;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    char *text = descriptor < 0 ? strdup("") : file_read(descriptor, &length);
    if (descriptor >= 0)
        close(descriptor);
    assert_non_null(text);
    return text;
}

static void write_text(const char *path, const char *text, size_t length)
{
    int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, text, length), length);
    close(descriptor);
}

/* --- what happens in a run --- */

static struct diagnostics diags;

static void fail_with_diagnostics(const char *what)
{
    fail_msg("%s: %s: %s", what, diags.count == 0 ? "" : diags.items[0].summary,
             diags.count == 0 ? "" : diags.items[0].detail);
}

static struct backend *open_backend(void)
{
    const struct backend_options options = {.directory = ".", .lock = true};
    struct backend *backend = backend_open(NULL, &options, &diags);
    if (backend == NULL)
        fail_with_diagnostics("open");
    return backend;
}

static struct backend *open_locked(void)
{
    struct backend *backend = open_backend();
    if (!backend_lock(backend, "OperationTypeApply", &diags))
        fail_with_diagnostics("lock");
    return backend;
}

static struct state *read_state(struct backend *backend)
{
    struct state *state = backend_read(backend, &diags);
    if (state == NULL)
        fail_with_diagnostics("read");
    return state;
}

static struct address address_of(int number)
{
    static char name[16];
    snprintf(name, sizeof name, "n%03d", number);
    return (struct address){.mode = MODE_MANAGED, .type = (char *)(uintptr_t) "thing", .name = name};
}

static void create(struct state *state, int number)
{
    struct address address = address_of(number);
    struct state_instance instance = {.attributes = json_object_new_object()};
    json_object_object_add(instance.attributes, "id", json_object_new_int(number));
    /* Longer than a block of a disk. */
    char filler[700];
    memset(filler, 'a' + number % 26, sizeof filler - 1);
    filler[sizeof filler - 1] = '\0';
    json_object_object_add(instance.attributes, "text", json_object_new_string(filler));
    assert_true(state_instance_set(state, &address, "provider[\"h/n/t\"]", &instance));
}

static bool has(const struct state *state, int number)
{
    struct address address = address_of(number);
    return state_instance_find(state, &address, NULL) != NULL;
}

enum end { DONE, NOT_SAVED, STOPPED };

/* A run that creates some, and at the end removes the first. `done` counts what was said to be safe. Every
 * second change is a record, the others whole writes. */
static enum end run(volatile int *done)
{
    const struct backend_options options = {.directory = ".", .lock = true};
    struct backend *backend = backend_open(NULL, &options, &diags);
    bool going = backend != NULL && backend_lock(backend, "OperationTypeApply", &diags);
    struct state *state = going ? backend_read(backend, &diags) : NULL;
    going = state != NULL && backend_prepare(backend, state, backend_room(NULL), &diags);
    for (int i = 0; going && i < CHANGES; i++) {
        struct address address = address_of(100 + i);
        create(state, 100 + i);
        backend->write_seconds = i % 2 == 0 ? 1e9 : 0;
        backend->write_end = backend_now();
        going =
            backend_record(backend, state, &address, NULL, &diags) && backend_sync(backend, state, &diags);
        *done += going;
    }
    if (going) {
        struct address first = address_of(1);
        state_instance_remove(state, &first, NULL);
        backend->write_seconds = 1e9;
        going = backend_record(backend, state, &first, NULL, &diags) && backend_sync(backend, state, &diags);
        *done += going;
    }
    /* Whatever happened, as the engine does. */
    bool saved = *done > 0 && backend_save(backend, state, &diags);
    state_destroy(state);
    backend_close(backend);
    return going && saved ? DONE : saved ? STOPPED : NOT_SAVED;
}

/* A state of some things, as an earlier run left it. */
static void make_state(int count)
{
    struct backend *backend = open_locked();
    struct state *state = read_state(backend);
    for (int i = 1; i <= count; i++)
        create(state, i);
    assert_true(backend_save(backend, state, &diags));
    state_destroy(state);
    backend_close(backend);
    unlink("terraform.tfstate.backup");
}

/* --- the seam --- */

static struct shared {
    int step, target; /* this step is where it happens */
    int done;
} * shared;

static int crash_at(const char *step)
{
    (void)step;
    if (++shared->step == shared->target)
        _exit(CRASHED);
    return 0;
}

static int full_from(const char *step)
{
    bool grows =
        strncmp(step, "write", 5) == 0 || strcmp(step, "reserve") == 0 || strcmp(step, "create") == 0;
    return ++shared->step >= shared->target && grows ? ENOSPC : 0;
}

static int fail_at(const char *step)
{
    (void)step;
    return ++shared->step == shared->target ? EIO : 0;
}

static int make_shared(void **context)
{
    (void)context;
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return shared == MAP_FAILED;
}

static int drop_shared(void **context)
{
    (void)context;
    return munmap(shared, sizeof *shared);
}

/* Runs it in a child of ours with a fault. True where the fault's step was reached. */
static bool run_child(int target, int (*fault)(const char *), int *status)
{
    *shared = (struct shared){.target = target};
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        file_fault = fault;
        _exit((int)run(&shared->done));
    }
    assert_int_equal(waitpid(child, status, 0), child);
    assert_true(WIFEXITED(*status));
    return shared->step >= shared->target;
}

/* What was said to be safe is there, nothing else is but what was in the midst of it, and saving goes on. */
static void check_recovered(int before, int done)
{
    struct backend *backend = open_locked();
    struct state *state = read_state(backend);
    int found = 0;
    for (int i = 0; i < CHANGES; i++) {
        bool is = has(state, 100 + i);
        assert_true(is || i >= done);
        assert_true(!is || i <= done);
        found += is;
    }
    if (done > CHANGES)
        assert_false(has(state, 1));
    for (int i = done < CHANGES ? 1 : 2; i <= before; i++)
        assert_true(has(state, i));
    if (found > 0)
        assert_int_not_equal(state->serial, 0);
    create(state, 500);
    if (!backend_save(backend, state, &diags))
        fail_with_diagnostics("save");
    state_destroy(state);
    backend_close(backend);
    assert_false(exists(".terraform.tfstate.journal"));
    assert_false(exists(".terraform.tfstate.journal.1"));
    backend = open_locked();
    state = read_state(backend);
    assert_true(has(state, 500));
    assert_int_equal(state->resource_count, found +
                                                (has(state, 1) ? before
                                                 : before == 0 ? 0
                                                               : before - 1) +
                                                1);
    state_destroy(state);
    backend_close(backend);
    diagnostics_clear(&diags);
}

static void recovers_from_a_crash_at_every_step(void **context)
{
    (void)context;
    for (int before = 0; before <= 3; before += 3) {
        int target = 1, status = 0;
        for (; target < STEPS_MAX; target++) {
            empty_folder();
            if (before > 0)
                make_state(before);
            if (!run_child(target, crash_at, &status))
                break;
            assert_int_equal(WEXITSTATUS(status), CRASHED);
            check_recovered(before, shared->done);
        }
        assert_int_equal(WEXITSTATUS(status), 0);
        assert_in_range(target, 40, STEPS_MAX - 1);
    }
}

/* Either what was there to the byte, or all of something newer. */
static void check_unharmed(const char *old)
{
    char *now = text_of("terraform.tfstate");
    if (strcmp(now, old) != 0) {
        struct state *state = state_parse(now, strlen(now), "now", &diags);
        if (state == NULL)
            fail_with_diagnostics("harmed");
        state_destroy(state);
    }
    free(now);
}

static void survives_faults(int (*fault)(const char *), bool lasting)
{
    for (int target = 1; target < STEPS_MAX; target++) {
        int status = 0;
        empty_folder();
        make_state(3);
        char *old = text_of("terraform.tfstate");
        if (!run_child(target, fault, &status)) {
            assert_int_equal(WEXITSTATUS(status), 0);
            assert_in_range(target, 40, STEPS_MAX - 1);
            free(old);
            return;
        }
        if (shared->done == 0)
            check_unharmed(old);
        free(old);
        /* What could not be saved lies beside it, unless nothing at all can be written. */
        if (WEXITSTATUS(status) == NOT_SAVED && shared->done > 0 && !lasting)
            assert_true(exists("errored.tfstate"));
        unlink("errored.tfstate");
        check_recovered(3, shared->done);
    }
    fail_msg("no end after %d steps", STEPS_MAX);
}

static void survives_a_full_disk_at_every_step(void **context)
{
    (void)context;
    survives_faults(full_from, true);
}

static void survives_one_failure_at_every_step(void **context)
{
    (void)context;
    survives_faults(fail_at, false);
}

/* --- side files --- */

/* A crash after some records, without a whole write. */
static void leave_records(int count)
{
    struct backend *backend = open_locked();
    struct state *state = read_state(backend);
    backend->write_seconds = 1e9;
    backend->write_end = backend_now();
    for (int i = 0; i < count; i++) {
        struct address address = address_of(100 + i);
        create(state, 100 + i);
        assert_true(backend_record(backend, state, &address, NULL, &diags));
    }
    assert_true(backend_sync(backend, state, &diags));
    state_destroy(state);
    /* As if it had ended here: the file stays. */
    journal_close(&backend->journal);
    backend_close(backend);
}

static void drops_a_torn_record(void **context)
{
    (void)context;
    make_state(2);
    leave_records(3);
    char *state_before = text_of("terraform.tfstate"), *side = text_of(".terraform.tfstate.journal");
    size_t length = strlen(side);
    int last = 0;
    for (size_t cut = 0; cut <= length; cut += cut == length ? 1 : length - cut < 7 ? length - cut : 7) {
        write_text("terraform.tfstate", state_before, strlen(state_before));
        write_text(".terraform.tfstate.journal", side, cut);
        struct backend *backend = open_locked();
        struct state *state = read_state(backend);
        int found = has(state, 100) + has(state, 101) + has(state, 102);
        for (int i = 0; i < found; i++)
            assert_true(has(state, 100 + i));
        assert_true(found >= last);
        last = found;
        state_destroy(state);
        backend_close(backend);
        diagnostics_clear(&diags);
    }
    assert_int_equal(last, 3);
    free(side);
    free(state_before);
}

static void keeps_a_side_file_that_others_overtook(void **context)
{
    (void)context;
    make_state(2);
    leave_records(2);
    /* As Terraform would: it knows nothing of the side file, and counts on. */
    char *text = text_of("terraform.tfstate");
    struct state *state = state_parse(text, strlen(text), "x", &diags);
    create(state, 7);
    state->serial++;
    char *theirs = state_text(state);
    write_text("terraform.tfstate", theirs, strlen(theirs));
    state_destroy(state);

    struct backend *backend = open_locked();
    state = read_state(backend);
    assert_true(has(state, 7));
    assert_false(has(state, 100));
    assert_int_equal(diags.count, 1);
    assert_int_equal(diags.items[0].severity, SEVERITY_WARNING);
    assert_non_null(strstr(diags.items[0].detail, ".terraform.tfstate.journal.1"));
    assert_true(exists(".terraform.tfstate.journal.1"));
    assert_false(exists(".terraform.tfstate.journal"));
    char *now = text_of("terraform.tfstate");
    assert_string_equal(now, theirs);
    free(now);
    free(theirs);
    free(text);
    state_destroy(state);
    backend_close(backend);
}

/* Blocks of a disk reach it in any order: whatever mixture of old and new is there, the new is recovered. */
static void recovers_from_any_mixture_of_blocks(void **context)
{
    (void)context;
    static const int sizes[][2] = {{3, 6}, {6, 3}, {4, 4}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char *texts[2];
        for (int j = 0; j < 2; j++) {
            struct state *state = state_create();
            for (int k = 0; k < sizes[i][j]; k++)
                create(state, k + j * 50);
            state->serial = (uint64_t)j + 8;
            texts[j] = state_text(state);
            state_destroy(state);
        }
        size_t lengths[] = {strlen(texts[0]), strlen(texts[1])};
        size_t longest = lengths[0] > lengths[1] ? lengths[0] : lengths[1];
        for (unsigned seed = 0; seed < 40; seed++) {
            struct content saved = {texts[0], lengths[0], "", 8}, next = {texts[1], lengths[1], "", 9};
            struct journal journal = {.path = (char *)(uintptr_t) ".terraform.tfstate.journal",
                                      .descriptor = -1};
            assert_true(journal_begin(&journal, &saved, &next));
            journal_close(&journal);
            char *mixed = calloc(1, longest + 1);
            memcpy(mixed, texts[0], lengths[0]);
            srand(seed);
            for (size_t at = 0; at < lengths[1]; at += 512)
                if (rand() % 2 == 0)
                    memcpy(mixed + at, texts[1] + at, lengths[1] - at < 512 ? lengths[1] - at : 512);
            write_text("terraform.tfstate", mixed, longest);
            free(mixed);
            struct backend *backend = open_locked();
            struct state *state = read_state(backend);
            assert_int_equal(state->resource_count, sizes[i][1]);
            assert_true(has(state, 50));
            state_destroy(state);
            backend_close(backend);
            assert_false(exists(".terraform.tfstate.journal"));
            assert_false(exists(".terraform.tfstate.journal.1"));
            diagnostics_clear(&diags);
        }
        free(texts[0]);
        free(texts[1]);
    }
}

static void refuses_a_state_that_somebody_broke(void **context)
{
    (void)context;
    make_state(2);
    leave_records(1);
    static const char broken[] = "{\"version\": 4, \"resources\": [";
    write_text("terraform.tfstate", broken, sizeof broken - 1);
    struct backend *backend = open_locked();
    assert_null(backend_read(backend, &diags));
    assert_true(diags.has_error);
    backend_close(backend);
    char *now = text_of("terraform.tfstate");
    assert_string_equal(now, broken);
    free(now);
    assert_true(exists(".terraform.tfstate.journal.1"));
}

/* --- saving --- */

static void writes_nothing_without_a_change(void **context)
{
    (void)context;
    /* Not as this program or Terraform would write it. */
    static const char text[] = "{\"version\": 4, \"serial\": 5, \"lineage\": \"l\", \"resources\": []}";
    write_text("terraform.tfstate", text, sizeof text - 1);
    struct backend *backend = open_locked();
    struct state *state = read_state(backend);
    assert_string_equal(backend_lineage(backend), "l");
    assert_int_equal(backend_serial(backend), 5);
    assert_true(backend_prepare(backend, state, backend_room(NULL), &diags));
    assert_true(backend_save(backend, state, &diags));
    state_destroy(state);
    backend_close(backend);
    char *now = text_of("terraform.tfstate");
    assert_string_equal(now, text);
    free(now);
    assert_false(exists("terraform.tfstate.backup"));
    assert_false(exists(".terraform.tfstate.journal"));
    assert_false(exists(".terraform.tfstate.lock.info"));
}

static void keeps_a_backup_of_what_was_there_before_the_run(void **context)
{
    (void)context;
    make_state(1);
    assert_int_equal(mode_of("terraform.tfstate"), 0600);
    char *old = text_of("terraform.tfstate");
    assert_int_equal(chmod("terraform.tfstate", 0644), 0);
    struct backend *backend = open_locked();
    struct state *state = read_state(backend);
    uint64_t serial = state->serial;
    char *lineage = strdup(state->lineage);
    for (int i = 10; i < 13; i++) {
        create(state, i);
        assert_true(backend_save(backend, state, &diags));
    }
    assert_int_equal(state->serial, serial + 3);
    assert_string_equal(state->lineage, lineage);
    state_destroy(state);
    backend_close(backend);
    char *backup = text_of("terraform.tfstate.backup");
    assert_string_equal(backup, old);
    assert_int_equal(mode_of("terraform.tfstate.backup"), 0600);
    assert_int_equal(mode_of("terraform.tfstate"), 0600);
    free(lineage);
    free(backup);
    free(old);
}

static void begins_with_a_lineage_and_serial_1(void **context)
{
    (void)context;
    make_state(1);
    struct backend *backend = open_backend();
    struct state *state = read_state(backend);
    assert_int_equal(state->serial, 1);
    assert_int_equal(strlen(state->lineage), 36);
    state_destroy(state);
    backend_close(backend);
}

static void leaves_no_empty_file(void **context)
{
    (void)context;
    struct backend *backend = open_locked();
    assert_true(exists("terraform.tfstate"));
    assert_true(exists(".terraform.tfstate.lock.info"));
    assert_int_equal(mode_of(".terraform.tfstate.lock.info"), 0600);
    state_destroy(read_state(backend));
    assert_true(backend_unlock(backend, &diags));
    assert_false(exists("terraform.tfstate"));
    assert_false(exists(".terraform.tfstate.lock.info"));
    backend_close(backend);
}

static void saves_an_empty_state_once(void **context)
{
    (void)context;
    for (int i = 0; i < 2; i++) {
        struct backend *backend = open_locked();
        struct state *state = read_state(backend);
        assert_true(backend_save(backend, state, &diags));
        assert_int_equal(state->serial, 1);
        assert_int_equal(strlen(state->lineage), 36);
        state_destroy(state);
        assert_true(backend_unlock(backend, &diags));
        assert_true(exists("terraform.tfstate"));
        assert_false(exists("terraform.tfstate.backup"));
        backend_close(backend);
    }
}

static void follows_a_link_and_never_replaces_the_file(void **context)
{
    (void)context;
    struct stat before, after;
    assert_int_equal(mkdir("real", 0700), 0);
    assert_int_equal(symlink("real/state", "terraform.tfstate"), 0);
    make_state(1);
    assert_int_equal(stat("real/state", &before), 0);
    struct backend *backend = open_locked();
    struct state *state = read_state(backend);
    assert_true(backend_prepare(backend, state, backend_room(NULL), &diags));
    assert_true(exists("real/.state.journal"));
    create(state, 2);
    assert_true(backend_save(backend, state, &diags));
    state_destroy(state);
    backend_close(backend);
    assert_int_equal(lstat("terraform.tfstate", &after), 0);
    assert_true(S_ISLNK(after.st_mode));
    assert_int_equal(stat("real/state", &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
}

/* A link to a file that is not there yet leads to where it will be. */
static void recovers_behind_a_link_that_led_nowhere(void **context)
{
    (void)context;
    assert_int_equal(mkdir("real", 0700), 0);
    assert_int_equal(symlink("real/middle", "terraform.tfstate"), 0);
    assert_int_equal(symlink("../real/state", "real/middle"), 0);
    leave_records(2);
    assert_true(exists("real/.state.journal"));
    struct backend *backend = open_locked();
    struct state *state = read_state(backend);
    assert_true(has(state, 100) && has(state, 101));
    state_destroy(state);
    backend_close(backend);
    assert_false(exists("real/.state.journal"));
}

/* Without a lock nothing is saved while it is read, and yet nothing is lost when more is done. */
static void keeps_what_it_recovered_without_a_lock(void **context)
{
    (void)context;
    make_state(1);
    leave_records(2);
    const struct backend_options options = {.directory = ".", .lock = false};
    struct backend *backend = backend_open(NULL, &options, &diags);
    struct state *state = read_state(backend);
    assert_true(has(state, 100));
    assert_true(exists(".terraform.tfstate.journal"));
    assert_true(backend_prepare(backend, state, backend_room(NULL), &diags));
    state_destroy(state);
    journal_close(&backend->journal); /* as if it had ended here */
    backend_close(backend);
    backend = open_locked();
    state = read_state(backend);
    assert_true(has(state, 100) && has(state, 101));
    state_destroy(state);
    backend_close(backend);
}

/* Room for the records is taken before anything is done, and what is done fits in it. */
static void takes_room_before_anything_is_done(void **context)
{
    (void)context;
    struct stat before, after;
    enum { COUNT = 50 };
    make_state(1);
    struct backend *backend = open_locked();
    struct state *state = read_state(backend);
    size_t room = 0;
    for (int i = 0; i < COUNT; i++) {
        struct address address = address_of(i + 100);
        create(state, i + 100);
        room += backend_room(state_instance_find(state, &address, NULL)->attributes);
    }
    assert_true(backend_prepare(backend, state, room, &diags));
    assert_int_equal(stat(".terraform.tfstate.journal", &before), 0);
    assert_true((size_t)before.st_blocks * 512 >= room);
    assert_true((size_t)before.st_size < 1000);
    for (int i = 0; i < COUNT; i++) {
        struct address address = address_of(i + 100);
        assert_true(backend_record(backend, state, &address, NULL, &diags));
    }
    backend->write_end = backend_now();
    backend->write_seconds = 1e9;
    assert_true(backend_sync(backend, state, &diags));
    assert_int_equal(stat(".terraform.tfstate.journal", &after), 0);
    assert_int_equal(before.st_blocks, after.st_blocks);
    /* The next snapshot leaves room, too. */
    assert_true(backend->journal.room > 0);
    backend->unsynced = true;
    backend->write_seconds = 0;
    assert_true(backend_sync(backend, state, &diags));
    assert_int_equal(stat(".terraform.tfstate.journal", &after), 0);
    assert_true((size_t)after.st_blocks * 512 >= (size_t)after.st_size + backend->journal.room);
    assert_true(backend_save(backend, state, &diags));
    assert_false(exists(".terraform.tfstate.journal"));
    state_destroy(state);
    backend_close(backend);
}

static int steps_of_sync;

static int count_syncs(const char *step)
{
    steps_of_sync += strcmp(step, "sync") == 0;
    return 0;
}

static void syncs_many_records_at_once(void **context)
{
    (void)context;
    struct backend *backend = open_locked();
    struct state *state = read_state(backend);
    assert_true(backend_prepare(backend, state, 100 * backend_room(NULL), &diags));
    backend->write_end = backend_now();
    backend->write_seconds = 1e9;
    steps_of_sync = 0;
    file_fault = count_syncs;
    for (int i = 0; i < 100; i++) {
        struct address address = address_of(i);
        create(state, i);
        assert_true(backend_record(backend, state, &address, NULL, &diags));
    }
    assert_int_equal(steps_of_sync, 0);
    assert_true(backend_sync(backend, state, &diags));
    assert_true(backend_sync(backend, state, &diags));
    assert_int_equal(steps_of_sync, 1);
    file_fault = NULL;
    state_destroy(state);
    journal_close(&backend->journal);
    backend_close(backend);
    backend = open_locked();
    state = read_state(backend);
    assert_int_equal(state->resource_count, 100);
    state_destroy(state);
    backend_close(backend);
}

static int no_writes(const char *step)
{
    bool grows = strcmp(step, "write") == 0 || strcmp(step, "reserve") == 0;
    return grows ? ENOSPC : 0;
}

/* The disk is full in spite of all: that is told once, and the object lies in errored.tfstate or the state.
 */
static void tells_once_what_it_cannot_record(void **context)
{
    (void)context;
    make_state(1);
    struct backend *backend = open_locked();
    struct state *state = read_state(backend);
    assert_true(backend_prepare(backend, state, backend_room(NULL), &diags));
    file_fault = no_writes;
    for (int i = 0; i < 3; i++) {
        struct address address = address_of(100 + i);
        create(state, 100 + i);
        assert_false(backend_record(backend, state, &address, NULL, &diags));
        assert_false(backend_sync(backend, state, &diags));
    }
    assert_int_equal(diags.count, 1);
    assert_non_null(strstr(diags.items[0].detail, "errored.tfstate"));
    file_fault = NULL;
    assert_true(backend_save(backend, state, &diags));
    state_destroy(state);
    backend_close(backend);
    diagnostics_clear(&diags);
    backend = open_locked();
    state = read_state(backend);
    assert_true(has(state, 1) && has(state, 100) && has(state, 102));
    state_destroy(state);
    backend_close(backend);
}

static void gives_each_dated_backup_its_own_name(void **context)
{
    (void)context;
    make_state(1);
    const struct backend_options options = {.directory = ".", .lock = true, .backup_dated = true};
    char *names[3];
    for (int i = 0; i < 3; i++) {
        struct backend *backend = backend_open(NULL, &options, &diags);
        struct state *state = read_state(backend);
        names[i] = strdup(backend->backup_path);
        create(state, 10 + i);
        assert_true(backend_save(backend, state, &diags));
        state_destroy(state);
        backend_close(backend);
    }
    for (int i = 0; i < 3; i++) {
        char *text = text_of(names[i]);
        struct state *state = state_parse(text, strlen(text), names[i], &diags);
        assert_int_equal(state->resource_count, 1 + i);
        state_destroy(state);
        free(text);
        free(names[i]);
    }
}

static void reads_here_and_writes_there(void **context)
{
    (void)context;
    make_state(2);
    char *old = text_of("terraform.tfstate");
    const struct backend_options options = {.directory = ".",
                                            .lock = true,
                                            .state_path = "terraform.tfstate",
                                            .state_out = "out.tfstate",
                                            .backup = "-"};
    struct backend *backend = backend_open(NULL, &options, &diags);
    assert_true(backend_lock(backend, "OperationTypeApply", &diags));
    struct state *state = read_state(backend);
    assert_true(backend_save(backend, state, &diags));
    state_destroy(state);
    backend_close(backend);
    char *now = text_of("terraform.tfstate");
    assert_string_equal(now, old);
    assert_true(exists("out.tfstate"));
    assert_false(exists("out.tfstate.backup"));
    free(now);
    free(old);
}

/* What crashes left beside either file is read, or kept. */
static void reads_there_what_a_crash_left(void **context)
{
    (void)context;
    make_state(2);
    leave_records(1);
    char *left = text_of(".terraform.tfstate.journal");
    write_text(".out.tfstate.journal", left, strlen(left));
    const struct backend_options options = {
        .directory = ".", .lock = true, .state_path = "terraform.tfstate", .state_out = "out.tfstate"};
    struct backend *backend = backend_open(NULL, &options, &diags);
    assert_true(backend_lock(backend, "OperationTypeApply", &diags));
    struct state *state = read_state(backend);
    assert_true(has(state, 1) && has(state, 100));
    assert_true(exists(".terraform.tfstate.journal"));
    assert_int_equal(diags.count, 1);
    assert_non_null(strstr(diags.items[0].detail, ".out.tfstate.journal.1"));
    char *kept = text_of(".out.tfstate.journal.1");
    assert_string_equal(kept, left);
    free(kept);
    free(left);
    state_destroy(state);
    backend_close(backend);
}

/* A limit on the size of files stands for a disk that fills up in the midst of a write. */
static void puts_back_what_it_could_not_overwrite(void **context)
{
    (void)context;
    make_state(8);
    char *old = text_of("terraform.tfstate");
    int status = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct backend *backend = open_locked();
        struct state *state = read_state(backend);
        for (int i = 100; i < 140; i++)
            create(state, i);
        process_outlive_writes();
        struct rlimit limit = {strlen(old) + 4096, strlen(old) + 4096};
        setrlimit(RLIMIT_FSIZE, &limit);
        bool saved = backend_save(backend, state, &diags);
        bool told = !saved && diags.count == 1 && strcmp(diags.items[0].summary, "Failed to save state") == 0;
        _exit(told ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    char *now = text_of("terraform.tfstate");
    assert_string_equal(now, old);
    free(now);
    free(old);
}

/* --- locking --- */

static void excludes_other_processes(void **context)
{
    (void)context;
    int ready[2], go[2], status = 0;
    char byte = 0;
    assert_true(pipe(ready) == 0 && pipe(go) == 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct backend *holder = open_locked();
        /* Neither reading nor saving may let the lock go. */
        struct state *state = read_state(holder);
        create(state, 1);
        bool saved = backend_save(holder, state, &diags);
        bool told = write(ready[1], "r", 1) == 1 && read(go[0], &byte, 1) == 1;
        backend_close(holder);
        _exit(saved && told ? 0 : 1);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    struct backend *backend = open_backend();
    assert_false(backend_lock(backend, "OperationTypePlan", &diags));
    assert_int_equal(diags.count, 1);
    assert_string_equal(diags.items[0].summary, "Error acquiring the state lock");
    assert_non_null(strstr(diags.items[0].detail, "Operation: OperationTypeApply"));
    assert_non_null(strstr(diags.items[0].detail, "Lock Info:\n  ID:        "));
    assert_false(backend_force_unlock(backend, "x", &diags));
    diagnostics_clear(&diags);
    /* The wait ends with the lock of the other. */
    backend->lock_timeout = 60;
    assert_int_equal(write(go[1], "g", 1), 1);
    assert_true(backend_lock(backend, "OperationTypePlan", &diags));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    backend_close(backend);
    for (int i = 0; i < 2; i++) {
        close(ready[i]);
        close(go[i]);
    }
}

static void *interrupt(void *backend)
{
    backend_interrupt(backend);
    return NULL;
}

static void ends_a_wait_when_told(void **context)
{
    (void)context;
    int ready[2], go[2];
    char byte = 0;
    assert_true(pipe(ready) == 0 && pipe(go) == 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        open_locked();
        _exit(write(ready[1], "r", 1) == 1 && read(go[0], &byte, 1) == 1 ? 0 : 1);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    struct backend *backend = open_backend();
    pthread_t thread;
    backend->lock_timeout = 3600;
    assert_int_equal(pthread_create(&thread, NULL, interrupt, backend), 0);
    assert_false(backend_lock(backend, "OperationTypePlan", &diags));
    pthread_join(thread, NULL);
    diagnostics_clear(&diags);
    backend_close(backend);
    assert_int_equal(write(go[1], "g", 1), 1);
    assert_int_equal(waitpid(child, NULL, 0), child);
    for (int i = 0; i < 2; i++) {
        close(ready[i]);
        close(go[i]);
    }
}

static int end_test(void **context)
{
    diagnostics_clear(&diags);
    return leave_folder(context);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, enter_folder, end_test)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(recovers_from_a_crash_at_every_step),
        TEST(survives_a_full_disk_at_every_step),
        TEST(survives_one_failure_at_every_step),
        TEST(drops_a_torn_record),
        TEST(keeps_a_side_file_that_others_overtook),
        TEST(recovers_from_any_mixture_of_blocks),
        TEST(refuses_a_state_that_somebody_broke),
        TEST(writes_nothing_without_a_change),
        TEST(keeps_a_backup_of_what_was_there_before_the_run),
        TEST(begins_with_a_lineage_and_serial_1),
        TEST(leaves_no_empty_file),
        TEST(saves_an_empty_state_once),
        TEST(follows_a_link_and_never_replaces_the_file),
        TEST(recovers_behind_a_link_that_led_nowhere),
        TEST(keeps_what_it_recovered_without_a_lock),
        TEST(takes_room_before_anything_is_done),
        TEST(syncs_many_records_at_once),
        TEST(tells_once_what_it_cannot_record),
        TEST(gives_each_dated_backup_its_own_name),
        TEST(reads_here_and_writes_there),
        TEST(reads_there_what_a_crash_left),
        TEST(puts_back_what_it_could_not_overwrite),
        TEST(excludes_other_processes),
        TEST(ends_a_wait_when_told),
    };
    return cmocka_run_group_tests(tests, make_shared, drop_shared);
}

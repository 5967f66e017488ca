/* SPDX-License-Identifier: Apache-2.0
 *
 * engine_internal.h - what the engine's parts share: the things of a configuration and a state as nodes of a
 * graph, and what an operation that is under way keeps. All of it belongs to the engine's thread, but for a
 * `struct call` while a worker runs it.
 */
#ifndef HOST_ENGINE_INTERNAL_H
#define HOST_ENGINE_INTERNAL_H

#include "engine.h"
#include "graph.h"
#include "table.h"
#include "work.h"

enum repetition { REPEAT_NONE, REPEAT_COUNT, REPEAT_EACH };

/* A provider as one `provider` block (or none) configures it. */
struct session {
    const char *alias;                    /* NULL: the default one */
    const struct config_provider *config; /* NULL: nothing is said about it */
    struct provider *provider;            /* made when it is first needed; then kept */
    bool used, opened;
    struct node node;
};

struct local {
    const struct config_local *config;
    struct typed value;
    struct node node;
};

struct output {
    const struct config_output *config; /* NULL: only the state has it */
    const char *name;
    struct typed value;
    struct node node;
};

/* What a reference to one instance means. */
struct instance_value {
    struct json_object *key;
    struct typed value;
};

struct block;

/* One object that something is done with. */
struct instance {
    struct block *block;
    struct address address;             /* type and name are the block's, the key is its own */
    char *deposed;                      /* or NULL */
    bool wanted;                        /* by the configuration */
    size_t position;                    /* of its value among the block's, where wanted */
    enum reason reason;                 /* why it is not wanted */
    struct typed each;                  /* each.value */
    struct change *change;              /* being applied */
    const struct config_import *import; /* or NULL */
    char *import_id;
    struct node make, destroy;
};

/* A resource: its block in the configuration, its objects in the state, or both. */
struct block {
    const struct config_resource *config; /* NULL: it is in the state alone */
    const struct config_removed *removed; /* where a `removed` block tells what becomes of it */
    struct address address;               /* without a key; a copy */
    const struct schema *schema;
    struct json_object *type; /* of one object; borrowed */
    struct session *session;
    bool included;              /* not left out by -target */
    bool by_instance;           /* -target names instances of it, not all */
    struct typed elements;      /* for_each, once an apply needs it */
    bool create_before_destroy; /* its own, or spread from what depends on it */
    bool changing;              /* something of it is planned to change */
    bool unknown;               /* nothing of it is known: validation */
    enum repetition repetition;
    size_t instance_count;
    struct instance *instances;
    size_t value_count;
    struct instance_value *values; /* by key; NULL until they are known */
    struct typed whole;            /* all of them, once asked for */
    size_t dependency_count;       /* what the state calls "dependencies"; once asked for */
    char **dependencies;
    bool dependencies_known;
    struct node begin, end, destroy_begin, destroy_end;
};

/* One call (or several in a row) into the provider, on a worker. What it reads and writes lies behind it, in
 * the struct that begins with it. */
struct call {
    struct job job;
    void (*done)(struct engine *engine, struct call *call); /* on the engine's thread; ends the call's life */
    struct node *node;
    struct provider *provider;
    struct diagnostics diags;
    const struct address *address; /* of an apply: what EVENT_APPLY_PROGRESS is told about; else NULL */
    const char *deposed;
    enum action action;
    double started;
    unsigned told; /* tens of seconds */
};

/* What `moved` blocks and changes of count did to the state. */
struct moves {
    size_t count, capacity;
    struct move {
        struct address from, to;
    } * items; /* by `to`, once all are there */
};

/* What each kind of node does in an operation; NULL: nothing. */
struct phase {
    bool apply;
    void (*local)(struct engine *engine, struct node *node);
    void (*output)(struct engine *engine, struct node *node);
    void (*provider)(struct engine *engine, struct node *node);
    void (*block)(struct engine *engine, struct node *node);
    void (*block_end)(struct engine *engine, struct node *node);
};

enum { QUEUED_MAX = 64 };

struct engine {
    const struct config *config;
    const struct variables *variables; /* NULL: none is known (validate) */
    struct state *state, *own_state;   /* own: an empty one, where none was given */
    struct backend *backend;
    struct engine_options options;
    struct listener *listener;
    const struct provider_log *log;
    int stop_fd;
    struct provider *plain;                            /* never configured nor stopped; see engine_plain() */
    const struct schema_set *schemas;                  /* the default session's */
    struct json_object **resource_types, **data_types; /* of the schemas' objects, made when needed */
    char *working_directory;
    const char *provider_text; /* the provider's address, for the state */
    size_t session_count;
    struct session *sessions;
    struct work *work;

    /* of the operation under way */
    const struct phase *phase;
    struct diagnostics *diags;
    struct table names; /* kinds of enum reference_kind */
    struct graph graph;
    size_t local_count, output_count, block_count;
    struct local *locals;
    struct output *outputs;
    struct block *blocks;
    struct changes *changes;              /* being planned */
    struct moves moves;                   /* of the plan */
    const struct config_import **imports; /* of the plan, by address */
    size_t change_capacity, drift_capacity;
    struct apply_result *result;      /* being applied */
    const struct changes *plan;       /* being applied */
    struct node *ready, **ready_last; /* the walk's queue */
    size_t under_way;
    size_t call_limit;
    struct call **calls; /* under way, or waiting for a worker */
    bool stopping;       /* nothing new starts: the user wants it so, or what was done can't be recorded */
    bool interrupted;    /* the former: calls under way were asked to end */
    bool unrecorded;     /* the latter */
};

/* --- engine.c --- */

double engine_now(void);
void engine_event(struct engine *engine, enum event_kind kind, const struct address *address,
                  const char *deposed, enum action action, const struct json_object *object,
                  unsigned elapsed);
/* Likewise of an import, whose ID says which object is meant. */
void engine_event_import(struct engine *engine, enum event_kind kind, const struct address *address,
                         const char *id);
/* The type tree of a schema's object; borrowed. NULL without memory. */
struct json_object *engine_type(struct engine *engine, const struct schema *schema);
/* The provider of a session, made if need be. NULL after an error. */
struct provider *engine_provider(struct engine *engine, struct session *session);
/* A provider without a session, which still works when the others were stopped: for functions and moves. Made
 * if need be. NULL after an error. */
struct provider *engine_plain(struct engine *engine, struct diagnostics *diags);
struct session *engine_session(struct engine *engine, const char *alias);
/* Frees what an operation kept. */
void engine_reset(struct engine *engine);

/* --- build.c --- */

/* Makes the nodes of configuration and state with their edges, and looks for cycles. False after an error. */
bool engine_build(struct engine *engine, const struct phase *phase);
/* Looks for a cycle and reports it. */
bool engine_check_cycles(struct engine *engine);
struct block *engine_block(const struct engine *engine, const struct address *address);

/* --- targets.c --- */

/* Leaves out of the blocks what -target does not name or need. */
bool engine_target(struct engine *engine);
/* Whether an instance of an included block is meant too. */
bool engine_targets_instance(const struct engine *engine, const struct address *address);
bool address_within(const struct address *address, const struct address *whole);

/* --- walk.c --- */

/* Visits every node when what it needs is finished, until all are or the engine stops. */
bool engine_walk(struct engine *engine);
void walk_ready(struct engine *engine, struct node *node);
void walk_finish(struct engine *engine, struct node *node, bool ok);
/* Hands a call to a worker. Without a worker the call is done with an error. */
void walk_submit(struct engine *engine, struct call *call);

/* --- scope.c --- */

struct engine_scope {
    struct scope scope;
    struct engine *engine;
    const struct instance *instance; /* whose count.index, each.key and each.value are meant; or NULL */
};
struct engine_scope engine_scope(struct engine *engine, const struct instance *instance);
void visit_local(struct engine *engine, struct node *node);

/* --- values.c --- */

/* The body of a block, evaluated for one instance. */
bool block_evaluate(struct engine *engine, const struct block *block, const struct instance *instance,
                    struct typed *body, struct diagnostics *diags);
/* Where the configuration of a block stands: adds file, place and address to diagnostics. */
void block_locate(const struct block *block, const struct address *address, struct diagnostics *diags,
                  size_t first);
/* The value of one instance, of all, or of none such: an error. */
bool block_value(struct engine *engine, struct block *block, struct json_object *key, bool *keyed,
                 struct typed *value, struct diagnostics *diags);
void block_values_clear(struct block *block);
/* Has the block's list of "dependencies". */
bool block_dependencies(struct engine *engine, struct block *block);
/* Whether two marks mean the same: absent, null and false are no mark. */
bool marks_equal(const struct json_object *a, const struct json_object *b);
int key_compare(const struct json_object *a, const struct json_object *b);

/* --- expand.c --- */

/* Evaluates count or for_each, and makes the block's instances with it: those wanted by key, then what is
 * left over in the state, then deposed objects. False after an error. */
bool block_expand(struct engine *engine, struct block *block, struct diagnostics *diags);
/* Whether a known value may be the count or for_each of a block. */
bool block_check_repetition(struct block *block, const struct typed *value, struct diagnostics *diags);
/* Gives an instance its each.value, in an apply. */
bool instance_each(struct engine *engine, struct instance *instance, struct diagnostics *diags);

/* --- moves.c --- */

/* Gives the state's objects the addresses that `moved` blocks and a change of count say. */
bool engine_move(struct engine *engine);
const struct address *moves_from(const struct moves *moves, const struct address *to);
void moves_clear(struct moves *moves);

/* --- outputs.c --- */

void visit_output(struct engine *engine, struct node *node);
bool plan_outputs(struct engine *engine);
void apply_outputs(struct engine *engine);

/* --- sessions.c --- */

/* Opens the session that a provider node stands for, where anything uses it. */
void visit_provider(struct engine *engine, struct node *node);
/* Has only those locals worked out that the sessions need, or one session: others may refer to what is not
 * there (any more). Takes all marks away. False without memory, which is said. */
bool leave_unneeded_locals(struct engine *engine, const struct session *only);

/* --- plan_make.c, plan_data.c, plan_drop.c --- */

void plan_make(struct engine *engine, struct node *node);
void plan_data(struct engine *engine, struct node *node);
void plan_drop(struct engine *engine, struct node *node);
/* Adds a change that was planned (zeroed, its address copied), or one of drift; NULL without memory. */
struct change *plan_change(struct engine *engine, const struct instance *instance);
struct change *plan_drift(struct engine *engine, const struct instance *instance);
/* Replaces what the state has of an instance. Takes `attributes` over. */
bool plan_record(struct engine *engine, const struct instance *instance, struct json_object *attributes,
                 struct json_object *marks);

/* --- check.c --- */

/* Whether all that was known in a plan is so in what came of it; else *path says where not (new). */
bool plan_kept(const struct schema_object *object, const struct json_object *planned,
               const struct json_object *actual, char **path);
/* Whether two objects of a schema say the same. */
bool objects_equal(const struct schema_object *object, const struct json_object *a,
                   const struct json_object *b);
/* Sets in `config` what is to be ignored to what it was. */
bool config_ignore(const struct config_resource *resource, const struct schema *schema,
                   struct json_object *config, const struct json_object *prior);

/* --- diagnostics in a few words --- */

static inline bool no_memory(struct engine *engine)
{
    diagnostics_no_memory(engine->diags);
    return false;
}

#endif

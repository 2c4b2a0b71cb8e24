/* SPDX-License-Identifier: MIT */
/* What goes in and comes out: "about" in tests/vectors/share_key.json. */
#include "orchestrator/share_key.h"
#include "probe.h"

probe_fn probe_share_key;

enum { MAX_TEXTS = 16 };

static const char *const *texts(const json_t *list, const char *out[MAX_TEXTS + 1]) {
    size_t count = json_array_size(list) < MAX_TEXTS ? json_array_size(list) : MAX_TEXTS;
    for (size_t i = 0; i < count; i++)
        out[i] = json_string_value(json_array_get(list, i));
    out[count] = NULL;
    return out;
}

enum mcp_code probe_share_key(const json_t *in, json_t **out, struct mcp_err *err) {
    const char *argv[MAX_TEXTS + 1];
    const char *env[MAX_TEXTS + 1];
    const char *headers[MAX_TEXTS + 1];
    const char *prefix = json_string_value(json_object_get(in, "prefix"));
    const char *place = json_string_value(json_object_get(in, "place"));
    struct orch_server server = {
        .url = json_string_value(json_object_get(in, "url")),
        .argv = texts(json_object_get(in, "command"), argv),
        .env = texts(json_object_get(in, "env"), env),
        .headers = texts(json_object_get(in, "headers"), headers),
        .auth = json_object_get(in, "auth"),
    };
    struct orch_share_server made;
    struct orch_share_names names;
    char channel[ORCH_SHARE_NAME_BYTES];
    prefix = prefix != NULL ? prefix : "mcp";
    orch_share_server_make(&server, mcp_str_of(place), &made);
    orch_share_names_make(prefix, &made, json_is_true(json_object_get(in, "tools")), &names);
    return probe_give(json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "id", made.id, "who",
                                made.who, "public", names.public_value, "private",
                                names.private_value, "generation", names.generation, "lock",
                                names.lock, "channel", orch_share_channel(prefix, channel)),
                      out, err);
}
